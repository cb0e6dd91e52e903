import Quantities
import Queries

/// An evaluation as SQL, stage by stage; each stage is a step of the query with the name it has here.
///
///     purchase_rows       what the table has: all rows of all states
///     purchase_history    each row beside the first and the newest of its purchase, and what rows below zero give back
///     purchase_states     one row a purchase as it stands at as_of, with the instant of its first row
///     purchases           what it is worth: amount, state, segments, charge; test orders are gone        PurchaseSQL
///     purchase_facts      which purchase of its customer it is, which first charge it belongs to         PurchaseSQL
///     refunds, bookings   amounts with the instant that they are booked on, converted                    BookingSQL
///     said_g_…, g_…       by consent: what was said, and the list of it by customer                      ConsentSQL
///     predicted           what a model says of customers                                                 PredictionSQL
///     quantiles           where the quantiles lie that conditions name                                   QuantileSQL
///     facts               each booking with its customer's history, properties, consents and segments   FactsSQL
///     scoped, …           what sums ask of bookings, added up by customer and by group                   Sums/SumsSQL
///
/// What is asked of customers, and not of their purchases, goes on from the bookings elsewhere:
///
///     members             all customers with their segments                                              MemberSQL
///     buyer_days, …       when buyers bought and what they spent                                         BuyerSQL
///
/// Up to the sums by customer a row needs its customer's rows alone, so that one distribution of the rows by customer serves
/// all stages; only sums leave it. Quantiles are of all buyers, and read the bookings once more.
final class EvaluationSQL {
    let evaluation: Evaluation
    let tables: SparkTables
    let purchases: SparkTables.EventRelation
    let text: SQLText
    let attributeNames = SafeNames("a")
    let eventSegmentNames = SafeNames("e")
    let propertyNames = SafeNames("c")
    let segmentNames = SafeNames("s")
    let consentNames = SafeNames("g")
    /// Which attributes of purchases are read, by name.
    private(set) var attributes: [String] = []
    private(set) var properties: [String] = []
    let calendar: CalendarSQL
    let asOf: String
    /// It holds as of when it is run.
    let isLive: Bool
    let money: MoneySQL

    var semantics: Semantics { evaluation.semantics }
    var isAtPurchase: Bool { semantics.consentAsOf == .atPurchase }

    /// Bookings have purchases that are neither successful nor cancelled too, of the kind `unclassified`: they are findings.
    var keepsUnclassified = false
    /// There may be purchases after `as_of`. To look whether something was given back on one of them takes another look at the
    /// history of all of them.
    var mayHaveLaterRows = true
    /// The tables that quantiles are looked for in, where the evaluation's own have some customers only.
    var everybodysTables: SparkTables?
    /// By customer, what a model says (see `PredictionSQL`); nil where nobody has any of it.
    var predicted: [PredictedCustomer]?

    /// - Parameters:
    ///   - given: parameters that a statement has already of which this is a part.
    ///   - isLive: as of when the statement is run, whatever the evaluation says.
    /// - Throws: `QueryError` where the evaluation names what the tables do not have.
    init(_ evaluation: Evaluation, _ tables: SparkTables, given: [String: SQLLiteral] = [:], isLive: Bool = false)
        throws
    {
        self.evaluation = evaluation
        self.tables = tables
        self.isLive = isLive
        text = SQLText(tables.parameters.merging(given) { own, _ in own })
        let definition = evaluation.purchases
        purchases = try tables.relation(definition.event)
        if let refunds = definition.refunds { _ = try tables.relation(refunds.event) }
        for consent in evaluation.consents {
            if case .events(let source) = consent.source { _ = try tables.relation(source.event) }
        }
        for segmentation in evaluation.eventSegmentations { _ = try tables.relation(segmentation.event) }
        guard Zone(identifier: evaluation.semantics.timezone) != nil else {
            throw QueryError.unsupported("the timezone '\(evaluation.semantics.timezone)' is not in the IANA database")
        }
        calendar = CalendarSQL(zone: text.text(evaluation.semantics.timezone, "zone"))
        asOf =
            isLive
            ? "UNIX_MICROS(CURRENT_TIMESTAMP())" : text.long(evaluation.semantics.asOf.microseconds, "as_of")
        money = try MoneySQL(evaluation, tables)
        try UsedNames(evaluation, purchases).collect(into: &attributes, &properties)
        for name in attributes { _ = attributeNames.name(name) }
        for name in properties { _ = propertyNames.name(name) }
    }

    // MARK: - Names

    /// The type of an attribute of purchases.
    func type(ofAttribute name: String) throws -> SparkTables.ColumnType {
        try purchases.column(name, of: evaluation.purchases.event).type
    }

