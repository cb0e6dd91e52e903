package import Definitions
import Diagnostics
import Quantities
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
    /// Counts buyers with the use case's own purchase definition; nil where that cannot be evaluated yet.
    let buyers: BuyerCounts?

    /// Customers with a purchase that counts, and with at least so many.
    package struct BuyerCounts: Sendable {
        package var buyers: Int
        /// By the numbers that the requirements name.
        package var withPurchases: [Int: Int]

        package init(buyers: Int, withPurchases: [Int: Int]) {
            self.buyers = buyers
            self.withPurchases = withPurchases
        }
    }

    package init(_ useCase: UseCase, project: Project, profile: DataProfile, buyers: BuyerCounts?) {
        self.useCase = useCase
        self.project = project
        self.profile = profile
        self.buyers = buyers
    }

    package func results() -> [RequirementResult] {
        useCase.requirements.flatMap { requirement in
            switch requirement.kind {
            case .event(let name, let attributes, let key):
                checkEvent(name, attributes, key: key, requirement)
            case .property(let name, let attribute):
                [checkAttribute(attribute, of: profile.properties, named: "property \(name)", requirement)]
            case .consent(let category): [checkConsent(category, requirement)]
            case .history(let event, let span): [checkHistory(event, atLeast: span, requirement)]
            case .sufficiency(let sufficiency): checkSufficiency(sufficiency, requirement)
            }
        } + segmentationResults()
    }
}

/// Counts and shares in words.
func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "0 %" }
    let tenths = (Int128(part) * 1_000 / Int128(whole))
    if part > 0, tenths == 0 { return "< 0.1 %" }
    if part < whole, tenths == 1_000 { return "> 99.9 %" }
    return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
}

/// `12,345`
func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var index = digits.count - 3
    while index > 0 {
        digits.insert(",", at: index)
        index -= 3
    }
    return String(digits)
}
