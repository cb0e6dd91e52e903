/// What a column file holds.
enum FileKind: String, CaseIterable {
    case offsets, timestamps
    case ordinals, ages, lags, refunds, parents, referred
    case codes, units, instants
    case textNumbers = "text-numbers"
    case textBytes = "text-bytes"
    /// By key that is new in the part, as `TableContent.owners`.
    case owners
    /// The customers of a part that does not have all of them, ascending.
    case members
    /// `TextIndex` of the texts that are new in the part.
    case textIndex = "text-index"
    /// By text that is new in the part: how many of the part's rows have it.
    case counts
    /// Older texts whose number of rows the part changes, as codes ascending, and by how much.
    case changedCodes = "changed-codes"
    case changes
    /// Keys that more than one customer has since this part, as codes ascending.
    case sharedKeys = "shared-keys"

    /// The number in the file's header; 1, 2, 3, ... in the order above, which therefore never changes.
    var number: UInt32 { UInt32((FileKind.allCases.firstIndex(of: self) ?? 0) + 1) }

    /// Bytes of a cell in memory; bytes of texts are no cells.
    var cellSize: Int {
        switch self {
        case .timestamps, .ages, .lags, .units, .instants, .textNumbers: 8
        case .refunds, .textBytes: 1
        default: 4
        }
    }
}

/// A column file as the catalog lists it.
struct FileRecord: Hashable, Sendable {
    /// Position of the event type, -1 for the customers.
    var table: Int
    /// Position of the column in its event type or among the properties; -1 where it is neither.
    var position = -1
    /// Name of the column; empty where it is none.
    var name = ""
    var kind: FileKind
    /// Digits after the point, of units.
    var scale = 0
    /// Cells; of text bytes the texts.
    var rows = 0
    /// Of the payload.
    var bytes = 0
    var checksum: UInt64 = 0
    /// The file that it shares with other columns of a small part, one after the other; nil where it has its own.
    var bundle: String?
    /// Where it begins in that file.
    var offset = 0

    /// Name within the part's folder. Made of numbers: an event type may be called anything, `../../x` too.
    var file: String {
        if let bundle { return bundle }
        let owner = table < 0 ? "customers" : "table\(table)"
        return "\(owner)\(position < 0 ? "" : "-\(position)")-\(kind.rawValue)"
    }

    /// Bytes on disk.
    var size: Int { ColumnFile.headerSize + bytes }
}
