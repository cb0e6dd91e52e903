package import Definitions
import Diagnostics
import Quantities
package import Queries

/// A dashboard made into an evaluation, and the evaluation's answer made into the dashboard's result.
///
///     UseCase + Semantics + DataProfile  ->  Evaluation  -> (an engine) ->  EvaluationAnswer  ->  DashboardResult
package struct DashboardCompilation: Sendable {
    package let evaluation: Evaluation
    /// Sentences about what the project does not have and what is done instead.
    package let notes: [String]
    private let reports: [CompiledReport]
    private let dashboard: DashboardDefinition
    /// Headings of the drill-down's dimensions, where the definition has its own.
    private let titles: [Dimension: String]
    private let forecasts: [ReportDefinition]
    private let profile: DataProfile

    private struct CompiledReport {
        /// The id of its query; of a forecast that of the report.
        var query: String
        var previous: String?
        var course: String?
    }

    /// - Throws: `DiagnosticList` where the use case has no dashboard, or `options` name what does not exist.
    package init(
        _ useCase: UseCase, project: Project, profile: DataProfile, semantics: Semantics, options: EvaluationOptions
    ) throws {
        guard let dashboard = useCase.dashboard else {
            throw DiagnosticList([
                Diagnostic(.noDashboard, "the use case '\(useCase.id.value)' has no dashboard", at: useCase.id.place)
            ])
        }
        self.dashboard = dashboard
        guard let zone = Zone(identifier: semantics.timezone) else {
            preconditionFailure("the timezone was checked when it was read: \(semantics.timezone)")
        }
        let conditions = ConditionLowering(
            eventSegmentations: Set(useCase.eventSegmentations.map(\.id.value)), zone: zone)
        let base = try EvaluationBase(useCase, project: project, profile: profile, conditions: conditions)
        let isLater = semantics.window.from > semantics.asOf
        var notes =
            base.notes
            + (isLater ? ["The window begins after the as-of instant, so it holds no events: see --as-of."] : [])

        if semantics.consentAsOf == .atPurchase {
            for consent in base.consents {
                guard case .property(let name, _) = consent.source else { continue }
                notes.append(
                    "The consent '\(consent.category)' is the customer property '\(name)', which has no dates: it is taken "
                        + "as it is now, also at past purchases.")
            }
        }
        let window = semantics.window.previous(in: zone)
        let first = profile.events.compactMap(\.first).min()
        let comparison = window.isCovered(from: first) ? window : nil
        if let first, comparison == nil, dashboard.reports.contains(where: { $0.compare != nil }) {
            notes.append("No comparison to the period before: the data begins on \(zone.date(at: first)).")
        }

        let lowering = ReportLowering(
            useCase: useCase, metrics: MetricLowering(useCase, conditions: conditions), conditions: conditions,
            profile: profile)
        var purchases = base.purchases
        let (excluded, excludedNotes) = try lowering.exclusion(dashboard, options)
        if let excluded { purchases.exclude = purchases.exclude.map { .any([$0, excluded]) } ?? excluded }
        notes += excludedNotes
        var queries: [Query] = []
        var reports: [CompiledReport] = []
        let (chosen, chosenNotes) = try lowering.chosen(dashboard, options)
        notes += chosenNotes
        for report in chosen {
            if report.kind == .forecast {
                reports.append(CompiledReport(query: report.id.value))
                continue
            }
            let query = try lowering.query(report)
            queries.append(query)
            var compiled = CompiledReport(query: query.id)
            if report.kind == .kpi {
                if report.compare != nil, let window = comparison {
                    var previous = query
                    previous.id += "#previous"
                    previous.window = window
                    queries.append(previous)
                    compiled.previous = previous.id
                }
                var course = query
                course.id += "#course"
                course.groupBy = [.calendar(.month)]
                course.layout = .trend
                if lowering.canGroupByMonth(course) {
                    queries.append(course)
                    compiled.course = course.id
                }
            }
            reports.append(compiled)
        }
        self.reports = reports
        forecasts = chosen.filter { $0.kind == .forecast }
        self.notes = notes
        titles = lowering.titles(dashboard)
        self.profile = profile
        var evaluation = Evaluation(
            semantics: semantics, purchases: purchases, consents: base.consents,
            eventSegmentations: base.eventSegmentations, customerSegmentations: base.customerSegmentations,
            queries: queries)
        evaluation.buyers = ForecastTiming(evaluation, profile).questions(forecasts.map { ForecastQuestion($0) })
        self.evaluation = evaluation
    }

    /// Has an engine evaluate the dashboard, and puts what it says into the dashboard's form.
    ///
    /// - Parameters:
    ///   - withForecasts: the reports of forecasts are there too.
    ///   - definition: hash of what is deployed.
    ///   - generation: of the data.
    /// - Throws: `QueryError`.
    package func result(
        _ engine: any QueryEngine, withForecasts: Bool = true, definition: String, generation: String
    ) throws -> DashboardResult {
        var asked = evaluation
        if !withForecasts { asked.buyers = [] }
        let answer = try engine.answer(asked)
        return result(
            answer, forecasts: withForecasts ? try forecasts(answer, engine) : [:], definition: definition,
            generation: generation)
    }

    /// No report shows the same forecast for all together, or an earlier one tells what is to be known of it.
    private func isAlone(_ report: ReportDefinition) -> Bool {
        func model(_ report: ReportDefinition) -> ForecastQuestion {
            var question = ForecastQuestion(report)
            (question.split, question.margin, question.annualRate, question.scope) = (nil, 1, 0, .history)
            return question
        }
        let same = forecasts.filter { model($0) == model(report) }
        let told = same.first { $0.by.isEmpty && $0.forecast?.shown ?? .value == .value } ?? same.first
        return told?.id.value == report.id.value
    }

    /// The tables of the dashboard's forecasts, by report; what they have in common is computed once.
    private func forecasts(_ answer: EvaluationAnswer, _ engine: any QueryEngine) throws -> [String: ResultTable] {
        let making = ForecastMaking(evaluation, profile: profile, engine: engine, answered: answer.buyers)
        var prepared: [ForecastQuestion: ForecastMaking.Prepared] = [:]
        var tables: [String: ResultTable] = [:]
        for report in forecasts {
            let question = ForecastQuestion(report)
            var shared = question
            (shared.split, shared.margin) = (nil, 1)
            let known = try prepared[shared] ?? making.prepared(question)
            prepared[shared] = known
            let result = making.forecast(question, known, definition: "", generation: "")
            tables[report.id.value] = ForecastTables(result, isAlone: isAlone(report)).table(report)
        }
        return tables
    }

    private func result(
        _ answer: EvaluationAnswer, forecasts: [String: ResultTable], definition: String, generation: String
    ) -> DashboardResult {
        let semantics = evaluation.semantics
        guard let zone = Zone(identifier: semantics.timezone) else {
            preconditionFailure("the timezone was checked when it was read: \(semantics.timezone)")
        }
        let labels = ResultLabels(evaluation)
        var tables = forecasts
        var windows: [String: Window] = [:]
        for (query, measurement) in zip(evaluation.queries, answer.measurements) {
            var table = ResultTable(measurement, of: query, semantics: semantics, zone: zone, labels: labels)
            for (index, header) in table.dimensions.enumerated() {
                if let title = titles[header.dimension] { table.dimensions[index].title = title }
            }
            tables[query.id] = table
            windows[query.id] = query.window
        }
        let results = reports.compactMap { report in
            tables[report.query].map { table in
                ReportResult(
                    table: table, previous: report.previous.flatMap { tables[$0] },
                    previousWindow: report.previous.flatMap { windows[$0] },
                    course: report.course.flatMap { tables[$0] })
            }
        }
        return DashboardResult(
            id: dashboard.id.value, title: dashboard.name.value, semantics: semantics, definition: definition,
            generation: generation, warnings: notes + answer.quality.map(\.sentence), reports: results)
    }
}

