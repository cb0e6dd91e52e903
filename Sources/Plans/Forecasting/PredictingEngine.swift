import Forecasts
import Quantities
package import Queries
import Synchronization

/// An engine whose conditions may ask what a customer-base model says of customers: it has the model fitted before the
/// evaluation, on the purchases as the evaluation has them, and brings what it says.
///
/// The forecast is that of `ForecastQuestion()`: twelve months, 10 % a year. Where it is refused nobody has any of the
/// values, and the answer says so.
package final class PredictingEngine: QueryEngine {
    private let engine: any QueryEngine
    /// Of the last evaluations: one command asks several times.
    private let known = Mutex<[(evaluation: Evaluation, predictions: CustomerPredictions)]>([])

    package init(_ engine: any QueryEngine) { self.engine = engine }

    private static let mostKnown = 4

    /// - Parameter part: what is asked of it, where that is not all.
    private func ready(_ evaluation: Evaluation, _ part: Evaluation? = nil) throws -> Evaluation {
        guard (part ?? evaluation).asksPredictions, evaluation.predictions == nil else { return evaluation }
        var asked = evaluation.definitionsAlone
        (asked.customerSegmentations, asked.consents) = ([], [])
        // Conditions are in the project's own currency, whatever is shown.
        (asked.semantics.displayCurrency, asked.semantics.rates) = (
            evaluation.semantics.segmentCurrency, evaluation.semantics.segmentRates
        )
        asked.semantics.window = .init(from: asked.semantics.asOf, to: asked.semantics.asOf.successor)
        var ready = evaluation
        if let found = known.withLock({ $0.first { $0.evaluation == asked } }) {
            ready.predictions = found.predictions
            return ready
        }
        let predictions = try CustomerPredictions(
            ForecastMaking(asked, profile: engine.outline(), engine: engine).forecast(
                ForecastQuestion(), definition: "", generation: "", isByCustomer: true))
        known.withLock { known in
            if known.count >= PredictingEngine.mostKnown { known.removeFirst() }
            known.append((asked, predictions))
        }
        ready.predictions = predictions
        return ready
    }

    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let ready = try ready(evaluation, evaluation.askedAlone)
        var answer = try engine.answer(ready)
        if let refusal = ready.predictions?.refusal {
            answer.quality.append(QualityFinding(.noForecast, count: 1, detail: refusal))
        }
        return answer
    }

    package func buyerSummaries(_ evaluation: Evaluation, _ question: BuyerQuestion) throws -> BuyerSummaries {
        var part = evaluation.definitionsAlone
        part.buyers = [question]
        return try engine.buyerSummaries(ready(evaluation, part.askedAlone), question)
    }

    package func memberships(_ evaluation: Evaluation) throws -> [Membership] {
        try engine.memberships(ready(evaluation))
    }

    package func segmentCounts(_ evaluation: Evaluation) throws -> [SegmentCounts] {
        try engine.segmentCounts(ready(evaluation))
    }

    package func segmentMoves(from before: Evaluation, to after: Evaluation) throws -> [SegmentMoves] {
        try engine.segmentMoves(from: ready(before), to: ready(after))
    }

    package func trace(
        _ evaluation: Evaluation, query: String, measures: [String], in scope: TraceScope, limit: Int
    ) throws -> QueryTrace {
        var part = evaluation
        part.queries = evaluation.queries.filter { $0.id == query }
        part.buyers = []
        return try engine.trace(
            ready(evaluation, part.askedAlone), query: query, measures: measures, in: scope, limit: limit)
    }

    package func customer(_ id: String, in evaluation: Evaluation) throws -> CustomerTrace? {
        try engine.customer(id, in: ready(evaluation))
    }

    package func remainders(_ evaluation: Evaluation) throws -> [String: SegmentRemainder] {
        try engine.remainders(ready(evaluation))
    }

    package func customerIDs(_ positions: [Int32]) throws -> [String] { try engine.customerIDs(positions) }

    package func profile() throws -> DataProfile { try engine.profile() }

    package func sql(_ evaluation: Evaluation) throws -> String? {
        try engine.sql(ready(evaluation, evaluation.askedAlone))
    }

    package var segmentViews: (any SegmentViews)? { engine.segmentViews }

    package func outline() throws -> DataProfile { try engine.outline() }

    package func evidence(event: String, attribute: String) throws -> AttributeEvidence? {
        try engine.evidence(event: event, attribute: attribute)
    }

    package func rows(of text: String, event: String?, attribute: String) throws -> Int {
        try engine.rows(of: text, event: event, attribute: attribute)
    }
}

extension CustomerPredictions {
    fileprivate init(_ result: ProjectForecast) {
        let customers = result.customers
        let count = (customers.map { Int($0.position) }.max() ?? -1) + 1
        let none = Array(repeating: Int64.min, count: count)
        var (orders, values, chances) = (none, none, none)
        for customer in customers {
            let position = Int(customer.position)
            orders[position] = CustomerPredictions.word(customer.forecast.orders)
            values[position] = CustomerPredictions.word(customer.forecast.value)
            chances[position] = CustomerPredictions.word(customer.forecast.noOrderChance)
        }
        self.init(
            words: [.expectedOrders: orders, .expectedValue: values, .noOrderChance: chances],
            refusal: {
                if case .refused(let refusal) = result.forecast.verdict { refusal.words } else { nil }
            }())
    }
}
