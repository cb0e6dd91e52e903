package import Diagnostics
package import EventStores
package import Foundation
package import Quantities

/// What happens with rows that can not be imported.
package enum OnError: Equatable, Sendable {
    /// The import fails, after everything was read, so that it can tell what else is wrong.
    case fail
    /// They are left out and counted.
    case skip
    /// They are left out, counted, and written to files in that folder, each with its reason, to be corrected.
    case quarantine(to: URL)
}

/// How far an import is.
package struct ImportProgress: Equatable, Sendable {
    package var source: String
    package var path: String
    /// Of all files of all sources; compressed bytes where files are compressed.
    package var bytesRead: Int
    package var bytesTotal: Int
    package var rows: Int
    /// Rows that did not fit into the memory limit, in bytes on disk.
    package var spilledBytes = 0

    package init(source: String, path: String, bytesRead: Int, bytesTotal: Int, rows: Int) {
        self.source = source
        self.path = path
        self.bytesRead = bytesRead
        self.bytesTotal = bytesTotal
        self.rows = rows
    }
}

/// What an import read, and what became of it.
package struct ImportReport: Sendable {
    package var sources: [SourceCounts] = []
    /// The first problems, at most `Findings.limit` of rows; errors where they made the import fail.
    package var diagnostics: [Diagnostic] = []
    /// Problems of rows beyond those shown.
    package var moreProblems = 0
    /// Sources that were not read because an earlier one failed and they depend on others' rows.
    package var notRead: [String] = []
    /// Files that were read, in order, by their content.
    package var files: [ImportedFile] = []
    /// Files that were not read because the store has them.
    package var leftOut: [LeftOutFile] = []
    /// Files with what a crash had left of posts that were never acknowledged.
    package var setAside: [String] = []
    /// Files written with rejected rows.
    package var quarantined: [URL] = []

    /// Nothing may be imported.
    package var failed: Bool { diagnostics.hasErrors }

    package var read: Int { sources.reduce(0) { $0 + $1.rows.read } }
    package var accepted: Int { sources.reduce(0) { $0 + $1.rows.accepted } }
    package var rejected: Int { sources.reduce(0) { $0 + $1.rows.rejected } }
    package var events: Int { sources.reduce(0) { $0 + $1.events } }
}

/// A file that the store has already.
package struct LeftOutFile: Equatable, Sendable {
    package var path: String
    package var importedAt: Instant
}

/// The rows of one source, of all its files.
@dynamicMemberLookup
package struct SourceCounts: Equatable, Sendable {
    package var source: String
    package var files = 0
    package var rows = RowCounts()
    /// Events made of the accepted rows, after folding.
    package var events = 0

    package init(source: String) {
        self.source = source
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<RowCounts, Value>) -> Value {
        get { rows[keyPath: path] }
        set { rows[keyPath: path] = newValue }
    }

    package subscript<Value>(dynamicMember path: KeyPath<RowCounts, Value>) -> Value { rows[keyPath: path] }
}

/// Collects what is wrong, as far as anybody will read it.
final class Findings {
    /// Problems of rows that are shown.
    static let limit = 20
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var moreProblems = 0
    private var rowProblems = 0

    var hasErrors: Bool { diagnostics.hasErrors }

    /// A problem of a mapping or file: always shown.
    func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    /// Adds what stages throw for users; gives anything else back to be thrown on, and damage of what Tenure wrote, which
    /// is no problem of the input.
    func add(_ error: any Error) throws {
        switch error {
        case let diagnostic as Diagnostic where !diagnostic.code.isDamage: add(diagnostic)
        case let list as DiagnosticList: diagnostics += list.diagnostics
        default: throw error
        }
    }

    /// A problem of a row, made only where it will be shown.
    func addRow(_ diagnostic: () -> Diagnostic) {
        rowProblems += 1
        if rowProblems <= Findings.limit { diagnostics.append(diagnostic()) } else { moreProblems += 1 }
    }
}
