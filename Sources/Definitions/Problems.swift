import Diagnostics

extension Diagnostic {
    /// An error, which nearly everything about definitions is.
    init(_ code: Code, _ message: String, at place: Place? = nil, hints: [String] = [], related: [Related] = []) {
        self.init(.error, code, message, at: place, hints: hints, related: related)
    }

    /// An error about a whole value.
    init(_ code: Code, _ message: String, at node: Node, hints: [String] = [], related: [Related] = []) {
        self.init(.error, code, message, at: node.headPlace, hints: hints, related: related)
    }
}

/// `a, b or c`; long lists end in their number.
func listed(_ words: [String], limit: Int = 24) -> String {
    let shown = words.prefix(limit).joined(separator: ", ")
    return words.count > limit ? shown + ", ... (\(words.count))" : shown
}
