import Quantities
import Queries

/// Answers an evaluation by walking the raw rows, slowly and plainly: the statement of what the numbers are, written
/// from the semantics and the query model alone. It shares nothing with the engine that is tested against it.
///
///     raw events -> purchases as they stand at as_of      ReferenceStates
///                -> bookings: amounts with an instant     ReferencePostings
///     customer   -> segments, aggregates, consents        ReferenceCustomers, ReferenceConsents
///     query      -> rows in scope, under a home purchase  ReferenceScopes, ReferenceCharges
///                -> group keys                            ReferenceGroups
///                -> measures                              ReferenceMeasures, ReferencePeriods
struct ReferenceEvaluator {
    let project: RawProject

    init(_ project: RawProject) { self.project = project }

    func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let run = try ReferenceRun(project, evaluation)
        let measurements = try evaluation.queries.map { try run.measurement(of: $0) }
        return EvaluationAnswer(measurements: measurements, quality: run.quality())
    }
}

/// One evaluation over one project. The stages are extensions of it.
struct ReferenceRun {
    let project: RawProject
    let evaluation: Evaluation
    let zone: Zone
    /// All events by timestamp, then by import order, repeats left out. Also those after `as_of`.
    let timeline: [RawEvent]
    private(set) var customers: [ReferenceCustomer] = []

    var semantics: Semantics { evaluation.semantics }
    var asOf: Instant { evaluation.semantics.asOf }

    init(_ project: RawProject, _ evaluation: Evaluation) throws {
        self.project = project
        self.evaluation = evaluation
        guard let zone = KnownZones.zone(evaluation.semantics.timezone) else {
            throw QueryError.unsupported("timezone \(evaluation.semantics.timezone)")
        }
        self.zone = zone
        timeline = project.timeline
        try check()
        for customer in project.allCustomers { customers.append(try makeCustomer(customer)) }
    }

    /// The findings of all customers, summed.
    func quality() -> [QualityFinding] {
        var counts: [Finding: Int] = [:]
        for customer in customers {
            for finding in customer.findings { counts[finding, default: 0] += 1 }
        }
        let sum = counts.map { QualityFinding($0.key.kind, count: $0.value, detail: $0.key.detail?.string) }
        return canonical(sum)
    }
}

/// One thing about the data, once.
struct Finding: Hashable {
    var kind: QualityFinding.Kind
    var detail: RawText?
}
