package import Definitions
import Diagnostics
package import Queries

/// One number of a report down to the purchases that it is made of.
package struct MetricExplanation: Sendable {
    package var report: String
    package var reportTitle: String
    package var column: ResultTable.ColumnHeader
    /// What values of type `periods` count.
    package var period: Period
    /// Labels of the row's dimensions; empty for the total.
    package var row: [String]
    package var value: Value?
    package var currency: String
    package var nullReason: String?
    /// Who is counted, where that is not everybody.
    package var note: String?
    package var inputs: [Input]
    /// The bookings behind the row's own measures; of a number that reads other rows only, those of its first input.
    package var trace: QueryTrace
    package var semantics: Semantics
    package var definition: String
    package var generation: String

    /// A measure that the number reads.
    package struct Input: Sendable {
        package var name: String
        package var title: String
        package var kind: Measure.Kind
        package var scope: Scope
        package var place: Place
        package var value: MeasureValue?
        package var bookings: Int
        package var customers: Int

        package enum Place: Sendable, Hashable {
            case row, total, cohort, cohortSoFar
        }
    }
}

/// Finds a number of a dashboard, and asks the engine what it is made of.
///
///     UseCase + MetricTarget -> Evaluation, ResultTable -> [TraceScope: measures] -> (an engine) -> MetricExplanation
package struct MetricExplaining {
    private let useCase: UseCase
    private let compilation: DashboardCompilation
    private let engine: any QueryEngine
    private let semantics: Semantics

    /// - Parameter options: as for an evaluation; with `by`, the drill-down is what is explained.
    /// - Throws: `DiagnosticList` where the options name what does not exist.
    package init(
        _ useCase: UseCase, project: Project, profile: DataProfile, semantics: Semantics, options: EvaluationOptions,
        engine: any QueryEngine
    ) throws {
        self.useCase = useCase
        self.engine = engine
        self.semantics = semantics
        compilation = try DashboardCompilation(
            useCase, project: project, profile: profile, semantics: semantics, options: options)
    }

    /// - Parameters:
    ///   - limit: of bookings that are shown; all of them are added up.
    ///   - definition: hash of the definition.
    /// - Throws: a `Diagnostic` where there is no such report, metric or row; `QueryError`.
    package func explanation(
        _ target: MetricTarget, limit: Int, definition: String, generation: String
    ) throws -> MetricExplanation {
        if let report = useCase.dashboard?.reports.first(where: { $0.id.value == target.report }),
            report.kind == .forecast
        {
            throw Diagnostic(
                .unknownReport,
                "'\(report.id.value)' is a forecast: its numbers are of a model, and no sums of bookings",
                hints: ["what it is made of: tenure forecast \(useCase.id.value)"])
        }
        let result = try compilation.result(
            engine, withForecasts: false, definition: definition, generation: generation)
        let table = try target.table(in: result)
        guard let query = compilation.evaluation.queries.first(where: { $0.id == table.id }) else {
            preconditionFailure("a report without its query")
        }
        func title(_ measure: String) -> String {
            useCase.metrics.first { $0.name.value == measure }?.title ?? measure
        }
        let number = try ExplainedNumber(target, in: table, of: query, title: title)
        var explanation = MetricExplanation(
            report: table.id, reportTitle: table.title, column: number.column, period: table.period, row: number.labels,
            value: number.value,
            currency: number.currency.isEmpty ? semantics.displayCurrency : number.currency,
            nullReason: number.nullReason, note: number.note, inputs: [],
            trace: QueryTrace(measures: [], totals: [], adding: []), semantics: semantics,
            definition: definition, generation: generation)
        let uses = FormulaUse.uses(of: number.formula)
        for place in [MetricExplanation.Input.Place.row, .cohortSoFar, .cohort, .total] {
            let names = query.measures.map(\.name).filter { uses.contains(FormulaUse(measure: $0, place: place)) }
            guard !names.isEmpty, let scope = number.scopes[place] else { continue }
            let trace = try engine.trace(
                compilation.evaluation, query: query.id, measures: names, in: scope, limit: limit)
            if explanation.trace.measures.isEmpty { explanation.trace = trace }
            for (index, name) in trace.measures.enumerated() {
                guard let measure = query.measures.first(where: { $0.name == name }) else { continue }
                explanation.inputs.append(
                    .init(
                        name: name, title: title(name), kind: measure.kind, scope: measure.scope, place: place,
                        // Of a quantile there is no sum: alone it is the number itself.
                        value: trace.totals[index]
                            ?? (number.formula == .measure(name) ? .quantile(explanation.value?.double) : nil),
                        bookings: trace.adding[index].bookings, customers: trace.adding[index].customers))
            }
        }
        return explanation
    }
}

/// A measure that a formula reads, and of what.
private struct FormulaUse: Hashable {
    var measure: String
    var place: MetricExplanation.Input.Place

    static func uses(of formula: Formula, in place: MetricExplanation.Input.Place = .row) -> Set<FormulaUse> {
        switch formula {
        case .measure(let name): [FormulaUse(measure: name, place: place)]
        case .number: []
        case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .divide(let a, let b):
            uses(of: a, in: place).union(uses(of: b, in: place))
        case .ofTotal(let inner): uses(of: inner, in: .total)
        case .ofCohort(let inner): uses(of: inner, in: .cohort)
        case .cumulative(let name): [FormulaUse(measure: name, place: .cohortSoFar)]
        }
    }
}
