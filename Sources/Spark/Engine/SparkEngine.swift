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

    /// The statements of an evaluation.
    ///
    /// - Throws: `QueryError`.
    package static func statements(
        _ evaluation: Evaluation, _ tables: SparkTables
    ) throws -> (measurements: SQLStatement?, quality: SQLStatement) {
        let measured = try EvaluationSQL(evaluation, tables)
        try measured.addAll()
        let shape = EvaluationSQL.OutputShape(
            keys: evaluation.queries.map(\.groupBy.count).max() ?? 0,
            values: evaluation.queries.map(\.measures.count).max() ?? 0)
        var selects: [String] = []
        for (position, query) in evaluation.queries.enumerated() {
            selects += try measured.selects(query, at: position, shape)
        }
        let quality = try EvaluationSQL(evaluation, tables)
        try quality.addAll()
        return (
            selects.isEmpty ? nil : measured.text.statement(selects.joined(separator: "\nUNION ALL\n")),
            quality.text.statement(try quality.qualitySelect())
        )
    }

    /// - Throws: `QueryError`, `SparkFailure`.
    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let statements = try SparkEngine.statements(evaluation, tables)
        let rows = try statements.measurements.map { try session.rows($0).rows } ?? []
        var answers = evaluation.queries.map { QueryAnswer($0) }
        for row in rows {
            let fields = OutputRow(row, evaluation)
            guard answers.indices.contains(fields.query) else {
                throw SparkFailure(.malformedAnswer, "a row of no query")
            }
            try answers[fields.query].add(fields, evaluation)
        }
        let quality = try session.rows(statements.quality).rows.map(QualityFinding.init(row:)).filter { $0.count > 0 }
        return EvaluationAnswer(measurements: answers.map(\.measurement), quality: SparkEngine.joined(quality))
    }

    /// One finding a kind and detail; several consents count together.
    private static func joined(_ findings: [QualityFinding]) -> [QualityFinding] {
        var joined: [QualityFinding] = []
        for finding in findings {
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
    /// All steps up to customers.
    func addAll() throws {
        try addPurchases()
        try addBookings()
        try addConsents()
        addCustomerFacts()
        try addCustomers()
    }
}

/// A row of the answer to the queries.
struct OutputRow {
    let query: Int
    let part: String
    let keys: [String?]
    let values: [String?]
    let missingRate: String?
    let mixedCurrency: String?

    init(_ row: [String?], _ evaluation: Evaluation) {
        let keyCount = evaluation.queries.map(\.groupBy.count).max() ?? 0
        query = row[0].flatMap { Int($0) } ?? -1
        part = row[1] ?? ""
        keys = Array(row[2..<2 + keyCount])
        values = Array(row[(2 + keyCount)..<(row.count - 2)])
        missingRate = row[row.count - 2]
        mixedCurrency = row[row.count - 1]
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
    mutating func add(_ row: OutputRow, _ evaluation: Evaluation) throws {
        if let missing = row.missingRate {
            let parts = missing.split(separator: " ")
            let day = parts.last.flatMap { Int($0) } ?? 0
            throw QueryError.missingRate(
                currency: parts.dropLast().joined(separator: " "), date: CivilDate(dayNumber: day).description,
                display: evaluation.semantics.displayCurrency)
        }
        if row.part == "g", let mixed = row.mixedCurrency {
            throw QueryError.unsupported("\(mixed) under a purchase in another currency, grouped by currency")
        }
        switch row.part {
        case "t": try set(&total, row)
        case "c":
            guard let text = row.keys.first ?? nil else { return }
            let keys = [try GroupKey(sql: text)]
            try set(&cohorts[keys, default: query.measures.map { MeasureValue(nothing: $0.kind) }], row)
        default:
            var keys: [GroupKey] = []
            for place in query.groupBy.indices {
                guard let text = row.keys[place] else { return }
                keys.append(try GroupKey(sql: text))
            }
            try set(&groups[keys, default: query.measures.map { MeasureValue(nothing: $0.kind) }], row)
        }
    }

    private func set(_ values: inout [MeasureValue], _ row: OutputRow) throws {
        for (place, measure) in query.measures.enumerated() {
            if let text = row.values[place] { values[place] = try MeasureValue(sql: text, measure.kind) }
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
    fileprivate init(row: [String?]) throws {
        guard row.count == 3, let kind = row[0].flatMap(Kind.init(rawValue:)), let count = row[1].flatMap({ Int($0) })
        else { throw SparkFailure(.malformedAnswer, "a finding that is none") }
        self.init(kind, count: count, detail: row[2])
    }
}
