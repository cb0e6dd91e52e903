import Definitions
package import Diagnostics
package import Suggestions

/// Proposed changes with their reasons, and the patch that makes them.
package struct SuggestionView: Sendable {
    private let suggestions: [Suggestion]
    /// As unified diffs, by file.
    private let patches: [String]
    /// Files that no source reads and nothing is proposed for.
    private let unread: [String]

    package init(_ suggestions: [Suggestion], patches: [String], unread: [String] = []) {
        self.unread = unread
        self.suggestions = suggestions
        self.patches = patches
    }

    package var text: String {
        let files =
            unread.isEmpty
            ? []
            : ["", "Read by no source, and nothing proposed for them:"]
                + unread.map { "  \(DisplayWidth.printable($0))" }
        if suggestions.isEmpty {
            return (["Nothing to suggest: names and values fit, or nothing comes near enough."] + files).joined(
                separator: "\n")
        }
        var lines = ["Suggestions"]
        for suggestion in suggestions {
            lines.append("  \(suggestion.file): \(DisplayWidth.printable(suggestion.title))")
            lines += suggestion.reasons.map { "      \(DisplayWidth.printable($0))" }
        }
        return (lines + files + patches.flatMap { ["", $0] }).joined(separator: "\n")
    }

    package var json: JSONText {
        .array(
            suggestions.map { suggestion in
                .object([
                    ("file", .string(suggestion.file)), ("title", .string(suggestion.title)),
                    ("reasons", .strings(suggestion.reasons)),
                    ("paths", .strings(suggestion.edits.map(\.description))),
                ])
            })
    }
}
