import Definitions
import Diagnostics
import Quantities

/// A number in SQL, and how many digits its type has.
struct NumberSQL {
    var sql: String
    var precision: Int
    var scale: Int

    var type: String { "DECIMAL(\(precision), \(scale))" }
    /// Digits before the point.
    var whole: Int { precision - scale }

    func narrowed(toWhole digits: Int) -> NumberSQL {
        if digits >= whole { return self }
        return NumberSQL(
            sql: "CAST(\(sql) AS DECIMAL(\(digits + scale), \(scale)))", precision: digits + scale, scale: scale)
    }
}

/// A field of a mapping in SQL: what the reader of files makes of a text, made of a column of any type.
///
/// A value that is none of its kind ends the statement with an error that names source, column and value: what a reader
/// of files would refuse is not left out silently.
final class FieldSQL {
    let source: Source
    let schema: TableSchema
    /// As the user wrote it.
    let table: String
    let text: SQLText
    /// The zone of wall times.
    let zone: Zone
    private(set) var diagnostics: [Diagnostic] = []

    /// Digits after the point of numbers that are texts or floating; in arithmetic, and else.
    static let scale = 9
    static let operandScale = 6

    init(_ source: Source, _ schema: TableSchema, _ text: SQLText, zone: Zone) {
        self.source = source
        self.schema = schema
        self.text = text
        self.zone = zone
        table = source.table?.written.value ?? ""
    }

    func report(_ message: String, at place: Place, _ hints: [String] = []) {
        diagnostics.append(Diagnostic(.error, .importMapping, message, at: place, hints: hints))
    }

    // MARK: - Columns

    /// Nil, and a diagnostic, where the table has no such column, or one that holds no single values.
    func column(_ name: Located<String>) -> TableSchema.Column? { column(name.value, at: name.place) }

    func column(_ name: String, at place: Place) -> TableSchema.Column? {
        guard let column = schema.column(name) else {
            let names = schema.columns.map(\.name)
            let list = names.prefix(40).joined(separator: ", ") + (names.count > 40 ? ", … (\(names.count))" : "")
            diagnostics.append(
                Diagnostic(
                    .error, .importUnknownColumn, "the table \(table) has no column '\(name)'", at: place,
                    hints: didYouMean(name, among: names) + ["its columns: \(list)"]))
            return nil
        }
        switch column.type {
        case .structure, .other:
            report("the column '\(name)' is \(column.type.words), and a single value is needed", at: place)
            return nil
        default: return column
        }
    }

    /// The column as text; null where it is empty.
    func text(of column: TableSchema.Column) -> String {
        if case .text = column.type { return "NULLIF(\(column.sql), '')" }
        return "CAST(\(column.sql) AS STRING)"
    }

    /// Ends the statement, saying what is wrong with a value.
    func refusal(_ value: String, _ column: String, _ rule: String, as type: String) -> String {
        let name = source.name.value
        let what = text.text("source '\(name)', column '\(column)': '", "wrong")
        return "CAST(RAISE_ERROR(CONCAT(\(what), \(value), \(text.text("' \(rule)", "rule")))) AS \(type))"
    }

    /// Ends the statement, saying what a row does not have.
    func refusal(_ rule: String, as type: String) -> String {
        "CAST(RAISE_ERROR(\(text.text("source '\(source.name.value)': \(rule)", "wrong"))) AS \(type))"
    }

    // MARK: - Fields

    /// - Parameter asText: the value is text whatever the mapping says: ids are.
    /// - Returns: the value and its type; nil, and diagnostics, where the mapping does not suit the table.
    func value(_ mapping: FieldMapping, asText: Bool = false) -> (sql: String, type: SparkTables.ColumnType)? {
        let type = asText ? .string : mapping.type
        if case .expression(let expression) = mapping.source {
            guard let number = ArithmeticSQL(self, mapping.missingValues).sql(expression) else { return nil }
            if type == .number { return stored(number, at: mapping.place) }
            let plain = "CAST(\(number.sql) AS STRING)"
            // As numbers are written elsewhere: without zeros at the end.
            let shortest = number.scale == 0 ? plain : "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM \(plain)))"
            return (changed(shortest, mapping), .text)
        }
        guard let origin = origin(mapping) else { return nil }
        if let column = origin.column, column.type != .text, type != .string {
            return typed(column, type, mapping)
        }
        switch type {
        case .string: return (changed(origin.text, mapping, isColumn: origin.column != nil), .text)
        case .number:
            return stored(
                number(
                    text: changed(origin.text, mapping, isColumn: origin.column != nil), origin.name,
                    scale: FieldSQL.scale, hasComma: origin.column != nil && hasDecimalComma), at: mapping.place)
        case .timestamp:
            let text = changed(origin.text, mapping, isColumn: origin.column != nil)
            return TimestampSQL(self, mapping.format ?? .iso8601, zone).sql(text: text, origin.name, at: mapping.place)
                .map { ($0, .instant) }
        }
    }

