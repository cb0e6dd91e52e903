package import Definitions
import Diagnostics
import Quantities
package import Queries

/// One customer: what the data holds of them, which rule put them into each segment, and what they bought.
package struct CustomerExplanation: Sendable {
    package var trace: CustomerTrace
    package var segmentations: [Segmentation]
    package var semantics: Semantics

    /// How the customer comes into a segment.
    package struct Segmentation: Sendable {
        package var id: String
        package var name: String
        package var segment: String
        /// The segments in order, up to and with the one that took the customer.
        package var rules: [Rule]
    }

    /// A segment and whether its condition holds for the customer.
    package struct Rule: Sendable {
        package var segment: String
        package var holds: Bool
        /// The tests of its condition, in order.
        package var tests: [Test]
    }

    /// One test of a condition.
    package struct Test: Sendable {
        /// `purchases at least 1`
        package var text: String
        package var holds: Bool
        /// What the customer has, where the test looks at a value.
        package var found: String?
    }
}

/// Asks the engine about one customer, test by test.
package struct CustomerExplaining {
    private let useCase: UseCase
    private let engine: any QueryEngine
    private let evaluation: Evaluation

    /// - Throws: `DiagnosticList` where a condition cannot be expressed.
    package init(
        _ useCase: UseCase, project: Project, profile: DataProfile, semantics: Semantics, engine: any QueryEngine
    ) throws {
        self.useCase = useCase
        self.engine = engine
        evaluation = try SegmentationCompilation(useCase, project: project, profile: profile, semantics: semantics)
            .evaluation
    }

    /// - Returns: nil where the data has no such customer.
    /// - Throws: `QueryError`.
    package func explanation(_ customer: String) throws -> CustomerExplanation? {
        // Every test is a segmentation of its own: so the engine decides it, as it decides the segments.
        var asked = evaluation
        for (number, segmentation) in evaluation.customerSegmentations.enumerated() {
            for (position, segment) in segmentation.segments.enumerated() {
                for (index, test) in ([segment.when] + segment.when.tests).enumerated() {
                    asked.customerSegmentations.append(
                        CustomerSegmentation(
                            id: id(number, position, index), name: "", segments: [Segment(name: "yes", when: test)],
                            remainder: "no"))
                }
            }
        }
        guard let trace = try engine.customer(customer, in: asked) else { return nil }
        var clean = trace
        clean.segments = [:]
        let segmentations = evaluation.customerSegmentations.enumerated().map { number, segmentation in
            clean.segments[segmentation.id] = trace.segments[segmentation.id]
            return self.segmentation(number, segmentation, trace)
        }
        return CustomerExplanation(trace: clean, segmentations: segmentations, semantics: evaluation.semantics)
    }

    private func id(_ segmentation: Int, _ segment: Int, _ test: Int) -> String {
        // No id of a definition has such characters.
        "#\(segmentation)/\(segment)/\(test)"
    }

    private func segmentation(
        _ number: Int, _ segmentation: CustomerSegmentation, _ trace: CustomerTrace
    ) -> CustomerExplanation.Segmentation {
        var rules: [CustomerExplanation.Rule] = []
        for (position, segment) in segmentation.segments.enumerated() {
            let holds = trace.segments[id(number, position, 0)] == "yes"
            let tests = segment.when.tests.enumerated().map { index, test in
                CustomerExplanation.Test(
                    text: test.words, holds: trace.segments[id(number, position, index + 1)] == "yes",
                    found: found(test, trace))
            }
            rules.append(CustomerExplanation.Rule(segment: segment.name, holds: holds, tests: tests))
            if holds { break }
        }
        return CustomerExplanation.Segmentation(
            id: segmentation.id, name: segmentation.name, segment: trace.segments[segmentation.id] ?? "", rules: rules)
    }

    private func found(_ test: Predicate, _ trace: CustomerTrace) -> String? {
        guard case .test(let subject, _) = test else { return nil }
        switch subject {
        case .property(let name): return trace.properties.first { $0.name == name }?.value ?? "(none)"
        case .segmentation(let id): return trace.segments[id]
        case .aggregate(let aggregate):
            switch trace.aggregates[aggregate] {
            case .exact(let number)?: return number.normalized.description
            case .real(let number)?: return "\((number * 100).rounded() / 100)"
            case nil: return "(none)"
            }
        case .consent(let category):
            guard let consent = trace.consents.first(where: { $0.category == category }) else { return nil }
            return consent.isGiven ? "given" : "not given"
        case .attribute, .eventSegmentation: return nil
        }
    }
}

extension Predicate {
    /// Its tests, from left to right; what is negated is a test of its own.
    fileprivate var tests: [Predicate] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap(\.tests)
        case .not, .test: [self]
        }
    }
}
