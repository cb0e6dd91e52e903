import Definitions
import Diagnostics
import Quantities

/// One source as SQL: its rows with customer, instant, attributes and properties, as the import would make them.
///
///     SELECT customer, at, attributes, properties FROM table WHERE …      each row
///     GROUP BY customer, by                                               where rows fold to one event
struct SourceSQL {
    let source: Source
    let fields: FieldSQL
    let identifier: String
    private let guestsExist: Bool

    /// A value by its name in the project.
    struct Value {
        var name: String
        var sql: String
        var type: SparkTables.ColumnType
    }

    /// - Parameters:
    ///   - zone: the project's.
    ///   - guestsExist: some source of the project has guests, whose ids are made here.
    init(_ source: Source, _ table: SparkTable, _ text: SQLText, zone: Zone, guestsExist: Bool) {
        self.source = source
        self.guestsExist = guestsExist
        // Wall times of one source are of one place.
        fields = FieldSQL(source, table.schema, text, zone: source.event?.timestamp.zone?.value ?? zone)
        identifier = table.identifier
    }

    // MARK: - Events

    /// The rows that become events, and the types of their attributes; nil, and diagnostics, where the mapping does not
    /// suit the table.
    ///
    /// - Parameters:
    ///   - type: the event type that is wanted, where a column names it.
    ///   - owners: the query of keys and customers of an event type, for `customer_through`.
    func events(
        ofType type: String, _ owners: (Located<String>) throws -> String?
    ) rethrows -> (sql: String, attributes: [Value])? {
        guard let event = source.event else { return nil }
        var attributes: [Value] = []
        for attribute in event.attributes {
            guard let value = fields.value(attribute.mapping) else { continue }
            attributes.append(Value(name: attribute.name.value, sql: value.sql, type: value.type))
        }
        let at = instant(event)
        var conditions: [String] = []
        if case .column(let name) = event.type {
            guard let column = fields.column(name) else { return nil }
            conditions.append("\(fields.text(of: column)) = \(fields.text.text(type, "event"))")
        }
        let key = event.fold?.by ?? event.key
        let guest = key.flatMap { key in attributes.first { same($0.name, key.value) } }
        guard let at, attributes.count == event.attributes.count,
            let rows = try rows(conditions, owners, guest: guest, "\(at) AS at", attributes)
        else { return nil }
        guard let fold = event.fold else { return (rows, attributes) }
        return (folded(rows, fold, attributes), attributes)
    }

    private func instant(_ event: EventMapping) -> String? {
        guard let column = fields.column(event.timestamp.column) else { return nil }
        let mapping = event.timestamp
        guard
            let sql = TimestampSQL(fields, mapping.format.value, fields.zone).sql(column, at: mapping.column.place)
        else { return nil }
        let refusal = fields.refusal("a row has no timestamp: '\(column.name)' is empty", as: "BIGINT")
        return "COALESCE(\(sql), \(refusal))"
    }

    /// Names of columns in the queries of one source.
    static func column(_ place: Int) -> String { "v\(place)" }

    /// Rows of one customer with the same text in one attribute are one event: sums are added, the instant is the
    /// earliest, everything else is the first row's.
    private func folded(_ rows: String, _ fold: EventMapping.Fold, _ attributes: [Value]) -> String {
        guard let by = attributes.firstIndex(where: { same($0.name, fold.by.value) }) else { return rows }
        let names = attributes.indices.map(SourceSQL.column)
        let sums = Set(
            attributes.indices.filter { place in fold.sum.contains { same($0.value, attributes[place].name) } })
        let others = attributes.indices.filter { $0 != by && !sums.contains($0) }.map { names[$0] }
        let columns = attributes.indices.map { place in
            if place == by { return names[place] }
            if sums.contains(place), case .number(let scale) = attributes[place].type {
                return "CAST(SUM(\(names[place])) AS DECIMAL(28, \(scale))) AS \(names[place])"
            }
            return "MIN(STRUCT(ord, at, \(others.joined(separator: ", ")))).\(names[place]) AS \(names[place])"
        }
        return """
            SELECT customer, MIN(at) AS at, MIN(ord) AS ord, \(columns.joined(separator: ", "))
            FROM (
              SELECT *, CASE WHEN \(names[by]) IS NULL THEN MONOTONICALLY_INCREASING_ID() END AS single
              FROM (
            \(SQLText.indented(SQLText.indented(rows)))
              )
            )
            GROUP BY customer, \(names[by]), single
            """
    }

    // MARK: - Properties

