import Quantities
import Queries

/// What a condition compares.
enum ReferenceValue {
    case missing
    case text(RawText)
    /// The number `numerator / denominator`; the denominator is above zero.
    case number(ExactDecimal, over: ExactDecimal)
    case instant(Instant)
    case consent(isGiven: Bool)

    init(_ value: RawValue?) {
        switch value {
        case nil: self = .missing
        case .text(let text): self = .text(text)
        case .decimal(let decimal): self = .number(decimal, over: ExactDecimal(1))
        case .instant(let instant): self = .instant(instant)
        }
    }

    var isMissing: Bool {
        if case .missing = self { return true }
        return false
    }
}

/// Whether a predicate is true, given what its subjects are, and which values the buyers have for those of which it names
/// quantiles.
func holds(
    _ predicate: Predicate, population: (Subject) throws -> [ReferenceValue] = { try noPopulation($0) },
    _ value: (Subject) throws -> ReferenceValue
) throws -> Bool {
    switch predicate {
    case .all(let parts):
        for part in parts where try !holds(part, population: population, value) { return false }
        return true
    case .any(let parts):
        for part in parts where try holds(part, population: population, value) { return true }
        return false
    case .not(let inner):
        return try !holds(inner, population: population, value)
    case .test(let subject, .atMostQuantile(let share)):
        return try isAtMostQuantile(value(subject), share, of: population(subject)) == true
    case .test(let subject, .aboveQuantile(let share)):
        return try isAtMostQuantile(value(subject), share, of: population(subject)) == false
    case .test(let subject, let comparison):
        return try compares(value(subject), comparison, name: "\(subject)")
    }
}

private func noPopulation(_ subject: Subject) throws -> [ReferenceValue] {
    throw QueryError.unsupported("a quantile of \(subject)")
}

/// Whether a value is at most the quantile of a population; nil where either is not there.
///
/// The quantile is the smallest value of the population such that at least the share of the population is at most that,
/// looked for in just these words.
private func isAtMostQuantile(
    _ value: ReferenceValue, _ share: ExactDecimal, of population: [ReferenceValue]
) throws -> Bool? {
    var quantile: ReferenceValue?
    for candidate in population where !candidate.isMissing {
        var atMost = 0
        for other in population where try isAtMost(other, candidate) { atMost += 1 }
        if ExactDecimal(atMost) < share * ExactDecimal(population.count) { continue }
        if let found = quantile, try isAtMost(found, candidate) { continue }
        quantile = candidate
    }
    guard let quantile, !value.isMissing else { return nil }
    return try isAtMost(value, quantile)
}

private func isAtMost(_ left: ReferenceValue, _ right: ReferenceValue) throws -> Bool {
    guard case .number(let a, let b) = left, case .number(let c, let d) = right else {
        throw QueryError.wrongType(attribute: "quantile", expected: "numbers", found: "\(left), \(right)")
    }
    return a * d <= c * b
}

/// A comparison with a missing value is false, except `missing` and `notIn`.
private func compares(_ value: ReferenceValue, _ comparison: Comparison, name: String) throws -> Bool {
    if case .consent(let isGiven) = value {
        guard comparison == .valid else { throw QueryError.unsupported("\(name) with another comparison than valid") }
        return isGiven
    }
    switch comparison {
    case .valid: throw QueryError.unsupported("valid for \(name)")
    case .atMostQuantile, .aboveQuantile: throw QueryError.unsupported("a quantile for \(name)")
    case .exists: return !value.isMissing
    case .missing: return value.isMissing
    case .isIn(let list): return try isIn(list, value, name: name)
    case .notIn(let list): return try !isIn(list, value, name: name)
    case .startsWith(let part): return try textHolds(value, name: name) { $0.starts(with: part.utf8) }
    case .endsWith(let part):
        return try textHolds(value, name: name) { $0.reversed().starts(with: part.utf8.reversed()) }
    case .contains(let part): return try textHolds(value, name: name) { contains($0, Array(part.utf8)) }
    case .atLeast(let bound): return try numberHolds(value, bound, name: name) { $0 >= $1 }
    case .greaterThan(let bound): return try numberHolds(value, bound, name: name) { $0 > $1 }
    case .atMost(let bound): return try numberHolds(value, bound, name: name) { $0 <= $1 }
    case .lessThan(let bound): return try numberHolds(value, bound, name: name) { $0 < $1 }
    case .from(let bound): return try instantHolds(value, name: name) { $0 >= bound }
    case .before(let bound): return try instantHolds(value, name: name) { $0 < bound }
    }
}

private func isIn(_ list: [String], _ value: ReferenceValue, name: String) throws -> Bool {
    switch value {
    case .missing: return false
    case .text(let text): return list.contains { RawText($0) == text }
    case .number(let numerator, let denominator):
        for item in list {
            if let number = ExactDecimal(item), number * denominator == numerator { return true }
        }
        return false
    default: throw QueryError.wrongType(attribute: name, expected: "text or number", found: "\(value)")
    }
}

private func textHolds(_ value: ReferenceValue, name: String, _ test: ([UInt8]) -> Bool) throws -> Bool {
    switch value {
    case .missing: return false
    case .text(let text): return test(text.bytes)
    default: throw QueryError.wrongType(attribute: name, expected: "text", found: "\(value)")
    }
}

/// `numerator / denominator` against `bound`, without dividing.
private func numberHolds(
    _ value: ReferenceValue, _ bound: ExactDecimal, name: String, _ test: (ExactDecimal, ExactDecimal) -> Bool
) throws -> Bool {
    switch value {
    case .missing: return false
    case .number(let numerator, let denominator): return test(numerator, bound * denominator)
    default: throw QueryError.wrongType(attribute: name, expected: "number", found: "\(value)")
    }
}

private func instantHolds(_ value: ReferenceValue, name: String, _ test: (Instant) -> Bool) throws -> Bool {
    switch value {
    case .missing: return false
    case .instant(let instant): return test(instant)
    default: throw QueryError.wrongType(attribute: name, expected: "instant", found: "\(value)")
    }
}

private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= bytes.count else { return false }
    for start in 0...(bytes.count - part.count) where Array(bytes[start..<start + part.count]) == part { return true }
    return false
}