    /// A column that holds what is wanted, as it is: only texts are changed.
    private func typed(
        _ column: TableSchema.Column, _ type: AttributeType, _ mapping: FieldMapping
    ) -> (sql: String, type: SparkTables.ColumnType)? {
        guard mapping.transforms.isEmpty else {
            report(
                "the column '\(column.name)' is \(column.type.words), and texts alone are trimmed or stripped",
                at: mapping.place)
            return nil
        }
        guard type == .number else {
            return TimestampSQL(self, mapping.format ?? .iso8601, zone).sql(column, at: mapping.place)
                .map { (unlessMissing($0, column, mapping), .instant) }
        }
        return number(column, at: mapping.place).flatMap { number in
            var number = number
            number.sql = unlessMissing(number.sql, column, mapping)
            return stored(number, at: mapping.place)
        }
    }

    private func origin(_ mapping: FieldMapping) -> (text: String, name: String, column: TableSchema.Column?)? {
        switch mapping.source {
        case .column(let name): return column(name).map { (text(of: $0), $0.name, $0) }
        case .constant(let value): return ("NULLIF(\(text.text(value, "value")), '')", value, nil)
        case .cases(let cases, let otherwise):
            var parts: [String] = []
            for item in cases {
                guard let condition = RowConditionSQL(self).sql(item.when) else { return nil }
                parts.append("WHEN \(condition) THEN \(text.text(item.value, "value"))")
            }
            let rest = otherwise.map { text.text($0, "value") } ?? "NULL"
            let sql = parts.isEmpty ? rest : "CASE \(parts.joined(separator: " ")) ELSE \(rest) END"
            return ("NULLIF(\(sql), '')", "cases", nil)
        case .expression: return nil
        }
    }

    /// After transforms and texts that mean "no value"; what is written in the mapping means what it says.
    private func changed(_ sql: String, _ mapping: FieldMapping, isColumn: Bool = true) -> String {
        var result = isColumn ? unlessMissing(sql, mapping) : sql
        if mapping.transforms.isEmpty { return result }
        for transform in mapping.transforms { result = apply(transform, to: result) }
        let present = "NULLIF(\(result), '')"
        return isColumn ? unlessMissing(present, mapping) : present
    }

    private func unlessMissing(_ sql: String, _ mapping: FieldMapping) -> String {
        mapping.missingValues.reduce(sql) { "NULLIF(\($0), \(text.text($1, "missing")))" }
    }

    private func unlessMissing(_ sql: String, _ column: TableSchema.Column, _ mapping: FieldMapping) -> String {
        if mapping.missingValues.isEmpty { return sql }
        let list = SQLText.list(mapping.missingValues.map { text.text($0, "missing") })
        return "CASE WHEN \(text(of: column)) NOT IN (\(list)) THEN \(sql) END"
    }

