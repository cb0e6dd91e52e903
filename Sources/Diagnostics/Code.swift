/// The kind of a diagnostic: its stable id and what `tenure explain` says about it.
package struct Code: Hashable, Sendable {
    /// `TN012`
    package let id: String
    /// A noun phrase, `unknown key`.
    package let title: String
    /// What it means, why it is an error, and how it is mended: two or three sentences.
    package let explanation: String

    package init(_ id: String, _ title: String, _ explanation: String) {
        self.id = id
        self.title = title
        self.explanation = explanation
    }

    package static func == (left: Code, right: Code) -> Bool { left.id == right.id }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// Every code, by area: TN0 reading YAML and definitions, TN1 projects and mappings, TN2 imported files,
    /// TN3 the store, TN4 check, plan and deploy, TN5 evaluation, TN6 Spark, TN9 usage and the machine.
    package static let all: [Code] = reading + project + importing + store + planning + evaluation + spark + machine
}
