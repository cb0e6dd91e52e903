/// TN0: reading YAML and the definition language.
extension Code {
    package static let reading: [Code] = []
}
