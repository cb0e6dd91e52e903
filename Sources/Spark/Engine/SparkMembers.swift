package import Queries

extension SparkEngine {
    /// The segments of all customers at `as_of`. Brings every customer: for counts there is `segmentCounts`.
    ///
    /// Customers are in the order of the positions that the engine gives; a customer who is no longer in the tables has no
    /// place among them.
    ///
    /// - Throws: `QueryError`, `SparkFailure`.
    package func memberships(_ evaluation: Evaluation) throws -> [Membership] {
        let alone = EvaluationSQL.ofCustomers(evaluation)
        if alone.customerSegmentations.isEmpty { return [] }
        let sql = try compiled(alone)
        try sql.addMembers()
        let columns = sql.memberColumns.map { "CAST(\($0) AS STRING) AS \($0)" }
        let select = "SELECT customer, missing_rate, \(columns.joined(separator: ", "))\nFROM members"
        let rows = try session.rows(sql.text.statement(select)).rows.map {
            try RowReader($0, fields: 2 + columns.count, "customers")
        }
        try alone.semantics.checkRates(of: rows, field: 1, isOfConditions: true)
        var customers = try rows.map { (id: try $0.text(0), position: Int32(0), row: $0) }
        customers.sort { String.isBefore($0.id, $1.id) }
        for (place, number) in numbers.numbers(of: customers.map(\.id)).enumerated() {
            customers[place].position = number
        }
        customers.sort { $0.position < $1.position }
        return try alone.customerSegmentations.enumerated().map { column, segmentation in
            Membership(
                id: segmentation.id, segments: segmentation.segments.map(\.name) + [segmentation.remainder],
                positions: try customers.map { Int32(try segmentation.place(ofSegment: $0.row.number(2 + column))) })
        }
    }

    /// - Throws: `QueryError`, `SparkFailure`.
    package func segmentCounts(_ evaluation: Evaluation) throws -> [SegmentCounts] {
        let alone = EvaluationSQL.ofCustomers(evaluation)
        if alone.customerSegmentations.isEmpty { return [] }
        let sql = try compiled(alone)
        try sql.addMembers()
        var counts = alone.customerSegmentations.map { SegmentCounts($0) }
        let rows = try session.rows(sql.text.statement(sql.segmentCountsSelect())).rows.map {
            try RowReader($0, fields: 4, "segments")
        }
        try alone.semantics.checkRates(of: rows, field: 3, isOfConditions: true)
        for row in rows {
            let place = try row.number(0)
            guard let segmentation = alone.customerSegmentations[ifThere: place] else {
                throw SparkFailure(.malformedAnswer, "a segmentation that is none: \(place)")
            }
            let segment = try segmentation.place(ofSegment: row.number(1))
            counts[place].customers[segment] = try row.number(2)
        }
        return counts
    }

    /// - Throws: `QueryError`, `SparkFailure`.
    package func segmentMoves(from before: Evaluation, to after: Evaluation) throws -> [SegmentMoves] {
        let (old, new) = (EvaluationSQL.ofCustomers(before), EvaluationSQL.ofCustomers(after))
        // By the place in the one and in the other.
        let pairs = new.customerSegmentations.enumerated().compactMap { place, segmentation in
            old.customerSegmentations.firstIndex { $0.id == segmentation.id }.map { (old: $0, new: place) }
        }
        if pairs.isEmpty { return [] }
        let sql = SQLText(tables.parameters)
        let first = try compiled(old, given: sql.parameters)
        try first.addMembers()
        sql.add("before", "everybody by the definitions before", sql.nested(first.text, "SELECT * FROM members"))
        let second = try compiled(new, given: sql.parameters)
        try second.addMembers()
        sql.add("after", "everybody by the definitions after", sql.nested(second.text, "SELECT * FROM members"))
        let structs = pairs.map { pair in
            "STRUCT(b.\(first.memberColumns[pair.old]) AS before, a.\(second.memberColumns[pair.new]) AS after)"
        }
        let rows = try session.rows(
            sql.statement(
                """
                SELECT CAST(pair AS STRING) AS pair, CAST(move.before AS STRING) AS before, CAST(move.after AS STRING) AS after,
                  CAST(COUNT(*) AS STRING) AS customers, MIN(missing_before) AS missing_before, MIN(missing_after) AS missing_after
                FROM (
                  SELECT b.missing_rate AS missing_before, a.missing_rate AS missing_after,
                    POSEXPLODE(ARRAY(\(structs.joined(separator: ", ")))) AS (pair, move)
                  FROM before b
                  JOIN after a ON a.customer = b.customer
                )
                GROUP BY 1, 2, 3
                """)
        ).rows.map { try RowReader($0, fields: 6, "moves") }
        try old.semantics.checkRates(of: rows, field: 4, isOfConditions: true)
        try new.semantics.checkRates(of: rows, field: 5, isOfConditions: true)
        var moves = pairs.map { pair in
            let (before, after) = (old.customerSegmentations[pair.old], new.customerSegmentations[pair.new])
            let row = Array(repeating: 0, count: after.segments.count + 1)
            return SegmentMoves(
                id: after.id, before: SegmentCounts(before), after: SegmentCounts(after),
                customers: Array(repeating: row, count: before.segments.count + 1))
        }
        for row in rows {
            let (place, count) = (try row.number(0), try row.number(3))
            guard let pair = pairs[ifThere: place] else {
                throw SparkFailure(.malformedAnswer, "a segmentation that is none: \(place)")
            }
            let from = try old.customerSegmentations[pair.old].place(ofSegment: row.number(1))
            let to = try new.customerSegmentations[pair.new].place(ofSegment: row.number(2))
            moves[place].customers[from][to] += count
            moves[place].before.customers[from] += count
            moves[place].after.customers[to] += count
        }
        return moves
    }
}

extension SegmentCounts {
    /// Of nobody.
    fileprivate init(_ segmentation: CustomerSegmentation) {
        let names = segmentation.segments.map(\.name) + [segmentation.remainder]
        self.init(id: segmentation.id, segments: names, customers: names.map { _ in 0 })
    }
}
