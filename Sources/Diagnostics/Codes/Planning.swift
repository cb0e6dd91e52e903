/// TN4: check, plan and deploy.
extension Code {
    package static let planning: [Code] = []
}
