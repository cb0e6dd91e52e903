import Quantities
import Queries

/// A small random project with everything that is awkward: ties in time, repeated keys, status changes out of order,
/// negative rows, refunds that name nothing, several currencies, consents that expire, charges with and without parents.
struct RandomProject {
    private(set) var raw: RawProject
    /// The zone around whose midnights and clock changes the events lie.
    let zone: Zone
    /// The first day of the data, and how many days it covers.
    let firstDay: CivilDate
    let days: Int
    /// Instants that events were drawn from.
    let instants: [Instant]
    /// Every customer pays, and gets back, in one currency that every row names.
    let hasOneCurrencyPerCustomer: Bool
    /// Most charges find their first charge by subscription, few by parent.
    private let hasSubscriptions: Bool
    private let hasHugeAmounts: Bool

    static let keys = ["k1", "k2", "k3", "k4", "k5", "k6", "k7"] as [RawText]
    /// Two of them are the same to a reader, in different bytes (NFC and NFD).
    static let products = ["A", "B", "caf\u{E9}", "cafe\u{301}"] as [RawText]
    static let statuses = ["success", "paid", "canceled", "returned", "pending"] as [RawText]
    static let chargeKinds = ["first", "upsell", "rebill", "other"] as [RawText]
    static let currencies = ["USD", "EUR", "JPY"] as [RawText]
    static let countries = ["DE", "FR", "GB"] as [RawText]
    static let tiers = ["gold", "silver", "staff"] as [RawText]
    static let categories = ["newsletter", "newsletter", "sms", "other"] as [RawText]
    /// Sums of these, converted, need more than 64 bits.
    static let hugeAmounts = ["90000000000000", "90000000000000.01", "45000000000000.5", "1"]
    static let amounts = ["0", "0.1", "10", "10.00", "19.99", "5.125", "100", "1234.5"]

    /// Clock changes and other hard days of the zones.
    static let places: [(zone: String, days: [CivilDate])] = [
        ("UTC", [CivilDate(year: 2024, month: 2, day: 29), CivilDate(year: 2026, month: 1, day: 1)]),
        ("Europe/London", [CivilDate(year: 2026, month: 3, day: 29), CivilDate(year: 2025, month: 10, day: 26)]),
        ("America/New_York", [CivilDate(year: 2026, month: 3, day: 8), CivilDate(year: 2026, month: 11, day: 1)]),
        ("America/Santiago", [CivilDate(year: 2025, month: 9, day: 7), CivilDate(year: 2026, month: 4, day: 5)]),
        ("Pacific/Apia", [CivilDate(year: 2011, month: 12, day: 30)]),
        ("Australia/Lord_Howe", [CivilDate(year: 2025, month: 10, day: 5), CivilDate(year: 2026, month: 4, day: 5)]),
    ]

    /// With `distinctTimes` no two different events have the same timestamp.
    init(using random: inout SplitMix64, distinctTimes: Bool = false) {
        let place = random.pick(RandomProject.places)
        guard let zone = KnownZones.zone(place.zone) else { preconditionFailure("no zone \(place.zone)") }
        self.zone = zone
        days = random.pick([6, 40, 150, 500])
        firstDay = random.pick(place.days).adding(days: -random.int(0...days))
        instants = RandomProject.instants(&random, zone, firstDay, days)
        hasOneCurrencyPerCustomer = random.chance(50)
        hasSubscriptions = random.chance(50)
        hasHugeAmounts = random.chance(10)
        raw = RawProject(
            customers: [], events: [],
            keys: [
                "purchase": RawKeys(
                    key: random.chance(90) ? "purchase_id" : nil, amount: random.chance(85) ? "price" : nil,
                    parent: random.chance(75) ? "parent_id" : nil),
                "refund": RawKeys(
                    refersTo: random.chance(90)
                        ? RawKeys.Reference(event: "purchase", attribute: "order_id") : nil),
            ],
            eventColumns: [
                "purchase": [
                    "purchase_id": .text, "status": .text, "price": .decimal, "currency": .text, "product": .text,
                    "units": .decimal, "kind": .text, "parent_id": .text, "subscription_id": .text,
                    "delivered": .instant, "test": .text,
                ],
                "refund": ["order_id": .text, "amount": .decimal, "currency": .text],
                "consent": [
                    "category": .text, "action": .text,
                    "valid_until": random.pick([RawType.text, .text, .instant, .decimal]),
                ],
                "visit": ["page": .text],
            ],
            propertyColumns: [
                "country": .text, "tier": .text, "score": .decimal, "born": .instant, "sms_ok": .text,
            ])
        for number in 1...random.int(1...6) { addCustomer(RawText("c\(number)"), &random) }
        // Deliveries that come twice.
        for event in raw.events where random.chance(8) { raw.events.append(event) }
        raw.events.shuffle(using: &random)
        if distinctTimes { makeTimesDistinct() }
    }

