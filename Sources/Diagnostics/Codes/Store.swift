/// TN3: the embedded store.
extension Code {
    package static let store: [Code] = []
}
