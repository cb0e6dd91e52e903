/// The columns of a table in Spark.
package struct TableSchema: Hashable, Sendable {
    /// In the table's order; fields of structs follow with dots in their names.
    package var columns: [Column]

    package struct Column: Hashable, Sendable {
        package var name: String
        /// As it stands in SQL, quoted.
        package var sql: String
        package var type: SparkType
    }

    /// - Parameter columns: names and types as `DESCRIBE` tells them.
    package init(_ columns: [(name: String, type: String)]) {
        var all = columns.map { name, type in
            Column(name: name, sql: TableSchema.plain(SQLText.quoted(name), type), type: SparkType(type))
        }
        for column in all { TableSchema.addFields(of: column, to: &all) }
        self.columns = all
    }

    private static func addFields(of column: Column, to all: inout [Column]) {
        guard case .structure(let fields) = column.type else { return }
        for field in fields {
            let inner = Column(
                name: "\(column.name).\(field.name)",
                sql: TableSchema.plain("\(column.sql).\(SQLText.quoted(field.name))", field.type),
                type: SparkType(field.type))
            // A column with dots in its own name goes before.
            if !all.contains(where: { same($0.name, inner.name) }) { all.append(inner) }
            addFields(of: inner, to: &all)
        }
    }

    /// Texts are the same where their bytes are, whatever their column says; those of a fixed width end where they end.
    private static func plain(_ sql: String, _ type: String) -> String {
        let type = type.lowercased()
        if type.hasPrefix("string collate ") { return "(\(sql) COLLATE UTF8_BINARY)" }
        return type.hasPrefix("char(") ? "RTRIM(\(sql))" : sql
    }

    package func column(_ name: String) -> Column? { columns.first { same($0.name, name) } }
}

/// The same bytes.
func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

/// What a column holds, as far as mappings tell it apart.
package enum SparkType: Hashable, Sendable {
    case text
    case boolean
    /// Whole numbers of so many digits at most.
    case whole(digits: Int)
    case decimal(precision: Int, scale: Int)
    /// `FLOAT` and `DOUBLE`.
    case floating
    case instant
    /// `TIMESTAMP_NTZ`: a time on some clock.
    case wallTime
    case date
    case structure([Field])
    /// Nothing that a mapping can read; as Spark writes it.
    case other(String)

    package struct Field: Hashable, Sendable {
        package var name: String
        package var type: String
    }

    /// - Parameter text: as Spark writes types: `decimal(10,2)`, `struct<a:int>`.
    package init(_ text: String) {
        let name = text.lowercased()
        switch name {
        case "string": self = .text
        case "boolean": self = .boolean
        case "tinyint", "byte": self = .whole(digits: 3)
        case "smallint", "short": self = .whole(digits: 5)
        case "int", "integer": self = .whole(digits: 10)
        case "bigint", "long": self = .whole(digits: 19)
        case "float", "real", "double": self = .floating
        case "timestamp", "timestamp_ltz": self = .instant
        case "timestamp_ntz": self = .wallTime
        case "date": self = .date
        default:
            if name.hasPrefix("varchar(") || name.hasPrefix("char(") || name.hasPrefix("string collate ") {
                self = .text
            } else if name.hasPrefix("decimal("), name.hasSuffix(")") {
                let numbers = name.dropFirst("decimal(".count).dropLast().split(separator: ",")
                    .compactMap { Int($0.filter { $0 != " " }) }
                self = numbers.count == 2 ? .decimal(precision: numbers[0], scale: numbers[1]) : .other(text)
            } else if name.hasPrefix("struct<"), name.hasSuffix(">") {
                self = .structure(SparkType.fields(text.dropFirst("struct<".count).dropLast()))
            } else {
                self = .other(text)
            }
        }
    }

    /// `a:int,b:struct<c:string>`: cut at the commas that stand in no brackets.
    private static func fields(_ text: Substring) -> [Field] {
        var parts: [String] = [""]
        var depth = 0
        for character in text {
            switch character {
            case "<", "(": depth += 1
            case ">", ")": depth -= 1
            default: break
            }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.compactMap { part -> Field? in
            guard let colon = part.firstIndex(of: ":") else { return nil }
            let type = part[part.index(after: colon)...].drop { $0 == " " }
            var name = part[..<colon]
            if name.count > 2, name.first == "`", name.last == "`" { name = name.dropFirst().dropLast() }
            return Field(name: String(name).replacing("``", with: "`"), type: String(type))
        }
    }

    /// For messages.
    var words: String {
        switch self {
        case .text: "text"
        case .boolean: "true or false"
        case .whole, .decimal, .floating: "a number"
        case .instant, .wallTime: "a timestamp"
        case .date: "a date"
        case .structure: "a structure"
        case .other(let text): text
        }
    }
}
