/// Which values a use case is filled with, besides the project's `values.yaml`.
package struct ValuesSelection: Equatable, Sendable {
    /// The project's `values.NAME.yaml` on top of `values.yaml`.
    package var environment: String?
    /// Paths of files on top of these; later ones win.
    package var files: [String]
    /// `name=value` or `use-case.name=value`; win over files.
    package var settings: [String]

    package init(environment: String? = nil, files: [String] = [], settings: [String] = []) {
        self.environment = environment
        self.files = files
        self.settings = settings
    }

    /// Nothing of it is given.
    package var isEmpty: Bool { environment == nil && files.isEmpty && settings.isEmpty }
}
