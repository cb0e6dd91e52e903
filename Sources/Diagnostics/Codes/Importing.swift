/// TN2: files being imported.
extension Code {
    package static let importing: [Code] = []
}
