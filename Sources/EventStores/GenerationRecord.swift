package import Quantities
import Queries

/// One generation as the catalog lists it.
struct GenerationRecord {
    var number: Int
    var isCurrent = true
    /// Microseconds since 1970 UTC.
    var createdAt: Int64
    /// What was imported to make it, as the importer names it.
    var sources: [String]
    /// What the data holds, made once, as a generation never changes; nil as long as it is not made.
    var profile: DataProfile?
    /// In order of their position.
    var tables: [TableRecord]
    /// Oldest first. Generations that were made of one another have parts in common.
    var parts: [PartRecord]

    /// Of all event types.
    var rows: Int { tables.reduce(0) { $0 + $1.rows } }
    /// On disk, without the catalog.
    var bytes: Int { parts.flatMap(\.files).reduce(0) { $0 + $1.size } }
}

/// An event type of a generation.
struct TableRecord: Sendable {
    var name: String
    var keys: KeySpec
    var rows: Int
    /// Timestamps of the oldest and the newest row; nil without rows.
    var span: ClosedRange<Instant>?
    /// As `EventTable.isPlain`.
    var isPlain: Bool
    /// Keys that more than one customer has.
    var sharedKeys: Int
}

extension TableRecord {
    init(_ content: TableContent) {
        name = content.name
        keys = content.keys
        rows = content.timestamps.count
        span = content.span.map { Instant(microseconds: $0.lowerBound)...Instant(microseconds: $0.upperBound) }
        isPlain = content.purchases?.isPlain ?? false
        sharedKeys = content.sharedKeys.count
    }

    /// With more rows of the same event type after these.
    func joined(with next: TableRecord) -> TableRecord {
        var joined = self
        joined.rows += next.rows
        joined.isPlain = isPlain && next.isPlain
        joined.sharedKeys += next.sharedKeys
        if let span, let more = next.span {
            joined.span = min(span.lowerBound, more.lowerBound)...max(span.upperBound, more.upperBound)
        } else {
            joined.span = span ?? next.span
        }
        return joined
    }
}

/// One part as the catalog lists it: a folder of files.
struct PartRecord: Sendable {
    /// That of the generation it was made for.
    var number: Int
    var customers: Int
    /// By position of the event type.
    var tables: [Table]
    var files: [FileRecord]

    struct Table: Codable, Sendable {
        var rows: Int
        var isPlain: Bool
    }

    /// Rows and customers: what it takes to write it.
    var size: Int { tables.reduce(customers) { $0 + $1.rows } }
}

/// A file that was imported, by its content.
package struct ImportedFile: Hashable, Sendable {
    package var source: String
    /// As the user would type it in the project folder.
    package var path: String
    /// Bytes, and the checksum of all of them; of a file that grows, of what was read of it last.
    package var size: Int
    package var checksum: UInt64
    package var importedAt: Instant
    package var rows: RowCounts
    /// How many of its first bytes were imported before: it then takes the place of what is noted of these.
    package var start: Int

    package init(
        source: String, path: String, size: Int, checksum: UInt64, importedAt: Instant, rows: RowCounts = RowCounts(),
        start: Int = 0
    ) {
        self.source = source
        self.path = path
        self.size = size
        self.checksum = checksum
        self.importedAt = importedAt
        self.rows = rows
        self.start = start
    }
}

/// What became of rows that were read: `read` is always `accepted` + `rejected`. Empty lines and headers are no rows.
package struct RowCounts: Codable, Hashable, Sendable {
    package var read = 0
    package var accepted = 0
    /// Left out by `where`.
    package var filtered = 0
    /// Left out by `without_customer: skip`.
    package var withoutCustomer = 0
    /// Rows with a problem, by the code's id.
    package var errors: [String: Int] = [:]

    package init() {}

    package var rejected: Int { filtered + withoutCustomer + errors.values.reduce(0, +) }

    package static func + (left: RowCounts, right: RowCounts) -> RowCounts {
        var sum = left
        sum.read += right.read
        sum.accepted += right.accepted
        sum.filtered += right.filtered
        sum.withoutCustomer += right.withoutCustomer
        sum.errors.merge(right.errors, uniquingKeysWith: +)
        return sum
    }

    /// What came to the counts since they were `before`.
    package func since(_ before: RowCounts) -> RowCounts {
        var more = self
        more.read -= before.read
        more.accepted -= before.accepted
        more.filtered -= before.filtered
        more.withoutCustomer -= before.withoutCustomer
        more.errors.merge(before.errors, uniquingKeysWith: -)
        more.errors = more.errors.filter { $0.value != 0 }
        return more
    }
}

extension [ImportedFile] {
    /// With what was imported now; a file that grew is noted once.
    package func joined(with new: [ImportedFile]) -> [ImportedFile] {
        var joined = self
        for file in new {
            var file = file
            if file.start > 0,
                let before = joined.firstIndex(where: {
                    $0.source == file.source && $0.path == file.path && $0.size == file.start
                })
            {
                file.rows = joined[before].rows + file.rows
                joined.remove(at: before)
            }
            file.start = 0
            joined.append(file)
        }
        return joined
    }
}
