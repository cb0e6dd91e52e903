/// TN5: queries and their evaluation.
extension Code {
    package static let evaluation: [Code] = []
}
