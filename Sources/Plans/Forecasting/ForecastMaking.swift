package import Definitions
import Diagnostics
import Forecasts
import Quantities
package import Queries

/// Makes the forecast of a project's customer base.
///
///     UseCase -> Evaluation -> (an engine) -> BuyerSummaries -> CustomerBase -> Forecast -> ProjectForecast
package struct ForecastMaking {
    private let evaluation: Evaluation
    private let names: [String: String]
    private let engine: any QueryEngine
    private let timing: ForecastTiming
    private var day: CivilDate { timing.day }
    /// What the engine has said of buyers.
    private let answered: [(question: BuyerQuestion, summaries: BuyerSummaries)]

    /// - Throws: `DiagnosticList` where a condition of the use case cannot be expressed.
    package init(
        _ useCase: UseCase, project: Project, profile: DataProfile, semantics: Semantics, engine: any QueryEngine
    ) throws {
        self.init(
            try SegmentationCompilation(useCase, project: project, profile: profile, semantics: semantics).evaluation,
            profile: profile, engine: engine)
    }

    /// - Parameters:
    ///   - evaluation: says what a purchase is, and who is in which segment; its queries are not looked at.
    ///   - answered: what the engine has said already of the evaluation's questions about buyers.
    init(
        _ evaluation: Evaluation, profile: DataProfile, engine: any QueryEngine, answered: [BuyerSummaries] = []
    ) {
        self.evaluation = evaluation
        self.answered = Array(zip(evaluation.buyers, answered))
        names = Dictionary(evaluation.customerSegmentations.map { ($0.id, $0.name) }) { first, _ in first }
        self.engine = engine
        timing = ForecastTiming(evaluation, profile)
    }

    /// A forecast before it is told row by row: made once for all splits.
    struct Prepared {
        var forecast: Forecast
        var summaries: BuyerSummaries
        var horizonDays: Int
        /// Of a margin of all; nil where the forecast is refused.
        var total: ProjectForecast.Row?
    }

    /// - Parameters:
    ///   - definition: hash of the definition.
    ///   - isByCustomer: each customer is asked for, and not their sums alone.
    /// - Throws: a `Diagnostic` where the question names what there is not; `QueryError`.
    package func forecast(
        _ question: ForecastQuestion, definition: String, generation: String, isByCustomer: Bool = false
    ) throws -> ProjectForecast {
        guard question.horizon.days(after: day) <= ForecastTiming.mostDays else {
            throw Diagnostic(
                .invalidOption, "a forecast looks 10 years ahead at most, and not \(question.horizon)",
                hints: ["such as 12 months"])
        }
        if case .segmentation(let id)? = question.split, names[id] == nil {
            let known = names.keys.sorted()
            throw Diagnostic(
                .unknownDimension, "the use case has no customer segmentation '\(id)'",
                hints: didYouMean(id, among: known + CalendarUnit.allCases.map(\.rawValue)) + [
                    known.isEmpty ? "it has none" : "it has: \(known.joined(separator: ", "))",
                    "by acquisition: day, week, month, quarter, year",
                ])
        }
        let prepared = try prepared(question, isByCustomer: isByCustomer)
        return forecast(question, prepared, definition: definition, generation: generation)
    }

    /// - Throws: `QueryError`; a `Diagnostic` where more is to be held out than there is.
    func prepared(_ question: ForecastQuestion, isByCustomer: Bool = false) throws -> Prepared {
        let expected = timing.calibration(of: question, start: timing.expectedStart)
        let first = try summaries(of: question, calibration: expected, isByCustomer)
        let start = first.firstDays.min().map { Int($0) }
        if let holdout = question.holdout, let start {
            try timing.check(holdout, days: day.dayNumber - start)
        }
        let calibration = timing.calibration(of: question, start: start)
        let summaries =
            calibration == expected ? first : try summaries(of: question, calibration: calibration, isByCustomer)
        let horizonDays = question.horizon.days(after: day)
        let horizon = Horizon(
            weeks: Double(horizonDays) / 7, annualRate: question.annualRate,
            weeksPerYear: question.horizon.weeksPerYear(after: day))
        let known = calibration.map { day.dayNumber - $0 }
        let forecast = Forecast(base(summaries, start: start ?? day.dayNumber, known: known), within: horizon)
        var expectations = forecast.expectations
        let total = row(
            .remainder, "Total", summaries.indices(in: question.scope), summaries, &expectations, forecast.intervals)
        return Prepared(forecast: forecast, summaries: summaries, horizonDays: horizonDays, total: total)
    }

    func forecast(
        _ question: ForecastQuestion, _ prepared: Prepared, definition: String, generation: String
    ) -> ProjectForecast {
        let (forecast, summaries) = (prepared.forecast, prepared.summaries)
        var result = ProjectForecast(
            question: question, semantics: evaluation.semantics, forecast: forecast, total: nil, rows: [],
            splitTitle: nil, day: day, horizonDays: prepared.horizonDays, summaries: summaries, definition: definition,
            generation: generation)
        result.total = prepared.total?.scaled(by: question.margin)
        if result.total != nil, let split = question.split {
            let (title, groups) = groups(split, summaries.indices(in: question.scope), summaries)
            var expectations = forecast.expectations
            let intervals = forecast.intervals
            result.splitTitle = title
            result.rows = groups.compactMap {
                row($0.key, $0.label, $0.indices, summaries, &expectations, intervals)?.scaled(by: question.margin)
            }
        }
        return result
    }

    private func summaries(
        of question: ForecastQuestion, calibration: Int?, _ isByCustomer: Bool
    ) throws -> BuyerSummaries {
        // With those of the other forecasts, which are made of the same histories.
        let segmentations = Set(question.segmentations + evaluation.buyers.flatMap(\.segmentations))
        let asked = BuyerQuestion(
            calibration: calibration, segmentations: segmentations.sorted(), isByCustomer: isByCustomer)
        if let known = answered.first(where: { $0.question.covers(asked) }) { return known.summaries }
        return try engine.buyerSummaries(evaluation, asked)
    }

    private func base(_ summaries: BuyerSummaries, start: Int, known: Int?) -> CustomerBase {
        let end = day.dayNumber
        let customers = summaries.indices.map { index -> ForecastCustomer in
            let first = Int(summaries.firstDays[index])
            var customer = ForecastCustomer(
                firstDay: first - start, history: summaries.history(index, until: end),
                spend: summaries.spend(index), customers: summaries.count(index))
            guard let known, summaries.calibration.repeats[index] >= 0 else { return customer }
            customer.calibration = BuyerHistory(
                frequency: Int(summaries.calibration.repeats[index]),
                recency: Int(summaries.calibration.lastDays[index]) - first, age: end - known - first)
            customer.calibrationSpend = max(0, summaries.calibration.repeatSpends[index])
            customer.later = Int(summaries.calibration.later[index])
            customer.laterSpend = summaries.calibration.laterSpends[index]
            return customer
        }
        let repeats = Dictionary(
            summaries.repeatsByDay.map { (Int($0.key) - start, $0.value) }
        ) { first, _ in first }
        return CustomerBase(customers, repeats: repeats, days: end - start, knownDays: known)
    }

    private func row(
        _ key: GroupKey, _ label: String, _ indices: [Int], _ summaries: BuyerSummaries,
        _ expectations: inout Expectations?, _ intervals: Intervals?
    ) -> ProjectForecast.Row? {
        let cells = indices.lazy.map { index in
            CustomerCell(
                summaries.history(index, until: day.dayNumber), customers: summaries.count(index),
                spend: summaries.spend(index))
        }.merged()
        guard let expected = expectations?.value(of: cells) else { return nil }
        let ranges = cells.isEmpty ? nil : intervals?.ranges(of: cells)
        return ProjectForecast.Row(
            key: key, label: label, expected: expected,
            revenue: ExactDecimal(
                units: indices.reduce(Int128(0)) { $0 + summaries.revenues[$1] }, scale: summaries.scale),
            orders: ranges?.orders,
            value: ranges?.value)
    }

    /// Who is in which row, all rows in order.
    private func groups(
        _ split: ForecastQuestion.Split, _ buyers: [Int], _ summaries: BuyerSummaries
    ) -> (title: String, groups: [(key: GroupKey, label: String, indices: [Int])]) {
        switch split {
        case .segmentation(let id):
            guard let segmentation = evaluation.customerSegmentations.first(where: { $0.id == id }),
                let positions = summaries.segments[id]
            else { preconditionFailure("a segmentation that was asked for: \(id)") }
            let segments = segmentation.segments.map(\.name) + [segmentation.remainder]
            var indices: [[Int]] = Array(repeating: [], count: segments.count)
            for index in buyers { indices[Int(positions[index])].append(index) }
            let last = segments.count - 1
            let groups = segments.enumerated().map { position, name in
                (key: position == last ? GroupKey.remainder : .text(name), label: name, indices: indices[position])
            }
            return (names[id] ?? id, groups)
        case .cohort(let unit):
            var byBucket: [Int: [Int]] = [:]
            for index in buyers {
                let date = CivilDate(dayNumber: Int(summaries.firstDays[index]))
                byBucket[unit.index(of: date), default: []].append(index)
            }
            let groups = byBucket.keys.sorted().map { bucket in
                (key: GroupKey.bucket(bucket), label: unit.label(of: bucket), indices: byBucket[bucket] ?? [])
            }
            return ("Cohort", groups)
        }
    }
}

extension ProjectForecast.Row {
    /// - Parameter margin: the share of revenue that counts as value.
    fileprivate func scaled(by margin: Double) -> Self {
        var row = self
        row.expected.value = expected.value.map { $0 * margin }
        row.value = value.map { Interval(low: $0.low * margin, high: $0.high * margin) }
        return row
    }
}
