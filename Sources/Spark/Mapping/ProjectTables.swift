package import Definitions
import Diagnostics
import Quantities

/// The sources of a project as relations of Spark:
///
///     Project + schemas of the tables -> SourceSQL by source -> SparkTables
///
/// Sources that make events of one type are one relation; rows of one instant are in the order of their sources and of
/// `row_order`, so that everything that depends on an order is the same in every run, wherever the rows are.
package struct ProjectTables {
    private let project: Project
    private let text = SQLText()
    private let sources: [SourceSQL]
    private let session: any SparkSession
    /// By source, the types of events that it makes.
    private var types: [[String]] = []

    /// - Throws: `DiagnosticList` where tables or columns are missing; `SparkFailure`.
    package static func tables(_ project: Project, _ session: any SparkSession) throws -> SparkTables {
        try ProjectTables(project, session).tables()
    }

    private init(_ project: Project, _ session: any SparkSession) throws {
        self.project = project
        self.session = session
        var sources: [SourceSQL] = []
        var problems: [Diagnostic] = []
        var known: [String: SparkTable] = [:]
        let guestsExist = project.sources.contains { $0.withoutCustomer?.value == .guest }
        for source in project.sources {
            guard let written = source.table else { continue }
            do {
                let identifier = try SparkTable.identifier(written)
                let table = try known[identifier] ?? SparkTable(written, session)
                known[identifier] = table
                sources.append(
                    SourceSQL(source, table, text, zone: project.timezone.value, guestsExist: guestsExist))
            } catch let problem as Diagnostic {
                problems.append(problem)
            }
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        self.sources = sources
        types = try sources.map(eventTypes)
    }

    private func tables() throws -> SparkTables {
        var events: [String: SparkTables.EventRelation] = [:]
        var distinct: [String] = []
        for type in types.joined() where !distinct.contains(where: { same($0, type) }) { distinct.append(type) }
        for type in distinct {
            if let relation = try relation(ofEvent: type) { events[type] = relation }
        }
        let customers = try customers()
        let problems = sources.flatMap(\.fields.diagnostics)
        if !problems.isEmpty { throw DiagnosticList(problems.withoutRepetition.inOrder) }
        return SparkTables(events: events, customers: customers, parameters: text.parameters)
    }

    // MARK: - Events

    /// The types of events of a source, those in a column by asking for them.
    ///
    /// - Throws: `Diagnostic` where a row names none.
    private func eventTypes(_ source: SourceSQL) throws -> [String] {
        switch source.source.event?.type {
        case .fixed(let name)?: return [name.value]
        case .column(let name)?:
            guard let query = source.eventTypes(name) else { return [] }
            let rows = try session.rows(SQLStatement(query, parameters: text.parameters)).rows
            return try rows.map { row in
                guard let type = row.first ?? nil else {
                    throw Diagnostic(
                        .error, .importEventTypeMissing,
                        "the event's type is missing in rows of the source '\(source.source.name.value)'",
                        at: name.place,
                        hints: ["where: leaves such rows out"])
                }
                return type
            }
        case nil: return []
        }
    }

    /// Rows of one source, and where it stands among the others.
    private struct Part {
        let place: Int
        let sql: String
        let values: [SourceSQL.Value]
    }

    /// The rows of several sources under one list of names, as columns `a0`, `a1`, ... beside `customer` and others.
    private func union(
        _ parts: [Part], with columns: (Part) -> String
    ) throws -> (sql: String, values: [SourceSQL.Value]) {
        var all: [SourceSQL.Value] = []
        for value in parts.flatMap(\.values) {
            guard let place = all.firstIndex(where: { same($0.name, value.name) }) else {
                all.append(value)
                continue
            }
            all[place].type = try SparkTables.ColumnType.joined(all[place].type, value.type, value.name)
        }
        let queries = parts.map { part in
            let values = all.enumerated().map { place, value in
                let own = part.values.firstIndex { same($0.name, value.name) }
                return "CAST(\(own.map(SourceSQL.column) ?? "NULL") AS \(value.type.sql)) AS a\(place)"
            }
            return """
                SELECT customer, \(columns(part)), \(values.joined(separator: ", "))
                FROM (
                \(SQLText.indented(part.sql))
                )
                """
        }
        return (queries.joined(separator: "\nUNION ALL\n"), all)
    }

    /// The order of rows within their sources, of one type in all of them.
    private func order(_ parts: [Part]) -> String {
        parts.allSatisfy { sources[$0.place].hasWholeOrder } ? "ord" : "CAST(ord AS DECIMAL(38, 9)) AS ord"
    }

    /// The columns of a relation by name.
    private func columns(_ values: [SourceSQL.Value]) -> [String: SparkTables.Column] {
        var columns: [String: SparkTables.Column] = [:]
        for (place, value) in values.enumerated() { columns[value.name] = SparkTables.Column("a\(place)", value.type) }
        return columns
    }

    /// - Parameter allowsThrough: whether customers may be found through another event.
    private func rows(
        ofEvent type: String, allowsThrough: Bool
    ) throws -> (sql: String, attributes: [SourceSQL.Value], mappings: [EventMapping])? {
        var parts: [Part] = []
        var mappings: [EventMapping] = []
        for (place, source) in sources.enumerated() {
            guard let event = source.source.event, types[place].contains(where: { same($0, type) }) else { continue }
            if !allowsThrough, source.source.customerThrough != nil { continue }
            if let rows = try source.events(ofType: type, { try owners(of: $0, for: source) }) {
                parts.append(Part(place: place, sql: rows.sql, values: rows.attributes))
                mappings.append(event)
            }
        }
        if parts.isEmpty { return nil }
        let order = order(parts)
        let (sql, attributes) = try union(parts) { part in
            parts.count == 1 ? "at, ord AS came" : "at, STRUCT(\(part.place) AS source, \(order)) AS came"
        }
        return (sql, attributes, mappings)
    }

    private func relation(ofEvent type: String) throws -> SparkTables.EventRelation? {
        guard let (rows, attributes, events) = try rows(ofEvent: type, allowsThrough: true) else { return nil }
        let source = """
            (
              SELECT customer, at, came AS seq\(attributes.indices.map { ", a\($0)" }.joined())
              FROM (
            \(SQLText.indented(SQLText.indented(rows)))
              )
            )
            """
        try checkKeys(type, events)
        let keys = SparkTables.Keys(
            key: events.lazy.compactMap(\.key?.value).first, amount: events.lazy.compactMap(\.amount?.value).first,
            parent: events.lazy.compactMap(\.parent?.value).first,
            refersTo: events.lazy.compactMap(\.refersTo).first.map {
                .init(event: $0.event.value, attribute: $0.key.value)
            })
        return SparkTables.EventRelation(source: source, columns: columns(attributes), keys: keys)
    }

    /// Sources of one type of events say the same of its key, as they do of the store's.
    private func checkKeys(_ type: String, _ events: [EventMapping]) throws {
        func written(_ event: EventMapping) -> [String] {
            [event.key, event.amount, event.parent, event.refersTo?.event, event.refersTo?.key].map { $0?.value ?? "" }
        }
        guard let first = events.first,
            let other = events.first(where: { !zip(written($0), written(first)).allSatisfy(same) })
        else { return }
        throw Diagnostic(
            .error, .keyConflict, "two sources of '\(type)' differ in key, amount, parent or refers_to",
            at: other.key?.place ?? other.timestamp.column.place)
    }

    /// Keys of an event with their customers: of several the one whose row came first.
    ///
    /// - Parameter asking: the source whose rows have a key of the event.
    /// - Returns: nil where no source has such keys with customers of its own, or what has them is wrong; both is reported.
    private func owners(of event: Located<String>, for asking: SourceSQL) throws -> String? {
        guard let found = try rows(ofEvent: event.value, allowsThrough: false),
            let key = found.mappings.lazy.compactMap(\.key?.value).first,
            let place = found.attributes.firstIndex(where: { same($0.name, key) })
        else {
            let isMade = zip(sources, types).contains { source, types in
                source.source.customerThrough == nil && source.source.event?.key != nil
                    && types.contains { same($0, event.value) }
            }
            if !isMade {
                asking.fields.report(
                    "no source makes '\(event.value)' with a key and customers of its own", at: event.place)
            }
            return nil
        }
        return """
            SELECT CAST(a\(place) AS STRING) AS tenure_owner_key, MIN(STRUCT(came, at, customer)).customer AS tenure_owner
            FROM (
            \(SQLText.indented(found.sql))
            )
            WHERE a\(place) IS NOT NULL
            GROUP BY a\(place)
            """
    }

    // MARK: - Customers

    /// One row a customer: of each property the value that came last.
    private func customers() throws -> SparkTables.CustomerRelation? {
        let parts = sources.enumerated().compactMap { place, source in
            source.properties().map { Part(place: place, sql: $0.sql, values: $0.properties) }
        }
        if parts.isEmpty { return nil }
        let order = order(parts)
        let (rows, properties) = try union(parts) { "STRUCT(\($0.place) AS source, \(order), at) AS said" }
        let newest = properties.indices.map {
            "MAX(CASE WHEN a\($0) IS NOT NULL THEN STRUCT(said, a\($0)) END).a\($0) AS a\($0)"
        }
        let source = """
            (
              SELECT customer, 0L AS seq, \(newest.joined(separator: ", "))
              FROM (
            \(SQLText.indented(SQLText.indented(rows)))
              )
              GROUP BY customer
            )
            """
        return SparkTables.CustomerRelation(source: source, properties: columns(properties))
    }
}

extension SourceSQL {
    /// The types of events that a column names, in the rows that are not left out; null where a row names none.
    func eventTypes(_ name: Located<String>) -> String? {
        guard let column = fields.column(name) else { return nil }
        var conditions = ""
        if let filter = source.filter {
            guard let condition = RowConditionSQL(fields).sql(filter) else { return nil }
            conditions = " WHERE \(condition)"
        }
        return "SELECT DISTINCT \(fields.text(of: column)) AS type FROM \(identifier)\(conditions) ORDER BY type"
    }
}

extension SparkTables.ColumnType {
    var sql: String {
        switch self {
        case .text: "STRING"
        case .number(let scale): "DECIMAL(28, \(scale))"
        case .instant: "BIGINT"
        }
    }

    /// The type of what two sources have under one name.
    ///
    /// - Throws: `Diagnostic` where there is none.
    static func joined(_ left: Self, _ right: Self, _ name: String) throws -> Self {
        switch (left, right) {
        case (.number(let a), .number(let b)): return .number(scale: max(a, b))
        case (.text, .text), (.instant, .instant): return left
        default:
            throw Diagnostic(
                .error, .columnTypeConflict, "'\(name)' holds values of type \(left.word), not \(right.word)", at: nil)
        }
    }
}
