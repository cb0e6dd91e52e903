import Quantities
package import Queries

/// Evaluates queries on Spark: an evaluation is one statement, and what comes back are sums.
package struct SparkEngine: Sendable {
    private let session: any SparkSession
    private let tables: SparkTables

    package init(_ session: any SparkSession, _ tables: SparkTables) {
        self.session = session
        self.tables = tables
    }

    /// The statements of an evaluation: its sums, and what is to be said about the data.
    ///
    /// - Throws: `QueryError`.
    package static func statements(
        _ evaluation: Evaluation, _ tables: SparkTables
    ) throws -> (sums: SQLStatement?, quality: SQLStatement) {
        let passes = Pass.all(evaluation.queries)
        var sums: SQLStatement?
        if !passes.isEmpty {
            let sql = try EvaluationSQL(evaluation, tables)
            try sql.addAll()
            sums = sql.text.statement(try sql.sums(passes))
        }
        let quality = try EvaluationSQL(evaluation, tables)
        try quality.addPurchases()
        try quality.addConsentEvents()
        return (sums, quality.text.statement(try quality.qualitySelect()))
    }

    /// - Throws: `QueryError`, `SparkFailure`.
    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let statements = try SparkEngine.statements(evaluation, tables)
        let passes = Pass.all(evaluation.queries)
        var answers = evaluation.queries.map { QueryAnswer($0) }
        for row in try statements.sums.map({ try session.rows($0).rows }) ?? [] {
            let row = try SumRow(row, evaluation)
            guard passes.indices.contains(row.pass) else { throw SparkFailure(.malformedAnswer, "a row of no pass") }
            try answers[passes[row.pass].query].add(row, passes[row.pass], evaluation)
        }
        let findings = try session.rows(statements.quality).rows.flatMap { try QualityFinding.findings($0) }
        return EvaluationAnswer(measurements: answers.map(\.measurement), quality: SparkEngine.joined(findings))
    }

    /// One finding a kind and detail; several consents count together.
    private static func joined(_ findings: [QualityFinding]) -> [QualityFinding] {
        var joined: [QualityFinding] = []
        for finding in findings where finding.count > 0 {
            if let place = joined.firstIndex(where: {
                $0.kind == finding.kind && ($0.detail ?? "").utf8.elementsEqual((finding.detail ?? "").utf8)
                    && ($0.detail == nil) == (finding.detail == nil)
            }) {
                joined[place].count += finding.count
            } else {
                joined.append(finding)
            }
        }
        return joined
    }
}

extension EvaluationSQL {
    /// All steps before the sums.
    func addAll() throws {
        try addPurchases()
        try addBookings()
        try addConsents()
    }
}

/// A row of the sums.
private struct SumRow {
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
private struct QueryAnswer {
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
        if let missing = row.missingRate {
            let isOfConditions = missing.hasSuffix(" conditions")
            let parts = (isOfConditions ? missing.dropLast(" conditions".count) : missing[...]).split(separator: " ")
            let day = parts.last.flatMap { Int($0) } ?? 0
            throw QueryError.missingRate(
                currency: parts.dropLast().joined(separator: " "), date: CivilDate(dayNumber: day).description,
                display: isOfConditions
                    ? evaluation.semantics.segmentCurrency : evaluation.semantics.displayCurrency)
        }
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
    fileprivate init(nothing kind: Measure.Kind) {
        switch kind {
        case .revenue, .grossRevenue, .refunds, .chargeAmount: self = .money(.zero)
        case .gapSum: self = .duration(0)
        case .gapQuantile: self = .quantile(nil)
        default: self = .count(0)
        }
    }

    fileprivate init(sql text: String, _ kind: Measure.Kind) throws {
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

extension ExactDecimal {
    /// As Spark writes decimals: `12.50`, and `0E-10` for a zero of many digits.
    init?(sql text: String) {
        guard let mark = text.firstIndex(where: { $0 == "E" || $0 == "e" }) else {
            self.init(text)
            return
        }
        guard let mantissa = ExactDecimal(text[..<mark]), let exponent = Int(text[text.index(after: mark)...]),
            abs(exponent) <= 37
        else { return nil }
        if exponent >= 0 {
            self = mantissa * ExactDecimal(units: ExactDecimal.power(exponent), scale: 0)
        } else {
            self = mantissa * ExactDecimal(units: 1, scale: -exponent)
        }
    }
}

extension GroupKey {
    /// - Throws: `SparkFailure` for a text that is no key.
    init(sql text: String) throws {
        let rest = String(decoding: text.utf8.dropFirst(), as: UTF8.self)
        func number() throws -> Int {
            guard let number = Int(rest) else { throw SparkFailure(.malformedAnswer, "no key: \(text)") }
            return number
        }
        switch text.utf8.first.map({ Character(UnicodeScalar($0)) }) {
        case "t": self = .text(rest)
        case "m": self = .missing
        case "r": self = .remainder
        case "b": self = .bucket(try number())
        case "n": self = .number(try number())
        case "d":
            guard let decimal = ExactDecimal(sql: rest) else {
                throw SparkFailure(.malformedAnswer, "no key: \(text)")
            }
            self = .text(decimal.normalized.description)
        case "i": self = .text(Instant(microseconds: Int64(try number())).description)
        default: throw SparkFailure(.malformedAnswer, "no key: \(text)")
        }
    }
}

extension QualityFinding {
    /// What a row of the findings counts.
    fileprivate static func findings(_ row: [String?]) throws -> [QualityFinding] {
        guard row.count == 7, let source = row[0] else {
            throw SparkFailure(.malformedAnswer, "a row of findings with \(row.count) columns")
        }
        let counts = row[2...].map { $0.flatMap { Int($0) } ?? 0 }
        if let kind = Kind(rawValue: source) { return [QualityFinding(kind, count: counts[0])] }
        return zip(EvaluationSQL.purchaseFindings, counts).map { kind, count in
            QualityFinding(kind, count: count, detail: kind == .unclassifiedPurchases ? row[1] : nil)
        }
    }
}
