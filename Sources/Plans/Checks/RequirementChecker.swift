package import Definitions
package import Diagnostics
package import Quantities
package import Queries

/// Holds every requirement of a use case against what the data really has.
///
///     UseCase x Project x DataProfile -> [RequirementResult]
///
/// One file a requirement kind stands beside this one; `results()` is their list.
package struct RequirementChecker {
    let useCase: UseCase
    let project: Project
    let profile: DataProfile
    /// Counts with the use case's own purchase definition; nil where that cannot be evaluated yet.
    let buyers: BuyerCounts?
    let evidence: Evidence

    /// What is looked up beside the profile, for the requirements that need it.
    package struct Evidence: Sendable {
        /// By event and attribute; asked for attributes that some rows lack, and for numbers.
        package var attribute: @Sendable (_ event: String, _ attribute: String) throws -> AttributeEvidence?
        /// How many rows have a text, of an attribute of an event or, without one, of a property; asked where there are more
        /// texts than the profile knows.
        package var rows: @Sendable (_ text: String, _ event: String?, _ attribute: String) throws -> Int
        /// Those of the project, by name; why one cannot be read.
        package var catalogs: [String: Result<CatalogProfile, DiagnosticList>]
        /// When the check is made: of the clock, or of a project that is looked at as of a fixed instant.
        package var now: Instant

        package init(
            catalogs: [String: Result<CatalogProfile, DiagnosticList>], now: Instant,
            attribute: @escaping @Sendable (String, String) throws -> AttributeEvidence?,
            rows: @escaping @Sendable (String, String?, String) throws -> Int
        ) {
            self.attribute = attribute
            self.rows = rows
            self.catalogs = catalogs
            self.now = now
        }
    }

    /// Customers with a purchase that counts, and with at least so many.
    package struct BuyerCounts: Sendable {
        package var buyers: Int
        /// By the numbers that the requirements name.
        package var withPurchases: [Int: Int]
        /// By segmentation.
        package var remainders: [String: SegmentRemainder]

        package init(buyers: Int, withPurchases: [Int: Int], remainders: [String: SegmentRemainder] = [:]) {
            self.buyers = buyers
            self.withPurchases = withPurchases
            self.remainders = remainders
        }
    }

    package init(
        _ useCase: UseCase, project: Project, profile: DataProfile, buyers: BuyerCounts?, evidence: Evidence
    ) {
        self.evidence = evidence
        self.useCase = useCase
        self.project = project
        self.profile = profile
        self.buyers = buyers
    }

    /// - Throws: what the evidence throws.
    package func results() throws -> [RequirementResult] {
        try useCase.requirements.flatMap(results) + segmentationResults()
    }

    func results(_ requirement: Requirement) throws -> [RequirementResult] {
        switch requirement.kind {
        case .event(let name, let attributes, let key): try checkEvent(name, attributes, key: key, requirement)
        case .property(let name, let attribute):
            [try checkAttribute(attribute, of: profile.properties, named: "property \(name)", requirement)]
        case .consent(let category): [try checkConsent(category, requirement)]
        case .history(let event, let span): [checkHistory(event, atLeast: span, requirement)]
        case .sufficiency(let sufficiency): checkSufficiency(sufficiency, requirement)
        case .freshness(let event, let span): [checkFreshness(event, within: span, requirement)]
        case .catalog(let name, let attributes): try checkCatalog(name, attributes, requirement)
        case .remainder(let id, let maximum): [checkRemainder(id.value, maximum, requirement)]
        case .anyOf(let title, let alternatives): [try checkAnyOf(title, alternatives, requirement)]
        }
    }
}

extension Requirement {
    /// What becomes of it where the data does not hold it.
    var absent: RequirementResult.Status { level.absent }
}

extension RequirementLevel {
    var absent: RequirementResult.Status { self == .required ? .missing : .default }
}