    /// The customers of the source with properties, `at` for those of events; nil where it has none.
    func properties() -> (sql: String, properties: [Value])? {
        if source.properties.isEmpty { return nil }
        var values: [Value] = []
        for property in source.properties {
            guard let value = fields.value(property.mapping) else { continue }
            values.append(Value(name: property.name.value, sql: value.sql, type: value.type))
        }
        var at = "CAST(NULL AS BIGINT) AS at"
        var guest: Value?
        if let event = source.event {
            guard let instant = instant(event) else { return nil }
            at = "\(instant) AS at"
            if let key = event.fold?.by ?? event.key,
                let mapping = event.attributes.first(where: { same($0.name.value, key.value) })?.mapping,
                let value = fields.value(mapping)
            {
                guest = Value(name: key.value, sql: value.sql, type: value.type)
            }
        }
        guard values.count == source.properties.count, let rows = rows([], { _ in nil }, guest: guest, at, values)
        else { return nil }
        return (rows, values)
    }

    // MARK: - Rows

    /// In which order rows came; null where the table does not tell.
    private func order() -> String? {
        guard let name = source.rowOrder else { return "0L" }
        guard let column = fields.column(name) else { return nil }
        switch column.type {
        case .instant, .wallTime, .date: return TimestampSQL(fields, .iso8601, fields.zone).sql(column, at: name.place)
        case .whole: return "CAST(\(column.sql) AS BIGINT)"
        default: return fields.number(column, at: name.place).map { "CAST(\($0.sql) AS DECIMAL(38, 9))" }
        }
    }

    /// Whether `ord` is a `BIGINT`; else it is a decimal number.
    var hasWholeOrder: Bool {
        guard let column = source.rowOrder.flatMap({ fields.column($0) }) else { return true }
        switch column.type {
        case .instant, .wallTime, .date, .whole: return true
        default: return false
        }
    }

    /// One row each, as `customer`, `at`, `ord`, then the values.
    private func rows(
        _ more: [String], _ owners: (Located<String>) throws -> String?, guest: Value?, _ at: String, _ values: [Value]
    ) rethrows -> String? {
        var conditions = more
        if let filter = source.filter {
            guard let condition = RowConditionSQL(fields).sql(filter) else { return nil }
            conditions.insert(condition, at: 0)
        }
        var from = identifier
        var customer: String?
        if let mapping = source.customer {
            customer = fields.value(mapping, asText: true)?.sql
            if guestsExist, let id = customer {
                let taken = fields.refusal(id, "customer", "begins like the ids made for guests", as: "STRING")
                customer = "CASE WHEN \(id) LIKE 'guest:%' OR \(id) LIKE 'guest-row:%' THEN \(taken) ELSE \(id) END"
            }
        } else if let through = source.customerThrough {
            guard let key = fields.value(through.key, asText: true) else { return nil }
            guard let known = try owners(through.event) else { return nil }
            from +=
                "\nLEFT JOIN (\n\(SQLText.indented(known))\n) AS tenure_owners ON tenure_owners.tenure_owner_key = \(key.sql)"
            customer = "tenure_owners.tenure_owner"
        } else if source.withoutCustomer?.value == .guest {
            customer = "CAST(NULL AS STRING)"
        }
        guard var customer else {
            if source.customer == nil {
                fields.report("source '\(source.name.value)' does not say whose its rows are", at: source.name.place)
            }
            return nil
        }
        switch source.withoutCustomer?.value ?? .reject {
        case .skip: conditions.append("\(customer) IS NOT NULL")
        case .reject:
            let missing = fields.refusal(
                "a row has no customer: without_customer: skip leaves such rows out", as: "STRING")
            customer = "COALESCE(\(customer), \(missing))"
        case .guest:
            guard let guest else {
                fields.report(
                    "guests are told apart by a key on Spark, and the source has none", at: source.name.place,
                    ["key: or fold: names the attribute"])
                return nil
            }
            let nameless = fields.refusal("a row has neither customer nor \(guest.name)", as: "STRING")
            customer = "COALESCE(\(customer), CONCAT('guest:', \(guest.sql)), \(nameless))"
        }
        guard let order = order() else { return nil }
        let list =
            ["\(customer) AS customer", at, "\(order) AS ord"]
            + values.enumerated().map { "\($1.sql) AS \(SourceSQL.column($0))" }
        let filter =
            conditions.isEmpty ? "" : "\nWHERE " + conditions.joined(separator: "\n  AND ")
        return "SELECT \(list.joined(separator: ",\n  "))\nFROM \(from)\(filter)"
    }
}
