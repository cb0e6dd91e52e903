/// A finding about a user's input: what is wrong, where, and what would be right.
///
/// Stages collect diagnostics and go on, so that one run shows every problem of a file; they fail once, at the edge.
package struct Diagnostic: Error, Hashable, Sendable {
    package enum Severity: String, Sendable, Codable {
        case error, warning, note
    }

    package var severity: Severity
    /// `TN012`; what `tenure explain TN012` tells more about.
    package var code: Code
    /// One sentence: the place's problem, what was expected and found. Addresses nobody.
    package var message: String
    package var place: Place?
    /// What would be right: allowed values, a did-you-mean, a next command.
    package var hints: [String]
    /// Other places that matter, each with what it says (`first set here`).
    package var related: [Related]

    package struct Related: Hashable, Sendable {
        package var message: String
        package var place: Place

        package init(_ message: String, at place: Place) {
            self.message = message
            self.place = place
        }
    }

    package init(
        _ severity: Severity, _ code: Code, _ message: String, at place: Place? = nil, hints: [String] = [],
        related: [Related] = []
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.place = place
        self.hints = hints
        self.related = related
    }
}

extension Diagnostic {
    /// An error.
    package init(
        _ code: Code, _ message: String, at place: Place? = nil, hints: [String] = [], related: [Related] = []
    ) {
        self.init(.error, code, message, at: place, hints: hints, related: related)
    }
}

/// A span of a source file. Lines and columns count from 1, columns in Unicode scalars; the end is exclusive.
package struct Place: Hashable, Sendable {
    package var file: SourceFile
    package var line: Int
    package var column: Int
    package var endLine: Int
    package var endColumn: Int

    package init(_ file: SourceFile, line: Int, column: Int, endLine: Int? = nil, endColumn: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.endLine = endLine ?? line
        self.endColumn = endColumn ?? column + 1
    }
}

/// A file that was read, kept for showing its lines. `path` is as the user would type it.
package final class SourceFile: Hashable, Sendable {
    package let path: String
    package let text: String
    /// The text's lines without their ends.
    package let lines: [Substring]
    /// Only one line of a large file is kept: it is the text of every place in it, whatever the line's number.
    package let isExcerpt: Bool

    package init(path: String, text: String, isExcerpt: Bool = false) {
        self.path = path
        self.text = text
        self.isExcerpt = isExcerpt
        // Split at the scalar level: "\r\n" is one Character.
        self.lines = text.unicodeScalars
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in Substring(line.last == "\r" ? line.dropLast() : line) }
    }

    /// The text of a line, counted from 1; nil where the file has none of that number.
    package func line(_ number: Int) -> Substring? {
        if isExcerpt { return lines.first }
        return lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    package static func == (left: SourceFile, right: SourceFile) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Many diagnostics that stop a stage together.
package struct DiagnosticList: Error, Sendable {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }
}

extension [Diagnostic] {
    package var hasErrors: Bool { contains { $0.severity == .error } }
}