    /// The project with the same events in another import order.
    func shuffled(using random: inout SplitMix64) -> RawProject {
        var result = raw
        result.events.shuffle(using: &random)
        return result
    }

    private static func instants(
        _ random: inout SplitMix64, _ zone: Zone, _ firstDay: CivilDate, _ days: Int
    ) -> [Instant] {
        var result: [Instant] = []
        for _ in 0..<random.int(6...30) {
            let midnight = zone.startOfDay(firstDay.adding(days: random.int(0...days))).microseconds
            let offset: Int64 = random.pick([-1, 0, 0, 1, 3_600_000_000, Int64(random.int(0...86_399_999_999))])
            result.append(Instant(microseconds: midnight + offset))
        }
        return result
    }

    private mutating func makeTimesDistinct() {
        var used: Set<Instant> = []
        var moved: [RawEvent: Instant] = [:]
        for index in raw.events.indices {
            let event = raw.events[index]
            if moved[event] == nil {
                var free = event.timestamp
                while !used.insert(free).inserted { free = free.successor }
                moved[event] = free
            }
            raw.events[index].timestamp = moved[event] ?? event.timestamp
        }
    }

    // MARK: Customers

    private mutating func addCustomer(_ id: RawText, _ random: inout SplitMix64) {
        if random.chance(85) {
            var properties: [String: RawValue] = [:]
            if random.chance(80) { properties["country"] = .text(random.pick(RandomProject.countries)) }
            if random.chance(60) { properties["tier"] = .text(random.pick(RandomProject.tiers)) }
            if random.chance(60) { properties["score"] = number(random.pick(["1", "2.50", "-3", "10"])) }
            if random.chance(60) { properties["born"] = .instant(random.pick(instants)) }
            if random.chance(60) { properties["sms_ok"] = .text(random.pick(["true", "false"])) }
            raw.customers.append(RawCustomer(id, properties))
        }
        let currency = hasOneCurrencyPerCustomer ? random.pick(RandomProject.currencies) : nil
        if random.chance(90) {
            for key in random.pick(random.pick([1, 2, 4, 5, 6, 7]), of: RandomProject.keys) {
                addPurchase(of: id, key: random.chance(90) ? key : nil, currency, &random)
            }
        }
        for _ in 0..<random.int(0...3) { addRefund(of: id, currency, &random) }
        for _ in 0..<random.int(0...8) { addConsent(of: id, &random) }
        if random.chance(30) { add("visit", of: id, ["page": "home"], &random) }
    }

    private mutating func add(
        _ type: String, of customer: RawText, _ attributes: [String: RawValue], _ random: inout SplitMix64
    ) {
        raw.events.append(
            RawEvent(type: type, customer: customer, timestamp: random.pick(instants), attributes: attributes))
    }