    func type(ofProperty name: String) throws -> SparkTables.ColumnType {
        guard let column = tables.customers?.properties[name] else {
            throw QueryError.unknownProperty(name, known: (tables.customers?.properties.keys.sorted()) ?? [])
        }
        return column.type
    }

    func customerSegmentation(_ id: String) throws -> CustomerSegmentation {
        guard let found = evaluation.customerSegmentations.first(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        return found
    }

    func eventSegmentation(_ id: String) throws -> EventSegmentation {
        guard let found = evaluation.eventSegmentations.first(where: { $0.id == id }) else {
            throw QueryError.unknownSegmentation(id)
        }
        guard found.event == evaluation.purchases.event else {
            throw QueryError.unsupported("segmentation \(id) of \(found.event) for \(evaluation.purchases.event)")
        }
        return found
    }

    // MARK: - Values of conditions

    /// An attribute or segment of a purchase, from the columns of a step.
    func eventValue(_ subject: Subject, from alias: String) throws -> SQLValue {
        switch subject {
        case .attribute(let name):
            let column = "\(alias).\(attributeNames.name(name))"
            return SQLValue(column, try type(ofAttribute: name))
        case .eventSegmentation(let id):
            let segmentation = try eventSegmentation(id)
            return .segment(
                "\(alias).\(eventSegmentNames.name(id))", names: segmentation.segments.map(\.name), remainder: nil)
        default: throw QueryError.unsupported("\(subject) as a condition on an event")
        }
    }

    func property(_ name: String, from alias: String) throws -> SQLValue {
        SQLValue("\(alias).\(propertyNames.name(name))", try type(ofProperty: name))
    }

    /// A text attribute of a table; throws where it is none.
    func textColumn(_ name: String, _ relation: SparkTables.EventRelation, _ event: String) throws -> String {
        let column = try relation.column(name, of: event)
        guard column.type == .text else {
            throw QueryError.wrongType(attribute: name, expected: "text", found: column.type.word)
        }
        return column.sql
    }
}

extension SQLValue {
    init(_ sql: String, _ type: SparkTables.ColumnType) {
        switch type {
        case .text: self = .text(sql)
        case .number: self = .number(sql)
        case .instant: self = .instant(sql)
        }
    }
}

extension SparkTables.ColumnType {
    var word: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .instant: "instant"
        }
    }
}

extension SparkTables {
    /// A name beside those of columns, which are a project's.
    static func freeName(_ base: String, _ columns: [String: Column]) -> String {
        var name = base
        while columns.values.contains(where: { $0.sql.lowercased().contains(name) }) { name += "x" }
        return name
    }

    /// A query of the ids that any table has, each once.
    var everybody: String {
        var sources = events.sorted { $0.key < $1.key }.map(\.value.source)
        if let customers { sources.append(customers.source) }
        let parts = sources.map { "SELECT customer FROM \($0)" }
        return "SELECT DISTINCT customer\nFROM (\n\(SQLText.indented(parts.joined(separator: "\nUNION ALL\n")))\n)"
    }

    func relation(_ event: String) throws -> EventRelation {
        guard let relation = events[event] else {
            throw QueryError.unknownEvent(event, known: events.keys.sorted())
        }
        return relation
    }
}

extension SparkTables.EventRelation {
    func column(_ name: String, of event: String) throws -> SparkTables.Column {
        guard let column = columns[name] else {
            throw QueryError.unknownAttribute(name, event: event, known: columns.keys.sorted())
        }
        return column
    }

    /// A hash of 64 bits of all that a row holds: of two rows of one key and instant with the same one, one is a copy.
    var content: String {
        let all = columns.sorted { $0.key < $1.key }.map(\.value.sql)
        // Null adds nothing to a hash, so that which are null is hashed too.
        return all.isEmpty ? "0L" : "XXHASH64(\(all.map { "\($0), \($0) IS NULL" }.joined(separator: ", ")))"
    }

    /// What stands after `FROM` to read each row once: of two with a key and the same content one was delivered twice.
    var distinctRows: String {
        guard let key = keys.key, let column = columns[key] else { return source }
        let all = columns.sorted { $0.key < $1.key }.map(\.value.sql)
        let copy = SparkTables.freeName("copy", columns)
        return """
            (
              SELECT *
              FROM (
                SELECT *, ROW_NUMBER() OVER (PARTITION BY customer, at, \(all.joined(separator: ", ")) ORDER BY seq) AS \(copy)
                FROM \(source)
              )
              WHERE \(copy) = 1 OR \(column.sql) IS NULL
            )
            """
    }

    /// A number attribute; throws where it is none.
    func number(_ name: String, of event: String) throws -> (sql: String, scale: Int) {
        let column = try column(name, of: event)
        guard case .number(let scale) = column.type else {
            throw QueryError.wrongType(attribute: name, expected: "number", found: column.type.word)
        }
        return (column.sql, scale)
    }
}
