import Quantities
import Queries

/// The statement about buyers, and how its rows are read.
struct BuyerStatement {
    let statement: SQLStatement
    private let questions: [BuyerQuestion]
    private let semantics: Semantics
    private let calibrations: [Int]
    private let segmentations: [CustomerSegmentation]
    private let scale: Int

    private static let ownFields = 10
    private static let calibrationFields = 5
    private var firstSegmentField: Int {
        BuyerStatement.ownFields + BuyerStatement.calibrationFields * calibrations.count
    }
    private var countField: Int { firstSegmentField + (segmentations.isEmpty ? 0 : segmentations.count + 1) }
    private var fields: Int { countField + 2 }

    /// Nil where nothing is asked of buyers.
    ///
    /// - Throws: `QueryError`.
    init?(_ evaluation: Evaluation, _ engine: SparkEngine) throws {
        if evaluation.buyers.isEmpty { return nil }
        for id in evaluation.buyers.flatMap(\.segmentations)
        where !evaluation.customerSegmentations.contains(where: { $0.id == id }) {
            throw QueryError.unknownSegmentation(id)
        }
        let alone = EvaluationSQL.ofBuyers(evaluation)
        let sql = try engine.compiled(alone)
        statement = sql.text.statement(try sql.buyersSelect())
        questions = evaluation.buyers
        semantics = alone.semantics
        calibrations = EvaluationSQL.calibrations(questions)
        segmentations = alone.customerSegmentations
        scale = sql.money.displayScale
    }

    /// One for each of the questions; customers are in the order of their ids, and before them those who are counted.
    ///
    /// - Throws: `QueryError` where an amount has no rate; `SparkFailure`.
    func summaries(_ rows: [[String?]], _ numbers: CustomerNumbers) throws -> [BuyerSummaries] {
        var buyers: [(id: String, row: RowReader)] = []
        let isByCustomer = questions.contains(where: \.isByCustomer)
        var repeatsByDay: [Int32: Int] = [:]
        for row in rows {
            let row = try RowReader(row, fields: fields, "buyers")
            if try row.text(0) == "d" {
                let count = try row.number(3)
                if count > 0 { repeatsByDay[Int32(try row.number(2))] = count }
                continue
            }
            buyers.append((isByCustomer ? try row.text(1) : row[1] ?? "", row))
        }
        try semantics.checkRates(of: buyers.map(\.row), field: 4, isOfConditions: false)
        if !segmentations.isEmpty {
            try semantics.checkRates(of: buyers.map(\.row), field: countField - 1, isOfConditions: true)
        }
        buyers.sort { String.isBefore($0.id, $1.id) }
        var all = BuyerSummaries(scale: scale)
        if isByCustomer { all.customers = numbers.numbers(of: buyers.map(\.id)) }
        all.repeatsByDay = repeatsByDay
        for (_, row) in buyers {
            try all.add(row, revenue: row.decimal(countField + 1))
            if !isByCustomer { all.counts.append(Int32(try row.number(countField))) }
        }
        return try questions.map { question in
            var summaries = all
            if let day = question.calibration, let place = calibrations.firstIndex(of: day) {
                let first = BuyerStatement.ownFields + BuyerStatement.calibrationFields * place
                for (_, row) in buyers { try summaries.calibration.add(row, first) }
            }
            for (place, segmentation) in segmentations.enumerated()
            where question.segmentations.contains(segmentation.id) {
                summaries.segments[segmentation.id] = try buyers.map { _, row in
                    Int32(try segmentation.place(ofSegment: row.number(firstSegmentField + place)))
                }
            }
            return summaries
        }
    }
}

extension CustomerSegmentation {
    /// From the number of a segment in SQL, 0 for the remainder, to the place in `Membership.segments`.
    ///
    /// - Throws: `SparkFailure` for the number of none.
    func place(ofSegment number: Int) throws -> Int {
        guard (0...segments.count).contains(number) else {
            throw SparkFailure(.malformedAnswer, "a segment that is none: \(number)")
        }
        return number == 0 ? segments.count : number - 1
    }
}

extension BuyerSummaries {
    fileprivate mutating func add(_ row: RowReader, revenue: ExactDecimal) throws {
        guard let revenue = revenue.rescaled(to: scale) else {
            throw SparkFailure(.malformedAnswer, "an amount with too many digits")
        }
        guard let activity = Activity(rawValue: UInt8(clamping: try row.number(9))) else {
            throw SparkFailure(.malformedAnswer, "an unknown activity")
        }
        firstDays.append(Int32(try row.number(5)))
        lastDays.append(Int32(try row.number(6)))
        repeats.append(Int32(try row.number(7)))
        repeatSpends.append(try row.decimal(8).double)
        revenues.append(revenue.units)
        activities.append(activity)
    }
}

extension BuyerSummaries.Calibration {
    fileprivate mutating func add(_ row: RowReader, _ first: Int) throws {
        lastDays.append(Int32(try row.number(first)))
        repeats.append(Int32(try row.number(first + 1)))
        repeatSpends.append(try row.decimal(first + 2).double)
        later.append(Int32(try row.number(first + 3)))
        laterSpends.append(try row.decimal(first + 4).double)
    }
}
