import Foundation
import Quantities
package import Queries
import Synchronization

/// Evaluates queries on Spark. What leaves it are sums, and customers only where these are asked for by themselves:
///
///     answer               statements for sums with findings, and for buyers    SumRows, QualityRows, BuyerRows
///     segmentCounts, …     counts by segment; memberships brings everybody       SparkMembers
///     profile, outline, …  what the tables hold                                  SparkProfiles
///     trace, customer      bookings one by one                                   SparkTraces
///     segmentViews         segmentations as views of the catalog                 SparkViews
///
/// Positions of customers are numbers that the engine gives (see `CustomerNumbers`).
package struct SparkEngine: QueryEngine {
    let session: any SparkSession
    let tables: SparkTables
    let numbers = CustomerNumbers()
    let spans = EventSpans()
    let known = KnownProfile()
    private let views: ViewPlace

    /// Where views are made.
    package struct ViewPlace: Sendable {
        /// Quoted; nil for the session's schema.
        package var schema: String?
        /// The project's name: views say whose they are.
        package var project: String
        /// Whether views follow the clock; else they hold as of the evaluation that they are made with.
        package var isLive: Bool

        package init(schema: String? = nil, project: String = "", isLive: Bool = true) {
            self.schema = schema
            self.project = project
            self.isLive = isLive
        }
    }

    package init(_ session: any SparkSession, _ tables: SparkTables, views: ViewPlace = ViewPlace()) {
        self.session = session
        self.tables = tables
        self.views = views
    }

    package var segmentViews: (any SegmentViews)? {
        SparkViews(engine: self, place: views)
    }

    package func sql(_ evaluation: Evaluation) throws -> String? { try text(evaluation) }

    /// The statement of an evaluation: its sums, and what is to be said about the data.
    ///
    /// - Throws: `QueryError`.
    package static func statement(_ evaluation: Evaluation, _ tables: SparkTables) throws -> SQLStatement {
        try SparkEngine(NoSession(), tables).sums(evaluation).statement
    }

    /// As `statement`, with what its rows are.
    static func sums(_ evaluation: Evaluation, _ tables: SparkTables) throws -> (statement: SQLStatement, plan: SumPlan)
    {
        try SparkEngine(NoSession(), tables).sums(evaluation)
    }

    private struct NoSession: SparkSession {
        func rows(_ statement: SQLStatement) throws -> SQLRows { preconditionFailure("a statement is only written") }
    }

    func sums(_ evaluation: Evaluation) throws -> (statement: SQLStatement, plan: SumPlan) {
        // What only questions about buyers name is in their statement.
        var alone = evaluation
        alone.buyers = []
        let sql = try compiled(askedAlone(alone))
        sql.keepsUnclassified = true
        if let last = spans.last(of: evaluation.purchases.event), !sql.isLive {
            sql.mayHaveLaterRows = last > evaluation.semantics.asOf
        }
        try sql.addAll()
        let sums = SumsSQL(sql)
        return (sql.text.statement(try sums.select()), sums.plan)
    }

    /// The evaluation with what its answer is made of.
    ///
    /// - Throws: `QueryError` where something else in it makes no sense.
    func askedAlone(_ evaluation: Evaluation) throws -> Evaluation {
        let asked = evaluation.askedAlone
        if asked != evaluation { try check(evaluation) }
        return asked
    }

    /// - Throws: `QueryError` where a segmentation or consent makes no sense, whether it is asked for or not.
    private func check(_ evaluation: Evaluation) throws {
        try EvaluationSQL(EvaluationSQL.ofCustomers(evaluation), tables).addMembers()
    }

    /// Begins a statement about an evaluation.
    ///
    /// - Parameters:
    ///   - tables: other ones than the engine's.
    ///   - given: parameters of a statement that it will be a part of.
    ///   - isLive: as of when it is run.
    func compiled(
        _ evaluation: Evaluation, _ tables: SparkTables? = nil, given: [String: SQLLiteral] = [:], isLive: Bool = false
    ) throws -> EvaluationSQL {
        let sql = try EvaluationSQL(evaluation, tables ?? self.tables, given: given, isLive: isLive)
        if evaluation.asksPredictions { sql.predicted = try evaluation.predictions.map(numbers.customers) }
        return sql
    }

    /// The sums and the histories of buyers are statements that run at the same time.
    ///
    /// - Throws: `QueryError`, `SparkFailure`.
    package func answer(_ evaluation: Evaluation) throws -> EvaluationAnswer {
        let sums = try sums(evaluation)
        let buyers = try BuyerStatement(evaluation, self)
        let found = try session.rows(of: [sums.statement, buyers?.statement])
        var answers = QueryAnswers(evaluation, sums.plan)
        for row in found[0] { try answers.add(row) }
        return EvaluationAnswer(
            measurements: answers.measurements, quality: QualityFinding.joined(answers.findings),
            buyers: try buyers?.summaries(found[1], numbers) ?? [])
    }

    /// One statement; what is to be said about the data is not asked for.
    ///
    /// - Throws: `QueryError`, `SparkFailure`.
    package func buyerSummaries(_ evaluation: Evaluation, _ question: BuyerQuestion) throws -> BuyerSummaries {
        var asked = evaluation.definitionsAlone
        asked.buyers = [question]
        try check(asked)
        guard let buyers = try BuyerStatement(asked, self),
            let summaries = try buyers.summaries(session.rows(buyers.statement).rows, numbers).first
        else { preconditionFailure("a question was asked") }
        return summaries
    }

    /// The ids of customers that answers told of.
    ///
    /// - Throws: `QueryError` for other positions.
    package func customerIDs(_ positions: [Int32]) throws -> [String] { try numbers.ids(positions) }
}

extension EvaluationSQL {
    /// All steps before the sums.
    func addAll() throws {
        try addPurchases()
        try addBookings()
        try addConsents()
    }
}

extension SparkSession {
    /// The rows of several statements that run at the same time; none where there is no statement.
    ///
    /// - Throws: `SparkFailure` of the first statement that has failed.
    func rows(of statements: [SQLStatement?]) throws -> [[[String?]]] {
        let found = Mutex<[Int: Result<[[String?]], any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: statements.count) { place in
            let result = Result { try statements[place].map { try rows($0).rows } ?? [] }
            found.withLock { $0[place] = result }
        }
        return try statements.indices.map { place in try found.withLock { $0[place] }?.get() ?? [] }
    }
}
