/// Diagnostics as a compiler shows them:
///
///     usecases/x/usecase.yaml:12:9: error[TN012]: unknown key 'lable'
///        12 |         lable: Buyers
///           |         ^~~~~
///           = help: did you mean 'label'?
package struct TextRenderer: Sendable {
    /// ANSI colours, for terminals.
    package var isColored: Bool

    package init(isColored: Bool = false) {
        self.isColored = isColored
    }

    /// All of them with a blank line between, ending in a line that counts them; empty for none.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        guard !diagnostics.isEmpty else { return "" }
        return diagnostics.map { render($0) }.joined(separator: "\n") + "\n" + summary(diagnostics) + "\n"
    }

    /// One diagnostic, ending in a line end.
    package func render(_ diagnostic: Diagnostic) -> String {
        let head = painted("\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]", diagnostic.severity.style)
        var text = painted(location(diagnostic.place), .bold)
        text += "\(head): \(painted(visible(diagnostic.message), .bold))\n"
        let margin = String(repeating: " ", count: marginWidth(diagnostic))
        if let place = diagnostic.place { text += excerpt(place, margin, "^", diagnostic.severity.style) }
        for hint in diagnostic.hints { text += "\(margin) = \(painted("help:", .cyan)) \(visible(hint))\n" }
        for related in diagnostic.related {
            text += "\(margin) = \(painted("note:", .cyan)) \(location(related.place))\(visible(related.message))\n"
            text += excerpt(related.place, margin, "-", .cyan)
        }
        return text
    }

    /// `2 errors, 1 warning`
    package func summary(_ diagnostics: [Diagnostic]) -> String {
        let parts = [(Diagnostic.Severity.error, "error"), (.warning, "warning"), (.note, "note")].compactMap {
            (severity, word) -> String? in
            let count = diagnostics.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        return parts.joined(separator: ", ")
    }

    private func location(_ place: Place?) -> String {
        place.map { "\(visible($0.file.path)):\($0.line):\($0.column): " } ?? ""
    }

    private func marginWidth(_ diagnostic: Diagnostic) -> Int {
        let lines = ([diagnostic.place].compactMap(\.self) + diagnostic.related.map(\.place)).map(\.line)
        return String(lines.max() ?? 0).utf8.count + 2
    }

    /// The line with a mark under the span; nothing where the file has no such line.
    private func excerpt(_ place: Place, _ margin: String, _ mark: String, _ style: Style) -> String {
        guard let line = place.file.line(place.line), !(place.file.isExcerpt && line.isEmpty) else { return "" }
        let read = Array(line.unicodeScalars)
        // Lines of data are shown as they are.
        let scalars = place.file.isExcerpt ? read : Secrets.hidden(read)
        let start = min(max(place.column - 1, 0), scalars.count)
        let end = place.endLine > place.line ? scalars.count : min(max(place.endColumn - 1, start), scalars.count)
        let shown = LineExcerpt(scalars, start: start, end: end)
        let number = String(place.line)
        let padding = String(repeating: " ", count: max(0, margin.utf8.count - number.utf8.count))
        let underline = mark + String(repeating: mark == "^" ? "~" : "-", count: max(0, shown.markWidth - 1))
        return "\(padding)\(number) | \(shown.text)\n"
            + "\(margin) | \(String(repeating: " ", count: shown.markColumn))\(painted(underline, style))\n"
    }

    enum Style: String {
        case bold = "1"
        case red = "1;31"
        case yellow = "1;33"
        case cyan = "1;36"
    }

    private func painted(_ text: String, _ style: Style) -> String {
        isColored && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension Diagnostic.Severity {
    var style: TextRenderer.Style {
        switch self {
        case .error: .red
        case .warning: .yellow
        case .note: .cyan
        }
    }
}

/// A text without control characters, which could move a terminal's cursor or forge lines.
private func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n", "\t": result.append(" ")
        case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{200E}"..."\u{200F}", "\u{2028}"..."\u{202E}",
            "\u{2066}"..."\u{2069}":
            result.append("\u{FFFD}")
        default: result.append(scalar)
        }
    }
    return String(result)
}
