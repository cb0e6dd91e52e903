/// TN1: project.yaml, sources and mappings.
extension Code {
    package static let project: [Code] = []
}
