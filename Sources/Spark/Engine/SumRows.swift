import Quantities
import Queries

import struct Foundation.Data
import class Foundation.JSONDecoder

/// A row of the sums.
struct SumRow {
    let grouping: String
    let keys: [String?]
    private let sums: [String: String?]

    /// - Throws: `SparkFailure` for a row of another shape.
    init(_ row: [String?], keyCount: Int) throws {
        guard row.count == 2 + keyCount, let grouping = row[0], let json = row[row.count - 1],
            let sums = try? JSONDecoder().decode([String: String?].self, from: Data(json.utf8))
        else { throw SparkFailure(.malformedAnswer, "a row of sums with \(row.count) columns") }
        self.grouping = grouping
        keys = Array(row[1..<(row.count - 1)])
        self.sums = sums
    }

    /// The text of a sum; nil for none.
    func text(_ sum: String) -> String? { sums[sum] ?? nil }
}

/// The answers to queries and the findings as their rows come.
struct QueryAnswers {
    private let evaluation: Evaluation
    private let plan: SumPlan
    private var answers: [QueryAnswer]
    private(set) var findings: [QualityFinding] = []

    init(_ evaluation: Evaluation, _ plan: SumPlan) {
        (self.evaluation, self.plan) = (evaluation, plan)
        answers = evaluation.queries.map { QueryAnswer($0) }
    }

    /// - Throws: `QueryError` where an amount that is asked for has no rate, or currencies are mixed; `SparkFailure` for rows
    ///   that were not asked for.
    mutating func add(_ row: [String?]) throws {
        let row = try SumRow(row, keyCount: plan.keyCount)
        if row.grouping == TroubleSums.name { return try check(row) }
        for reading in plan.readings[row.grouping] ?? [] { try answers[reading.query].add(row, reading) }
        for finding in plan.findings where finding.grouping == row.grouping {
            guard let count = row.text(finding.sum).flatMap({ Int($0) }), count > 0 else { continue }
            let hasDetail = finding.kind == .unclassifiedPurchases
            findings.append(QualityFinding(finding.kind, count: count, detail: hasDetail ? row.keys[0] : nil))
        }
    }

    private func check(_ row: SumRow) throws {
        for (name, isOfConditions) in [("missing", false), ("missing_of_conditions", true)] {
            guard let missing = row.text(name) else { continue }
            throw QueryError(missingRate: missing, evaluation.semantics, isOfConditions: isOfConditions)
        }
        if let mixed = row.text("mixed") {
            throw QueryError.unsupported("\(mixed) under a purchase in another currency, grouped by currency")
        }
    }

    var measurements: [Measurement] { answers.map(\.measurement) }
}

/// The answer to one query.
private struct QueryAnswer {
    private let query: Query
    private var groups: [[GroupKey]: [MeasureValue]] = [:]
    private var cohorts: [[GroupKey]: [MeasureValue]] = [:]
    private var total: [MeasureValue]

    init(_ query: Query) {
        self.query = query
        total = query.measures.map { MeasureValue(nothing: $0.kind) }
    }

    mutating func add(_ row: SumRow, _ reading: PartReading) throws {
        // Other queries have rows in this group.
        if let rows = reading.rows, (row.text(rows).flatMap { Int($0) } ?? 0) == 0 { return }
        let nothing = query.measures.map { MeasureValue(nothing: $0.kind) }
        switch reading.part {
        case .total: try set(&total, row, reading)
        case .cohort:
            guard let text = row.keys.first ?? nil else { return }
            try set(&cohorts[[GroupKey(sql: text)], default: nothing], row, reading)
        case .group:
            // In no group.
            guard let keys = try keys(row, reading) else { return }
            try set(&groups[keys, default: nothing], row, reading)
        }
    }

