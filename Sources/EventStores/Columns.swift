package import Quantities

/// The type of a stored column.
package enum ColumnType: String, Codable, Sendable {
    /// Dictionary-coded UTF-8 text.
    case text
    /// Exact decimals at one scale a column.
    case decimal
    case instant
}

/// The name and type of a column of an event type, or of a customer property.
package struct ColumnSpec: Hashable, Codable, Sendable {
    package var name: String
    package var type: ColumnType

    package init(name: String, type: ColumnType) {
        self.name = name
        self.type = type
    }
}

/// One cell of a row being appended, or read back.
package enum Cell: Hashable, Sendable {
    case missing
    /// UTF-8 bytes, stored as they are.
    case text(ArraySlice<UInt8>)
    case decimal(ExactDecimal)
    case instant(Instant)
}

/// How an event type's rows relate to purchases; resolved by `StoreBuilder.finish`.
package struct KeySpec: Hashable, Codable, Sendable {
    /// The text column that is the purchase key of this table's rows.
    package var key: String?
    /// The decimal column: rows below zero whose key also has a row of zero or more are refunds of that key.
    package var amount: String?
    /// The text column that holds the key of the parent purchase in the same table.
    package var parent: String?
    /// For refund tables: the text column that names a key of another table.
    package var refersTo: Reference?

    /// A column of this table whose texts are keys of another table.
    package struct Reference: Hashable, Codable, Sendable {
        package var table: String
        package var column: String

        package init(table: String, column: String) {
            self.table = table
            self.column = column
        }
    }

    package init(key: String? = nil, amount: String? = nil, parent: String? = nil, refersTo: Reference? = nil) {
        self.key = key
        self.amount = amount
        self.parent = parent
        self.refersTo = refersTo
    }
}

/// A stored column, mapped and verified.
///
/// A missing value is a reserved value of the cells (code 0, `Int64.min`) and no mask of its own: a reader touches one
/// file and makes one comparison, and `StoreBuilder` refuses the one number that would collide.
package enum StoredColumn: Sendable {
    /// 0 is missing.
    case text(codes: Cells<UInt32>, dictionary: TextDictionary)
    /// Units at `scale`; `Int64.min` is missing.
    case decimal(units: Cells<Int64>, scale: Int)
    /// Microseconds since 1970 UTC; `Int64.min` is missing.
    case instant(microseconds: Cells<Int64>)
}

/// What stands for "missing" in decimal and instant columns.
let missingWord = Int64.min

extension StoredColumn {
    /// Tells that some rows will not be read again soon: see `Cells.forget`.
    package func forget(_ rows: Range<Int>) {
        switch self {
        case .text(let codes, _): codes.forget(rows)
        case .decimal(let units, _): units.forget(rows)
        case .instant(let microseconds): microseconds.forget(rows)
        }
    }

    /// The value in a row, as it was appended (decimals at the column's scale).
    package func cell(_ row: Int) -> Cell {
        switch self {
        case .text(let codes, let dictionary):
            let code = codes[row]
            return code == 0 ? .missing : .text(dictionary.bytes(of: code)[...])
        case .decimal(let units, let scale):
            let value = units[row]
            return value == missingWord ? .missing : .decimal(ExactDecimal(units: Int128(value), scale: scale))
        case .instant(let microseconds):
            let value = microseconds[row]
            return value == missingWord ? .missing : .instant(Instant(microseconds: value))
        }
    }
}
