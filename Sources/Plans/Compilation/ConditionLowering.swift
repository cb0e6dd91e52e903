import Definitions
import Diagnostics
import Quantities
import Queries

/// Turns conditions as written into predicates of the query model.
struct ConditionLowering {
    /// Ids of event segmentations; every other segmentation is one of customers.
    let eventSegmentations: Set<String>
    let zone: Zone

    func predicate(_ condition: Located<Condition>) throws -> Predicate {
        switch condition.value {
        case .all(let parts): return .all(try parts.map(predicate))
        case .any(let parts): return .any(try parts.map(predicate))
        case .not(let part): return .not(try predicate(part))
        case .test(let subject, let test): return .test(try lowered(subject), try comparison(test))
        }
    }

    private func lowered(_ subject: Located<Condition.Subject>) throws -> Subject {
        switch subject.value {
        case .attribute(let name): return .attribute(name)
        case .property(let name): return .property(name)
        case .consent(let category): return .consent(category)
        case .segmentation(let id): return eventSegmentations.contains(id) ? .eventSegmentation(id) : .segmentation(id)
        case .aggregate(let name):
            guard let aggregate = Aggregate(rawValue: name) else {
                preconditionFailure("an aggregate that the definition language does not have: \(name)")
            }
            return .aggregate(aggregate)
        case .column:
            preconditionFailure(
                "a column of a file in a use case; the definition language has columns in mappings only")
        }
    }

    private func comparison(_ test: Located<Condition.Test>) throws -> Comparison {
        switch test.value {
        case .isIn(let values): return .isIn(values)
        case .notIn(let values): return .notIn(values)
        case .startsWith(let text): return .startsWith(text)
        case .endsWith(let text): return .endsWith(text)
        case .contains(let text): return .contains(text)
        case .atLeast(let limit): return .atLeast(limit)
        case .greaterThan(let limit): return .greaterThan(limit)
        case .atMost(let limit): return .atMost(limit)
        case .lessThan(let limit): return .lessThan(limit)
        case .atMostQuantile(let share): return .atMostQuantile(share)
        case .aboveQuantile(let share): return .aboveQuantile(share)
        case .from(let text): return .from(try instant(text, at: test.place))
        case .before(let text): return .before(try instant(text, at: test.place))
        case .exists(let exists): return exists ? .exists : .missing
        case .valid: return .valid
        }
    }

    private func instant(_ text: String, at place: Place) throws -> Instant {
        guard let instant = Instant(iso8601: text, zone: zone) else {
            throw DiagnosticList([
                Diagnostic(
                    .invalidInstant, "'\(text)' is not an instant", at: place,
                    hints: ["write a date, 2026-01-31, or an instant, 2026-01-31T10:00:00Z"])
            ])
        }
        return instant
    }
}
