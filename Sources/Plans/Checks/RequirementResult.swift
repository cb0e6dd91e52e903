package import Definitions
package import Diagnostics

/// A requirement held against a project's data, with its evidence.
package struct RequirementResult: Sendable {
    package enum Status: String, Sendable {
        case matched
        /// Not there, and not needed: what is done instead is in the evidence.
        case `default`
        case missing
    }

    /// What is required, `event purchase`, `attribute purchase.total_price`.
    package var subject: String
    package var level: RequirementLevel
    package var status: Status
    /// What the data holds, in short sentences.
    package var evidence: [String]
    /// What would make it match.
    package var hints: [String]
    package var place: Place

    package init(
        _ subject: String, level: RequirementLevel, status: Status, evidence: [String], hints: [String] = [],
        place: Place
    ) {
        self.subject = subject
        self.level = level
        self.status = status
        self.evidence = evidence
        self.hints = hints
        self.place = place
    }

    /// A required thing is missing: nothing should be deployed.
    package var isBlocking: Bool { level == .required && status == .missing }
}
