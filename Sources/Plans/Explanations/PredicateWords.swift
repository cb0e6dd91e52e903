import Quantities
package import Queries

extension Predicate {
    /// For reading: `country is CZ or SK`, `not (consent newsletter is given)`.
    package var words: String {
        switch self {
        case .all(let parts): parts.isEmpty ? "everybody" : parts.map(\.nested).joined(separator: " and ")
        case .any(let parts): parts.isEmpty ? "nobody" : parts.map(\.nested).joined(separator: " or ")
        case .not(let part): "not (\(part.words))"
        case .test(let subject, let comparison): "\(subject.words) \(comparison.words)"
        }
    }

    private var nested: String {
        switch self {
        case .all(let parts) where parts.count > 1: "(\(words))"
        case .any(let parts) where parts.count > 1: "(\(words))"
        default: words
        }
    }
}

extension Subject {
    fileprivate var words: String {
        switch self {
        case .attribute(let name), .property(let name): name
        case .consent(let category): "consent \(category)"
        case .segmentation(let id), .eventSegmentation(let id): "segmentation \(id)"
        case .aggregate(let aggregate): aggregate.rawValue.replacing("_", with: " ")
        }
    }
}

extension Comparison {
    fileprivate var words: String {
        switch self {
        case .isIn(let texts): texts.isEmpty ? "is nothing" : "is \(texts.joined(separator: " or "))"
        case .notIn(let texts): texts.isEmpty ? "is anything" : "is not \(texts.joined(separator: " or "))"
        case .startsWith(let text): "begins with '\(text)'"
        case .endsWith(let text): "ends with '\(text)'"
        case .contains(let text): "holds '\(text)'"
        case .atLeast(let number): "at least \(number)"
        case .greaterThan(let number): "greater than \(number)"
        case .atMost(let number): "at most \(number)"
        case .lessThan(let number): "less than \(number)"
        case .from(let instant): "from \(instant)"
        case .before(let instant): "before \(instant)"
        case .atMostQuantile(let share): "among the lowest \(percent(share))"
        case .aboveQuantile(let share): "above the lowest \(percent(share))"
        case .exists: "is there"
        case .missing: "is not there"
        case .valid: "is given"
        }
    }

    /// `20 %` of the buyers.
    private func percent(_ share: ExactDecimal) -> String {
        "\((share * ExactDecimal(100)).normalized) % of the buyers"
    }
}
