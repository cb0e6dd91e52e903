/// Emphasis on a terminal; without colour every text stays as it is.
struct TerminalStyle: Sendable {
    var color: Bool

    func strong(_ text: String) -> String { marked(text, "1") }

    func quiet(_ text: String) -> String { marked(text, "2") }

    func warning(_ text: String) -> String { marked(text, "38;5;208") }

    /// Blue for up, orange for down: told apart by colour-blind readers too, and by the arrow without colour.
    func change(_ change: Change, _ text: String) -> String {
        switch change.direction {
        case .up: marked(text, "38;5;33")
        case .down: marked(text, "38;5;208")
        case .same: quiet(text)
        }
    }

    func accent(_ text: String) -> String { marked(text, "38;5;33") }

    private func marked(_ text: String, _ code: String) -> String {
        color && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
