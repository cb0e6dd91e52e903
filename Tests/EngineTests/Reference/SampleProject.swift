import Quantities
import Queries
import Spark
import Testing

/// A small project written by hand: purchases, refunds, consents with the usual names.
struct SampleProject {
    private(set) var events: [RawEvent] = []
    private(set) var customers: [RawCustomer] = []

    static let keys: [String: RawKeys] = [
        "purchase": RawKeys(key: "purchase_id", amount: "total_price", parent: "parent_id"),
        "refund": RawKeys(refersTo: RawKeys.Reference(event: "purchase", attribute: "purchase_id")),
    ]

    var raw: RawProject {
        RawProject(
            customers: customers, events: events, keys: SampleProject.keys,
            eventColumns: [
                "purchase": [
                    "purchase_id": .text, "purchase_status": .text, "total_price": .decimal, "currency": .text,
                    "product": .text, "kind": .text, "parent_id": .text, "subscription_id": .text, "test": .text,
                ],
                "refund": ["purchase_id": .text, "amount": .decimal, "currency": .text],
                "consent": ["category": .text, "action": .text, "valid_until": .text],
            ], propertyColumns: ["country": .text])
    }

    mutating func customer(_ id: RawText, country: RawText) {
        customers.append(RawCustomer(id, ["country": .text(country)]))
    }

    /// Further attributes are texts by name.
    mutating func purchase(
        _ customer: RawText, _ key: RawText?, _ time: String, _ amount: String?, status: RawText = "success",
        _ attributes: [String: RawText] = [:]
    ) {
        var cells: [String: RawValue] = ["purchase_status": .text(status)]
        if let key { cells["purchase_id"] = .text(key) }
        if let amount { cells["total_price"] = .decimal(decimal(amount)) }
        for (name, text) in attributes { cells[name] = .text(text) }
        events.append(RawEvent(type: "purchase", customer: customer, timestamp: instant(time), attributes: cells))
    }

    mutating func refund(
        _ customer: RawText, _ key: RawText, _ time: String, _ amount: String, _ attributes: [String: RawText] = [:]
    ) {
        events.append(
            RawEvent(
                type: "refund", customer: customer, timestamp: instant(time),
                attributes: ["purchase_id": .text(key), "amount": .decimal(decimal(amount))].merging(
                    attributes.mapValues { .text($0) }
                ) { $1 }))
    }

    mutating func consent(_ customer: RawText, _ time: String, _ action: RawText, until: RawText? = nil) {
        var cells: [String: RawValue] = ["category": "newsletter", "action": .text(action)]
        if let until { cells["valid_until"] = .text(until) }
        events.append(RawEvent(type: "consent", customer: customer, timestamp: instant(time), attributes: cells))
    }

    /// The answer to an evaluation of the usual definitions.
    func answer(
        asOf: String = "2026-12-31", from: String = "2026-01-01", to: String = "2027-01-01",
        _ queries: [Query], change: (inout Evaluation) -> Void = { _ in }
    ) throws -> EvaluationAnswer {
        var evaluation = Evaluation(
            semantics: Semantics(
                asOf: instant(asOf), window: Window(from: instant(from), to: instant(to)), displayCurrency: "USD"),
            purchases: SampleProject.definition,
            consents: [ConsentDefinition(category: "newsletter", source: .events(ConsentEvents()))],
            eventSegmentations: SampleProject.eventSegmentations, queries: queries)
        change(&evaluation)
        let found = Result { try ReferenceEvaluator(raw).answer(evaluation) }
        // What is worked out here by hand holds on Spark, too.
        if let session = TestSpark.plainSession {
            let other = Result { try SparkEngine(session, raw.sparkTables).answer(evaluation) }
            switch (found, other) {
            case (.success(let found), .success(let other)):
                let lines = differences(found, other)
                #expect(lines.isEmpty, "reference | Spark\n\(lines.joined(separator: "\n"))")
            case (.failure, .failure(let error)): #expect(error is QueryError, "\(error)")
            default: Issue.record("\(found) | on Spark \(other)")
            }
        }
        return try found.get()
    }

    /// As `answer`, for one query; its totals by measure.
    func totals(
        asOf: String = "2026-12-31", from: String = "2026-01-01", to: String = "2027-01-01",
        _ measures: [Measure], change: (inout Evaluation) -> Void = { _ in }
    ) throws -> [String: MeasureValue] {
        let query = Query(id: "q", measures: measures, columns: [])
        let answer = try answer(asOf: asOf, from: from, to: to, [query], change: change)
        return Dictionary(uniqueKeysWithValues: zip(measures.map(\.name), answer.measurements[0].total))
    }

    static let definition = PurchaseDefinition(
        event: "purchase", amount: "total_price", currency: "currency",
        success: SegmentSelection(segmentation: "status", segments: ["Successful"]),
        canceled: SegmentSelection(segmentation: "status", segments: ["Canceled"]),
        exclude: .test(.attribute("test"), .isIn(["yes"])),
        refunds: RefundDefinition(event: "refund", amount: "amount", currency: "currency"),
        charges: ChargeDefinition(
            kinds: [
                .firstCharge: SegmentSelection(segmentation: "kind", segments: ["First"]),
                .upsell: SegmentSelection(segmentation: "kind", segments: ["Upsell"]),
                .rebill: SegmentSelection(segmentation: "kind", segments: ["Rebill"]),
            ], links: ["subscription_id"]))

    static let eventSegmentations = [
        EventSegmentation(
            id: "status", name: "Status", event: "purchase",
            segments: [
                Segment(name: "Successful", when: .test(.attribute("purchase_status"), .isIn(["success"]))),
                Segment(
                    name: "Canceled", when: .test(.attribute("purchase_status"), .isIn(["canceled", "returned"]))),
            ]),
        EventSegmentation(
            id: "kind", name: "Kind", event: "purchase",
            segments: [
                Segment(name: "First", when: .test(.attribute("kind"), .isIn(["first"]))),
                Segment(name: "Upsell", when: .test(.attribute("kind"), .isIn(["upsell"]))),
                Segment(name: "Rebill", when: .test(.attribute("kind"), .isIn(["rebill"]))),
            ]),
    ]
}

extension RawValue: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .text(RawText(value)) }
}

/// `2026-01-31`, `2026-01-31T10:00Z`; UTC.
func instant(_ text: String, zone: Zone = .utc) -> Instant {
    guard let instant = Instant(iso8601: text, zone: zone) else { preconditionFailure("not an instant: \(text)") }
    return instant
}

func decimal(_ text: String) -> ExactDecimal {
    guard let decimal = ExactDecimal(text) else { preconditionFailure("not a number: \(text)") }
    return decimal
}

func money(_ text: String) -> MeasureValue { .money(decimal(text)) }
