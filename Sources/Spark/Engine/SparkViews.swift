import Definitions
import Diagnostics
import Quantities
import Queries

/// Customer segmentations as views of Spark's catalog: `customer`, `segment`, a row for each customer that any table has.
///
/// A view says what holds when it is read: events up to then, or up to the project's fixed `as_of`. Rates are those of its
/// making. Views carry the use case that they are of, so that nothing else is ever replaced or dropped, and a checksum of what
/// they were made of, as a catalog gives their text in another form.
struct SparkViews: SegmentViews {
    let engine: SparkEngine
    let place: SparkEngine.ViewPlace

    private static let owner = "tenure.owner"
    private static let statement = "tenure.statement"

    /// Other projects have the same use cases.
    private func mark(_ useCase: String) -> String { "\(place.project)/\(useCase)" }

    /// Catalogs take letters, digits and underscores: a hyphen of an id is one.
    private func name(_ id: String) -> String {
        (place.schema.map { $0 + "." } ?? "") + SQLText.quoted(id.replacing("-", with: "_"))
    }

    func check(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws -> [SegmentViewState] {
        if let schema = place.schema,
            try engine.session.rowsIfThere(SQLStatement("DESCRIBE SCHEMA \(schema)")) == nil
        {
            throw Diagnostic(
                .error, .sparkTable, "Spark has no schema \(schema)", at: nil, hints: ["CREATE SCHEMA \(schema)"])
        }
        return try ids.enumerated().map { place, id in
            let statement = try statement(evaluation, id)
            if let other = ids[..<place].first(where: { same(name($0), name(id)) }) {
                throw problem(id, "would be the view of both '\(other)' and '\(id)'", "ids of segmentations name views")
            }
            switch try owner(of: id) {
            case .nobody: return .absent
            case .useCase(let other, let made) where same(other, mark(useCase)):
                return made == checksum(statement) ? .current : .outdated
            case .useCase(let other, _):
                throw problem(
                    id, "is a view of '\(other)' already", SparkViews.ownSchema,
                    "where nobody has that project any more: DROP VIEW \(name(id))")
            case .stranger:
                throw problem(id, "is a table or view already, which Tenure has not made", SparkViews.ownSchema)
            }
        }
    }

    func make(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws {
        for id in ids {
            let replaces = if case .nobody = try owner(of: id) { "" } else { "OR REPLACE " }
            let title = SQLLiteral.string("Segments of customers by \(id), made by Tenure").sql
            let statement = try statement(evaluation, id)
            let properties = [(SparkViews.owner, mark(useCase)), (SparkViews.statement, checksum(statement))]
                .map { "\(SQLLiteral.string($0).sql) = \(SQLLiteral.string($1).sql)" }
            try run(
                """
                CREATE \(replaces)VIEW \(name(id)) (customer, segment)
                COMMENT \(title)
                TBLPROPERTIES (\(properties.joined(separator: ", ")))
                AS
                \(statement.inlined)
                """)
        }
    }

    func drop(_ ids: [String], of useCase: String) throws -> [String] {
        try ids.filter { id in
            switch try owner(of: id) {
            case .nobody: return false
            case .useCase(let owner, _) where same(owner, mark(useCase)):
                try run("DROP VIEW \(name(id))")
                return false
            case .useCase, .stranger: return true
            }
        }
    }

    private func checksum(_ statement: SQLStatement) -> String { hexadecimalChecksum(Array(statement.inlined.utf8)) }

    private func run(_ text: String) throws {
        _ = try engine.session.rows(SQLStatement(text, isCommand: true))
    }

    private static let ownSchema = "engine: {spark: {views: schema}} makes views in a schema of their own"

    private func problem(_ id: String, _ message: String, _ hints: String...) -> Diagnostic {
        Diagnostic(.error, .sparkTable, "\(name(id)) \(message)", at: nil, hints: hints)
    }

    // MARK: - Whose a view is

    private enum Owner {
        case nobody, stranger
        case useCase(String, statement: String?)
    }

    private func owner(of id: String) throws -> Owner {
        guard let found = try engine.session.rowsIfThere(SQLStatement("SHOW TBLPROPERTIES \(name(id))")) else {
            return .nobody
        }
        func property(_ name: String) -> String? {
            found.rows.first { $0.first.flatMap { $0 } == name }.flatMap { $0.last ?? nil }
        }
        return property(SparkViews.owner).map { .useCase($0, statement: property(SparkViews.statement)) } ?? .stranger
    }

    // MARK: - What a view says

    /// - Throws: `QueryError` for a segmentation that can be no view.
    private func statement(_ evaluation: Evaluation, _ id: String) throws -> SQLStatement {
        var alone = EvaluationSQL.ofCustomers(evaluation)
        let needed = alone.segmentations(behind: [id])
        alone.customerSegmentations = alone.customerSegmentations.filter { needed.contains($0.id) }
        guard let segmentation = alone.customerSegmentations.first(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        if alone.asksPredictions {
            throw QueryError.unsupported(
                "the segmentation '\(id)' as a view: it asks what a model says, which changes with every fit")
        }
        let sql = try engine.compiled(alone, isLive: place.isLive)
        try sql.addMembers()
        let column = sql.segmentNames.name(id)
        let names = segmentation.segments.enumerated().map { place, segment in
            "WHEN \(place + 1) THEN \(sql.text.text(segment.name, "segment"))"
        }
        let rest = sql.text.text(segmentation.remainder, "segment")
        let segment = names.isEmpty ? rest : "CASE \(column) \(names.joined(separator: " ")) ELSE \(rest) END"
        let missing = sql.text.text("no rate for ", "missing")
        return sql.text.statement(
            """
            SELECT customer,
              CASE WHEN missing_rate IS NULL THEN \(segment) ELSE RAISE_ERROR(CONCAT(\(missing), missing_rate)) END AS segment
            FROM members
            """)
    }
}
