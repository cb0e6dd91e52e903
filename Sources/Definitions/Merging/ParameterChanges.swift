package import Diagnostics

/// What another version of a use case means for the values that a project gives for its parameters.
package struct ParameterChanges: Sendable {
    /// Values for parameters that are not declared any more, as errors at the places that give them.
    package private(set) var conflicts: [Diagnostic] = []
    /// Values that stand over a default which changed, as notes.
    package private(set) var notes: [Diagnostic] = []

    /// - Parameters:
    ///   - useCase: its id.
    ///   - base: the definition that the values were made for; nil where it is not known.
    ///   - new: the definition that they are for now.
    ///   - version: of the new one, for messages.
    package init(of values: Values, for useCase: String, from base: Node?, to new: Node, version: String) {
        let declared = new["parameters"]?.entries ?? []
        let names = declared.compactMap(\.key.text)
        var seen: Set<ByteText> = []
        for (name, _) in values.given(for: useCase, lists: []) {
            guard let parameter = new["parameters"]?[name.value] else {
                conflicts.append(
                    Diagnostic(
                        .upgradeConflict,
                        "parameter '\(name.value)' is set here, and version \(version) does not declare it",
                        at: name.place,
                        hints: didYouMean(name.value, among: names) + [
                            "take it out", names.isEmpty ? "it has no parameters" : "parameters: \(listed(names))",
                        ]))
                continue
            }
            guard seen.insert(ByteText(name.value)).inserted, let before = base?["parameters"]?[name.value] else {
                continue
            }
            let (old, now) = (before["default"], parameter["default"])
            if ParameterChanges.isSame(old, now) { continue }
            notes.append(
                Diagnostic(
                    .note, .upgradeConflict,
                    "parameter '\(name.value)' is set here; its default changed from \(old?.inlineYAML ?? "none") "
                        + "to \(now?.inlineYAML ?? "none") in version \(version)", at: name.place))
        }
    }

    private static func isSame(_ a: Node?, _ b: Node?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.isSame(as: b)
    }
}
