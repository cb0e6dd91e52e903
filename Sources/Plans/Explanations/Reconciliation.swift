package import Quantities
package import Queries

/// One policy of an evaluation with another value.
package struct PolicyChange: Hashable, Sendable {
    /// In the order in which a walk changes them: what decides the amounts first, then where they are booked.
    package enum Policy: Int, CaseIterable, Sendable, Comparable {
        /// The files as they stand, where they are not what is deployed; then the values that are given on top of them.
        case files, definition, revenueBasis, refundDating, timezone, attribution, fx, consentAsOf

        /// As the option is called.
        package var name: String {
            switch self {
            case .files: "files"
            case .definition: "values"
            case .revenueBasis: "revenue_basis"
            case .refundDating: "refund_dating"
            case .timezone: "timezone"
            case .attribution: "attribution"
            case .fx: "fx"
            case .consentAsOf: "consent_as_of"
            }
        }

        package static func < (left: Policy, right: Policy) -> Bool { left.rawValue < right.rawValue }
    }

    package var policy: Policy
    /// As the option of `tenure evaluate` takes it; of a definition the values that it is given.
    package var value: String

    package init(_ policy: Policy, _ value: String) {
        self.policy = policy
        self.value = value
    }
}

/// How one number becomes another when policies change, one after the other.
package struct Reconciliation: Sendable {
    /// One policy changed on top of those before it, and the number that comes of it.
    package struct Step: Sendable {
        package var change: PolicyChange
        /// What the policy was before.
        package var before: String
        package var value: Value?
    }

    /// Under the project's own policies.
    package var start: Value?
    package var steps: [Step]
    /// The number that somebody else has; nil where none was given.
    package var expected: ExactDecimal?

    package var end: Value? { steps.last.map(\.value) ?? start }

    /// What is between the last step and the expected number; nil where one of them is not there.
    package var remainder: Double? {
        guard let expected, let end else { return nil }
        return expected.double - end.double
    }

    /// The expected number is what the last step gives, with as many digits as it was given with.
    package var isExplained: Bool {
        guard let expected, let end else { return false }
        return Reconciliation.distance(end, expected) == 0
    }

    /// Changes policies in order, each on top of those before it.
    ///
    /// - Parameters:
    ///   - changes: at most one of each policy.
    ///   - current: the project's policies.
    ///   - value: the number under some changes.
    package init(
        _ changes: [PolicyChange], from current: [PolicyChange.Policy: String], expected: ExactDecimal?,
        value: ([PolicyChange]) throws -> Value?
    ) rethrows {
        self.expected = expected
        start = try value([])
        var applied: [PolicyChange] = []
        steps = []
        for change in changes.sorted(by: { $0.policy < $1.policy }) where change.value != current[change.policy] {
            applied.append(change)
            steps.append(Step(change: change, before: current[change.policy] ?? "", value: try value(applied)))
        }
    }

    /// The walk to the combination of policies whose number is nearest to the expected one; of equally near ones that with
    /// the fewest changes.
    ///
    /// - Parameter candidates: by policy, the values to try beside the present one.
    package static func nearest(
        to expected: ExactDecimal, among candidates: [PolicyChange.Policy: [String]],
        from current: [PolicyChange.Policy: String], value: ([PolicyChange]) throws -> Value?
    ) rethrows -> Reconciliation {
        var combinations: [[PolicyChange]] = [[]]
        for policy in PolicyChange.Policy.allCases {
            let others = (candidates[policy] ?? []).filter { $0 != current[policy] }
            combinations += combinations.flatMap { combination in
                others.map { combination + [PolicyChange(policy, $0)] }
            }
        }
        // Fewer changes first, so that of equally near ones the simplest is kept.
        combinations.sort { $0.count < $1.count }
        var best: (changes: [PolicyChange], distance: Double) = ([], .infinity)
        for combination in combinations {
            guard let found = try value(combination) else { continue }
            let distance = distance(found, expected)
            if distance < best.distance { best = (combination, distance) }
            if distance == 0 { break }
        }
        return try Reconciliation(best.changes, from: current, expected: expected, value: value)
    }

    /// How far a number is from an expected one; 0 where it rounds to it.
    private static func distance(_ value: Value, _ expected: ExactDecimal) -> Double {
        let exact: ExactDecimal? =
            switch value {
            case .exact(let number): number
            case .real(let number): ExactDecimal("\(number)")
            }
        if exact?.rounded(toScale: expected.scale) == expected { return 0 }
        return abs(value.double - expected.double)
    }
}