    /// One or several rows of a purchase.
    private mutating func addPurchase(
        of customer: RawText, key: RawText?, _ currency: RawText?, _ random: inout SplitMix64
    ) {
        let amounts = hasHugeAmounts ? RandomProject.hugeAmounts : RandomProject.amounts
        let amount = random.pick(amounts)
        let kind: RawText = random.chance(35) ? "first" : random.pick(RandomProject.chargeKinds)
        let isNegative = random.chance(8)
        for index in 0..<random.pick([1, 1, 1, 2, 3, 4]) {
            var cells: [String: RawValue] = [:]
            if let key { cells["purchase_id"] = .text(key) }
            if random.chance(96) {
                cells["status"] = .text(random.chance(75) ? "success" : random.pick(RandomProject.statuses))
            }
            let sign = isNegative || index > 0 && random.chance(30) ? "-" : ""
            let changed = random.chance(80) ? amount : random.pick(amounts)
            if random.chance(93) { cells["price"] = number(sign + changed) }
            if let currency { cells["currency"] = .text(currency) }
            if currency == nil, random.chance(75) { cells["currency"] = .text(random.pick(RandomProject.currencies)) }
            if random.chance(85) { cells["product"] = .text(random.pick(RandomProject.products)) }
            if random.chance(70) { cells["units"] = number(random.pick(["1", "2", "2.0", "2.50"])) }
            if random.chance(85) {
                cells["kind"] = .text(random.chance(85) ? kind : random.pick(RandomProject.chargeKinds))
            }
            if random.chance(hasSubscriptions ? 8 : 40) {
                cells["parent_id"] = .text(random.pick(RandomProject.keys + ["k9"]))
            }
            if random.chance(hasSubscriptions ? 95 : 40) {
                cells["subscription_id"] = .text(random.pick(["s1", "s2"]))
            }
            if random.chance(30) { cells["delivered"] = .instant(random.pick(instants)) }
            if random.chance(8) { cells["test"] = "yes" }
            add("purchase", of: customer, cells, &random)
        }
    }

    private mutating func addRefund(of customer: RawText, _ currency: RawText?, _ random: inout SplitMix64) {
        var cells: [String: RawValue] = [:]
        if random.chance(92) { cells["order_id"] = .text(random.pick(RandomProject.keys + ["k9"])) }
        if random.chance(92) { cells["amount"] = number(random.pick(["5", "-5", "10", "3.333", "100"])) }
        if random.chance(50) { cells["currency"] = .text(currency ?? random.pick(RandomProject.currencies)) }
        add("refund", of: customer, cells, &random)
    }

    private mutating func addConsent(of customer: RawText, _ random: inout SplitMix64) {
        var cells: [String: RawValue] = [:]
        if random.chance(95) { cells["category"] = .text(random.pick(RandomProject.categories)) }
        if random.chance(95) {
            cells["action"] = .text(random.chance(75) ? "accept" : random.pick(["reject", "Accept", "maybe"]))
        }
        if random.chance(85) {
            // Some end before they begin.
            var end = random.pick(instants)
            if random.chance(60) { end.microseconds += Int64(days) * 43_200_000_000 }
            let seconds = ExactDecimal(units: Int128(end.microseconds), scale: 6)
            switch raw.eventColumns["consent"]?["valid_until"] {
            case .instant: cells["valid_until"] = .instant(end)
            case .decimal: cells["valid_until"] = .decimal(seconds)
            default:
                cells["valid_until"] = .text(
                    random.pick([
                        "unlimited", "unlimited", "unlimited", "unlimited", RawText(end.description),
                        RawText(zone.date(at: end).description),
                        RawText("\(zone.date(at: end)) 10:30"), RawText("\(zone.date(at: end))T10:30:00-03:00"),
                        RawText(seconds.description), "Unlimited",
                    ]))
            }
        }
        add("consent", of: customer, cells, &random)
    }

    private func number(_ text: String) -> RawValue { .decimal(decimal(text)) }
}
