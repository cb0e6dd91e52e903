import Quantities
package import Queries

extension SparkEngine {
    /// What the tables hold; event types and attributes are in the order of their names. One statement for each type of
    /// events, and one for customers.
    ///
    /// Asked once: an engine is of one look at the tables.
    ///
    /// - Throws: `SparkFailure`.
    package func profile() throws -> DataProfile {
        try known.profile { try freshProfile() }
    }

    private func freshProfile() throws -> DataProfile {
        let events = try tables.events.keys.sorted().compactMap { name in
            try tables.events[name].map { try profile(name, $0) }
        }
        let names = (tables.customers?.properties.keys.sorted()) ?? []
        let found = try cells(ProfileSQL(tables).selectCustomers(columns: names), names.count)
        return DataProfile(
            generation: "", customers: found.rows, events: events,
            properties: names.enumerated().map { place, name in
                found.profile(name, tables.customers?.properties[name]?.type ?? .text, place)
            })
    }

    /// Names and kinds, and the first and the last instant of each type of events, by one statement. Nothing is counted.
    ///
    /// - Throws: `SparkFailure`.
    package func outline() throws -> DataProfile {
        func attributes(_ columns: [String: SparkTables.Column]) -> [AttributeProfile] {
            columns.sorted { $0.key < $1.key }.map { name, column in
                AttributeProfile(
                    name: name, kind: column.type.kind, present: 0, rows: 0, distinct: nil, values: [])
            }
        }
        var spans: [(first: Instant?, last: Instant?)] = []
        if !tables.events.isEmpty {
            let rows = try session.rows(ProfileSQL(tables).outlineSelect()).rows
            let names = tables.events.keys.sorted()
            spans = try names.map { name in
                guard
                    let row = rows.first(where: { ($0.first ?? nil).map { $0.utf8.elementsEqual(name.utf8) } ?? false })
                else { throw SparkFailure(.malformedAnswer, "no row of the event \(name)") }
                let reader = try RowReader(row, fields: 3, "events")
                return (
                    try reader[1].map { _ in try reader.instant(1) }, try reader[2].map { _ in try reader.instant(2) }
                )
            }
        }
        let events = zip(tables.events.sorted { $0.key < $1.key }, spans).map { event, span in
            if let last = span.last { self.spans.set(event.key, last: last) }
            return EventProfile(
                name: event.key, rows: 0, customers: 0, first: span.first, last: span.last,
                attributes: attributes(event.value.columns))
        }
        return DataProfile(
            generation: "", customers: 0, events: events, properties: attributes(tables.customers?.properties ?? [:]))
    }

    /// - Throws: `SparkFailure`.
    package func evidence(event: String, attribute: String) throws -> AttributeEvidence? {
        guard let relation = tables.events[event], let column = relation.columns[attribute],
            let row = try session.rows(ProfileSQL(tables).evidenceSelect(relation, column)).rows.first
        else { return nil }
        let reader = try RowReader(row, fields: 4, "evidence")
        if reader[0] == nil { return nil }
        var evidence = AttributeEvidence(first: try reader.instant(0), last: try reader.instant(1))
        if case .number = column.type { evidence.numbers = [try reader.decimal(2), try reader.decimal(3)] }
        return evidence
    }

    /// - Throws: `SparkFailure`.
    package func rows(of text: String, event: String?, attribute: String) throws -> Int {
        let sql = ProfileSQL(tables)
        let statement: SQLStatement
        if let event {
            guard let relation = tables.events[event], let column = relation.columns[attribute], column.type == .text
            else { return 0 }
            statement = sql.rowsSelect(of: text, relation, column)
        } else {
            guard let relation = tables.customers, let column = relation.properties[attribute], column.type == .text
            else { return 0 }
            statement = sql.customersSelect(of: text, relation, column)
        }
        return try session.rows(statement).rows.first.map { try RowReader($0, fields: 1, "rows").number(0) } ?? 0
    }

    /// - Throws: `QueryError`, `SparkFailure`.
    package func remainders(_ evaluation: Evaluation) throws -> [String: SegmentRemainder] {
        var alone = EvaluationSQL.ofCustomers(evaluation)
        (alone.customerSegmentations, alone.consents) = ([], [])
        let sql = try compiled(alone)
        let segmentations = sql.segmentationsOfPurchases
        let statement = sql.text.statement(try sql.remaindersSelect())
        guard let row = try session.rows(statement).rows.first else { return [:] }
        let reader = try RowReader(row, fields: 1 + segmentations.count, "remainders")
        var remainders: [String: SegmentRemainder] = [:]
        for (place, segmentation) in segmentations.enumerated() {
            remainders[segmentation.id] = SegmentRemainder(
                outside: try reader.number(place + 1), all: try reader.number(0))
        }
        return remainders
    }

    private func profile(_ name: String, _ relation: SparkTables.EventRelation) throws -> EventProfile {
        let columns = relation.columns.keys.sorted()
        let found = try cells(ProfileSQL(tables).select(relation, columns: columns), columns.count)
        let attributes = columns.enumerated().map { place, name in
            found.profile(name, relation.columns[name]?.type ?? .text, place)
        }
        return EventProfile(
            name: name, rows: found.rows, customers: found.customers, first: found.span?.first, last: found.span?.last,
            attributes: attributes,
            keys: relation.keys.key.flatMap { key in attributes.first { $0.name == key }?.distinct })
    }

    private func cells(_ statement: SQLStatement, _ columns: Int) throws -> ProfileCells {
        try ProfileCells(session.rows(statement).rows, columns)
    }
}

extension SparkTables.ColumnType {
    fileprivate var kind: AttributeProfile.Kind {
        switch self {
        case .text: .string
        case .number: .number
        case .instant: .timestamp
        }
    }
}

/// The rows of a profile's statement.
private struct ProfileCells {
    private(set) var rows = 0
    private(set) var customers = 0
    private(set) var span: (first: Instant, last: Instant)?
    private var columns: [Column]

    private struct Column {
        var present = 0
        var distinct = 0
        var numeric = 0
        var values: [(rank: Int, value: AttributeProfile.ValueCount)] = []
    }

    init(_ rows: [[String?]], _ count: Int) throws {
        columns = Array(repeating: Column(), count: count)
        for row in rows {
            let row = try RowReader(row, fields: ProfileSQL.fields, "a profile")
            let place = try row.number(1) - 1
            guard place >= -1, place < count else {
                throw SparkFailure(.malformedAnswer, "a column that is none: \(place)")
            }
            let isValue = try row.text(0) == "v"
            if place == -1 {
                if isValue { continue }
                (self.rows, customers) = (try row.number(3), try row.number(4))
                if row[6] != nil { span = (try row.instant(6), try row.instant(7)) }
            } else if isValue {
                columns[place].values.append(
                    (try row.number(8), AttributeProfile.ValueCount(try row.text(2), try row.number(3))))
            } else {
                columns[place].present = try row.number(3)
                columns[place].distinct = try row.number(4)
                columns[place].numeric = try row.number(5)
            }
        }
    }

    func profile(_ name: String, _ type: SparkTables.ColumnType, _ place: Int) -> AttributeProfile {
        let column = columns[place]
        let isText = type == .text
        return AttributeProfile(
            name: name, kind: type.kind, present: column.present, rows: rows, distinct: isText ? column.distinct : nil,
            values: isText ? column.values.sorted { $0.rank < $1.rank }.map(\.value) : [],
            numeric: isText ? column.numeric : nil)
    }
}
