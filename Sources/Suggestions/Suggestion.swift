package import Definitions

/// A proposed change to a file of the project, with its reason.
package struct Suggestion: Equatable, Sendable {
    /// `project.yaml` or `values.yaml`, relative to the project.
    package var file: String
    package var edits: [YAMLEdit]
    /// What it does, `success_statuses: [completed]`.
    package var title: String
    /// Why, in short sentences: what of the data speaks for it.
    package var reasons: [String]

    package init(file: String, edits: [YAMLEdit], title: String, reasons: [String]) {
        self.file = file
        self.edits = edits
        self.title = title
        self.reasons = reasons
    }
}

extension Suggestion {
    /// A parameter of a use case.
    static func parameter(
        _ name: String, of useCase: String, _ value: [String], isList: Bool, in file: String, reasons: [String]
    )
        -> Suggestion
    {
        let node: Node = isList ? .texts(value) : .text(value.joined())
        return Suggestion(
            file: file, edits: [.set([useCase, name], node)],
            title: "\(useCase).\(name): \(isList ? "[\(value.joined(separator: ", "))]" : value.joined())",
            reasons: reasons)
    }
}