extension Window {
    /// The data, which begins at `first`, holds at least nineteen twentieths of the window: with less, a comparison to it
    /// would show growth where only the records begin.
    fileprivate func isCovered(from first: Instant?) -> Bool {
        guard let first else { return false }
        let missing = first.microseconds - from.microseconds
        return missing <= (to.microseconds - from.microseconds) / 20
    }
}

extension QualityFinding {
    /// The finding in words.
    package var sentence: String {
        func some(_ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        return switch kind {
        case .unclassifiedPurchases:
            "\(some("purchase")) with the status \(detail.map { "'\($0)'" } ?? "(none)") "
                + "\(count == 1 ? "is" : "are") neither successful nor cancelled, and not counted."
        case .purchasesWithoutAmount: "\(some("successful purchase")) without an amount: counted, with revenue 0."
        case .negativePurchases: "\(some("successful purchase")) below zero: in the revenue, not counted as purchases."
        case .unknownConsentActions: "\(some("consent event")) with an unknown action: read as a withdrawal."
        case .consentsWithoutValidity: "\(some("acceptance")) without valid_until: read as a withdrawal."
        case .refundsWithoutPurchase: "\(some("refund")) that names no purchase of its customer: left out."
        case .refundsAbovePurchase: "\(some("purchase")) with refunds above its amount."
        case .noForecast: "Nobody is in segments of expected values. \(detail ?? "")"
        case .chargesWithoutFirstCharge: "\(some("charge")) without any first charge: in no anchored figure."
        }
    }
}
