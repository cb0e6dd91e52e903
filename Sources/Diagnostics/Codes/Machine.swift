/// TN9: usage and the machine.
extension Code {
    package static let machine: [Code] = []
}
