import Definitions
import Diagnostics

/// A table of a source as Spark knows it.
struct SparkTable {
    /// As it stands after `FROM`.
    var identifier: String
    var schema: TableSchema
}

extension SparkTable {
    /// Asks Spark for the columns.
    ///
    /// - Throws: `Diagnostic` where there is no such table; `SparkFailure`.
    init(_ table: Source.Table, _ session: any SparkSession) throws {
        identifier = try SparkTable.identifier(table)
        let rows: [[String?]]
        do {
            rows = try session.rows(SQLStatement("DESCRIBE QUERY SELECT * FROM \(identifier)")).rows
        } catch let failure as SparkFailure where failure.kind == .statement {
            let name = table.written
            let missing: Set = ["TABLE_OR_VIEW_NOT_FOUND", "PATH_NOT_FOUND", "SCHEMA_NOT_FOUND"]
            if let errorClass = failure.errorClass, missing.contains(errorClass) {
                if case .parquet = table {
                    throw Diagnostic(
                        .error, .sparkTable, "Spark finds no files at '\(name.value)'", at: name.place,
                        hints: ["the path is one of the cluster's, and not relative to project.yaml"])
                }
                throw Diagnostic(
                    .error, .sparkTable, "Spark has no table '\(name.value)'", at: name.place,
                    hints: [
                        "names have catalog and schema before them: main.sales.orders", "SHOW TABLES IN main.sales",
                    ])
            }
            throw Diagnostic(
                .error, .sparkTable, "Spark cannot read '\(name.value)': \(failure.message)", at: name.place)
        }
        schema = TableSchema(
            rows.compactMap { row in
                guard row.count >= 2, let name = row[0], let type = row[1] else { return nil }
                return (name, type)
            })
    }

    /// The quoted name.
    ///
    /// - Throws: `Diagnostic` where it is no name.
    static func identifier(_ table: Source.Table) throws -> String {
        switch table {
        case .parquet(let path): return "parquet." + SQLText.quoted(path.value)
        case .named(let name): return try identifier(name)
        }
    }

    /// A name of several parts, `main.sales.orders`, quoted.
    ///
    /// - Throws: `Diagnostic` where it is none.
    static func identifier(_ name: Located<String>) throws -> String {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in name.value.utf8 {
            switch byte {
            case UInt8(ascii: "`"): isQuoted.toggle()
            case UInt8(ascii: ".") where !isQuoted: parts.append([])
            default: parts[parts.count - 1].append(byte)
            }
        }
        guard !isQuoted, parts.allSatisfy({ !$0.isEmpty }) else {
            throw Diagnostic(
                .error, .sparkTable, "'\(name.value)' is no name of a table", at: name.place,
                hints: ["sales.orders, main.sales.orders; a part with dots stands between backticks"])
        }
        return parts.map { SQLText.quoted(String(decoding: $0, as: UTF8.self)) }.joined(separator: ".")
    }
}