    private func keys(_ row: SumRow, _ reading: PartReading) throws -> [GroupKey]? {
        var rest = row.keys[...]
        var keys: [GroupKey] = []
        for dimension in query.groupBy {
            if let (complete, later) = reading.periods, case .calendar(let unit) = dimension {
                let place = query.groupBy.count { if case .calendar = $0 { false } else { true } }
                guard let period = row.keys[place].flatMap({ Int($0) }) else {
                    throw SparkFailure(.malformedAnswer, "a period without a number")
                }
                keys.append(.bucket(unit.index(ofDay: complete.firstDay(of: period + later))))
                continue
            }
            guard let text = rest.popFirst() ?? nil else { return nil }
            keys.append(try GroupKey(sql: text))
        }
        return keys
    }

    private func set(_ values: inout [MeasureValue], _ row: SumRow, _ reading: PartReading) throws {
        for (measure, sum) in reading.values {
            guard let text = row.text(sum) else { continue }
            let value = try MeasureValue(sql: text, query.measures[measure].kind)
            if reading.periods != nil, case .count(let one) = value, case .count(let others) = values[measure] {
                values[measure] = .count(others + one)
            } else {
                values[measure] = value
            }
        }
    }

    var measurement: Measurement {
        func list(_ groups: [[GroupKey]: [MeasureValue]]) -> [Measurement.Group] {
            groups.map { Measurement.Group(keys: $0.key, values: $0.value) }
        }
        return Measurement(query: query.id, groups: list(groups), total: total, cohorts: list(cohorts))
    }
}

extension MeasureValue {
    /// What a measure is over nothing.
    init(nothing kind: Measure.Kind) {
        switch kind {
        case .revenue, .grossRevenue, .refunds, .chargeAmount: self = .money(.zero)
        case .gapSum: self = .duration(0)
        case .gapQuantile: self = .quantile(nil)
        default: self = .count(0)
        }
    }

    init(sql text: String, _ kind: Measure.Kind) throws {
        switch kind {
        case .gapQuantile:
            guard let number = Double(text) else { throw SparkFailure(.malformedAnswer, "no number: \(text)") }
            self = .quantile(number / 86_400_000_000)
        case .gapSum:
            guard let number = Int128(text) else { throw SparkFailure(.malformedAnswer, "no number: \(text)") }
            self = .duration(number)
        default:
            if kind.type == .money {
                guard let number = ExactDecimal(sql: text) else {
                    throw SparkFailure(.malformedAnswer, "no number: \(text)")
                }
                self = .money(number)
            } else {
                guard let number = Int(text) else { throw SparkFailure(.malformedAnswer, "no number: \(text)") }
                self = .count(number)
            }
        }
    }
}

extension QueryError {
    /// - Parameter missingRate: as traces have it, with a word where it is one that conditions need.
    init(missingRate: String, _ semantics: Semantics) {
        let isOfConditions = missingRate.hasSuffix(" conditions")
        self.init(
            missingRate: isOfConditions ? String(missingRate.dropLast(" conditions".count)) : missingRate, semantics,
            isOfConditions: isOfConditions)
    }

    /// - Parameter missingRate: a currency and a day's number, with a space between.
    init(missingRate: String, _ semantics: Semantics, isOfConditions: Bool) {
        let parts = missingRate.split(separator: " ")
        let day = parts.last.flatMap { Int($0) } ?? 0
        self = .missingRate(
            currency: parts.dropLast().joined(separator: " "), date: CivilDate(dayNumber: day).description,
            display: isOfConditions ? semantics.segmentCurrency : semantics.displayCurrency)
    }
}

extension Semantics {
    /// - Parameter field: the column in which a row says which rate it misses: a currency and a day's number.
    /// - Throws: `QueryError` for the least of them, the same in whatever order the rows come.
    func checkRates(of rows: [RowReader], field: Int, isOfConditions: Bool) throws {
        if let missing = rows.compactMap({ $0[field] }).min() {
            throw QueryError(missingRate: missing, self, isOfConditions: isOfConditions)
        }
    }
}