    private func apply(_ transform: FieldMapping.Transform, to sql: String) -> String {
        // Every byte of a sign that means something to patterns has a backslash before it.
        func quoted(_ part: String) -> String {
            let signs = Array("\\^$.|?*+()[]{}".utf8)
            let bytes = part.utf8.flatMap { signs.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
            return String(decoding: bytes, as: UTF8.self)
        }
        return switch transform {
        case .stripSuffix(let part): "REGEXP_REPLACE(\(sql), \(text.text(quoted(part) + "\\z", "suffix")), '')"
        case .stripPrefix(let part): "REGEXP_REPLACE(\(sql), \(text.text("\\A" + quoted(part), "prefix")), '')"
        case .trim: trimmed(sql)
        // Java makes another letter of a capital sigma at the end of a word, by the letters beside it.
        case .lowercase: "LOWER(REPLACE(\(sql), 'Σ', 'σ'))"
        case .uppercase: "UPPER(\(sql))"
        case .stripLeadingZeros: "REGEXP_REPLACE(\(sql), \(text.text("(?s)\\A0+(?=.)", "zeros")), '')"
        }
    }

    /// Without blanks and tabs at its ends.
    func trimmed(_ sql: String) -> String { "TRIM(BOTH \(text.text(" \t", "blanks")) FROM \(sql))" }

    // MARK: - Numbers

    /// As tables of the compiler have numbers: 28 digits.
    private func stored(_ number: NumberSQL, at place: Place) -> (sql: String, type: SparkTables.ColumnType)? {
        guard number.scale <= 18 else {
            report("the number has \(number.scale) digits after the point, and 18 are possible on Spark", at: place)
            return nil
        }
        return ("CAST(\(number.sql) AS DECIMAL(28, \(number.scale)))", .number(scale: number.scale))
    }

    /// The number in a column of numbers; nil for other columns.
    func number(typed column: TableSchema.Column, scale: Int = FieldSQL.scale) -> NumberSQL? {
        switch column.type {
        case .whole(let digits):
            return NumberSQL(sql: "CAST(\(column.sql) AS DECIMAL(\(digits), 0))", precision: digits, scale: 0)
        case .decimal(let precision, let scale):
            return NumberSQL(sql: column.sql, precision: precision, scale: scale)
        case .floating:
            // By its shortest text: 2.55 is 2.55. What is behind the ninth digit is what floating numbers are inexact by.
            let type = "DECIMAL(\(scale + 12), \(scale))"
            let written = "CAST(\(column.sql) AS STRING)"
            let read = "TRY_CAST(\(written) AS DECIMAL(\(12 + FieldSQL.scale), \(FieldSQL.scale)))"
            let rule = "is not a number of at most 12 digits before the point and \(scale) after it"
            return NumberSQL(
                sql: """
                    CASE WHEN \(column.sql) IS NULL THEN NULL WHEN \(read) = TRY_CAST(\(written) AS \(type))
                      THEN CAST(\(read) AS \(type)) ELSE \(refusal(written, column.name, rule, as: type)) END
                    """, precision: scale + 12, scale: scale)
        default: return nil
        }
    }

    /// Texts of columns are written as in the source's files; without any as it says of its table.
    private var hasDecimalComma: Bool {
        switch source.input {
        case .csv(_, let options): options.decimalSeparator == UInt8(ascii: ",")
        case .elsewhere(let hasDecimalComma): hasDecimalComma
        case .ndjson, .sqlite, .tracking: false
        }
    }

    /// The number that a text is; null for blanks.
    func number(text sql: String, _ name: String, scale: Int, hasComma: Bool) -> NumberSQL {
        let whole = scale == FieldSQL.scale ? 19 : 12
        let type = "DECIMAL(\(whole + scale), \(scale))"
        let trimmed = "NULLIF(\(self.trimmed(sql)), '')"
        let point = hasComma ? "," : "[.]"
        let digits = hasComma ? "REPLACE(\(trimmed), ',', '.')" : trimmed
        let fraction = "\(point)[0-9]{0,\(scale)}0*"
        let pattern = "[+-]?(0*[0-9]{1,\(whole)}(\(fraction))?|\(point)[0-9]{1,\(scale)}0*)([eE][+]?[0-9]{1,2})?"
        let rule = "is not a number of at most \(whole) digits before the point and \(scale) after it"
        // With an exponent below zero there may be more digits after the point than it seems.
        let small = text.text("^[+-]?([0-9]+(\(point)[0-9]*)?|\(point)[0-9]+)[eE]-[0-9]{1,2}$", "small_number")
        let exact = "TRY_CAST(\(digits) AS DECIMAL(38, 18)) = TRY_CAST(\(digits) AS \(type))"
        return NumberSQL(
            sql: """
                CASE WHEN \(trimmed) IS NULL THEN NULL
                  WHEN \(trimmed) RLIKE \(text.text("^(\(pattern))$", "number_form")) THEN CAST(\(digits) AS \(type))
                  WHEN \(trimmed) RLIKE \(small) AND \(exact) THEN CAST(\(digits) AS \(type))
                  ELSE \(refusal(trimmed, name, rule, as: type)) END
                """, precision: whole + scale, scale: scale)
    }

    /// The number in a column of any kind; nil, and a diagnostic, where it holds none.
    func number(_ column: TableSchema.Column, scale: Int = FieldSQL.scale, at place: Place) -> NumberSQL? {
        if let number = number(typed: column, scale: scale) { return number }
        guard case .text = column.type else {
            report("the column '\(column.name)' is \(column.type.words), and a number is needed", at: place)
            return nil
        }
        return number(text: text(of: column), column.name, scale: scale, hasComma: hasDecimalComma)
    }
}
