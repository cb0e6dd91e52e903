import Quantities
import Queries

/// A row of the sums.
struct SumRow {
    let pass: Int
    /// t, g or c.
    let part: Substring
    let isOfQuantiles: Bool
    let keys: [String?]
    private let values: [String?]
    let missingRate: String?
    let mixedCurrency: String?

    /// - Throws: `SparkFailure` for a row of another shape.
    init(_ row: [String?], _ evaluation: Evaluation) throws {
        let keyCount = evaluation.queries.map(\.groupBy.count).max() ?? 0
        let valueCount = evaluation.queries.map(\.measures.count).max() ?? 0
        guard row.count == 4 + keyCount + 4 * valueCount, let pass = row[0].flatMap({ Int($0) }), let part = row[1]
        else { throw SparkFailure(.malformedAnswer, "a row of sums with \(row.count) columns") }
        self.pass = pass
        self.part = part.prefix(1)
        isOfQuantiles = part.hasSuffix("q")
        keys = Array(row[2..<(2 + keyCount)])
        values = Array(row[(2 + keyCount)..<(row.count - 2)])
        missingRate = row[row.count - 2]
        mixedCurrency = row[row.count - 1]
    }

    /// The text of a measure's value; nil where this row has none.
    func text(_ measure: Int, _ kind: Measure.Kind, isNative: Bool) -> String? {
        let place = 4 * measure
        return switch SumReading(kind) {
        case .count: isOfQuantiles ? nil : values[place]
        case .customers: isOfQuantiles ? nil : values[place + 1]
        case .money: isOfQuantiles ? nil : values[place + (isNative ? 3 : 2)]
        case .quantile: isOfQuantiles ? values[place] : nil
        }
    }
}

/// The answer to one query as its rows come.
struct QueryAnswer {
    private let query: Query
    private var groups: [[GroupKey]: [MeasureValue]] = [:]
    private var cohorts: [[GroupKey]: [MeasureValue]] = [:]
    private var total: [MeasureValue]

    init(_ query: Query) {
        self.query = query
        total = query.measures.map { MeasureValue(nothing: $0.kind) }
    }

    /// - Throws: `QueryError` where an amount that is asked for has no rate, or currencies are mixed.
    mutating func add(_ row: SumRow, _ pass: Pass, _ evaluation: Evaluation) throws {
        if let missing = row.missingRate { throw QueryError(missingRate: missing, evaluation.semantics) }
        if row.part == "g", let mixed = row.mixedCurrency {
            throw QueryError.unsupported("\(mixed) under a purchase in another currency, grouped by currency")
        }
        let nothing = query.measures.map { MeasureValue(nothing: $0.kind) }
        switch row.part {
        case "t": try set(&total, row, pass)
        case "c":
            guard let text = row.keys.first ?? nil else { return }
            try set(&cohorts[[GroupKey(sql: text)], default: nothing], row, pass)
        default:
            let keys = try query.groupBy.indices.map { place in
                guard let text = row.keys[place] else { throw SparkFailure(.malformedAnswer, "a group without a key") }
                return try GroupKey(sql: text)
            }
            try set(&groups[keys, default: nothing], row, pass)
        }
    }

    private func set(_ values: inout [MeasureValue], _ row: SumRow, _ pass: Pass) throws {
        let isNative = row.part == "g" && query.groupBy.contains(.currency)
        for place in pass.measures {
            let kind = query.measures[place].kind
            if let text = row.text(place, kind, isNative: isNative) {
                values[place] = try MeasureValue(sql: text, kind)
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
    /// - Parameter missingRate: as sums have it, with a word where it is one that conditions need.
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
