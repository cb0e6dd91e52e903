// Writes the data files of this sample project: `swift generate.swift`, in this folder.
//
// Everything follows from one seed and integer arithmetic, so the files are the same to the byte on every machine.
// The flow: rates -> customers with their consents -> orders day by day -> rows with their states -> files.

import Foundation

let seed: UInt64 = 0x4841_5242_4F55_5221

// MARK: - Chance

/// SplitMix64, by Sebastiano Vigna (public domain). Not the standard library's generator: that one may change.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in 0 ..< bound.
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
    mutating func chance(_ count: Int, in bound: Int) -> Bool { below(bound) < count }

    /// Seconds since midnight, most of them in the afternoon, none at night.
    mutating func timeOfDay() -> Int { (6 + below(9) + below(9)) * hour + below(hour) }

    mutating func pick<Item>(_ items: [(Item, weight: Int)]) -> Item {
        var rest = below(items.reduce(0) { $0 + $1.weight })
        for (item, weight) in items {
            if rest < weight { return item }
            rest -= weight
        }
        preconditionFailure("a weight below 0")
    }
}

/// A stream of its own for each purpose, so that a change in one part leaves the others as they were.
func stream(_ purpose: UInt64, _ number: Int = 0) -> SplitMix64 {
    var mixer = SplitMix64(state: seed ^ (purpose << 48) ^ UInt64(number))
    return SplitMix64(state: mixer.next())
}

// MARK: - Time: seconds of the shop's wall clock since 2024-07-01 00:00

let hour = 3_600
let day = 24 * hour
let dayCount = 730
/// The last second that the export holds: 2026-06-30 21:30.
let exportEnd = (dayCount - 1) * day + 21 * hour + hour / 2

/// Nothing is booked from two to three at night: once a year that hour does not exist, once it comes twice.
func booked(_ time: Int) -> Int { time % day / hour == 2 ? time + hour : time }

let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/// Year, month and day of a day number. No leap day lies between 2024-07 and 2026-06.
func civil(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
    var (year, month, rest) = (2024, 6, dayNumber + 30)
    while rest >= lengths[month - 1] {
        rest -= lengths[month - 1]
        (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
    }
    return (year, month, rest + 1)
}

func padded(_ number: Int, _ width: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

func dateText(_ dayNumber: Int) -> String {
    let date = civil(dayNumber)
    return "\(date.year)-\(padded(date.month))-\(padded(date.day))"
}

func clockText(_ time: Int) -> String {
    let second = time % day
    return "\(padded(second / 3_600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
}

/// One month later on the day `anchor` of the month, or on its last day.
func monthLater(_ dayNumber: Int, anchor: Int) -> Int {
    let date = civil(dayNumber)
    return dayNumber - date.day + lengths[date.month - 1] + min(anchor, lengths[date.month % 12])
}

/// How much is bought in a month, in per cent of an even year.
let season = [85, 90, 95, 95, 90, 82, 70, 72, 96, 110, 165, 180]

// MARK: - The shop

/// Prices in cents, pence and haléře.
typealias Product = (name: String, eur: Int, gbp: Int, czk: Int)

let shelf: [(Product, weight: Int)] = [
    (("Harbour Espresso", 1_190, 990, 28_900), 30), (("Ethiopia Guji", 1_490, 1_290, 35_900), 22),
    (("Colombia Huila", 1_350, 1_150, 32_900), 18), (("Decaf Brazil", 1_290, 1_090, 30_900), 9),
    (("Cold Brew Pack", 1_690, 1_450, 39_900), 8), (("Tasting Box", 2_990, 2_590, 69_900), 8),
    (("Dripper Kit", 4_490, 3_890, 109_900), 5),
]
let extras: [(Product, weight: Int)] = [
    (("Paper Filters", 590, 500, 14_900), 50), (("Travel Mug", 1_990, 1_690, 48_900), 25),
    (("Hand Grinder", 5_990, 4_990, 149_000), 10),
]
let plans: [(Product, weight: Int)] = [
    (("Monthly 250 g", 1_290, 1_090, 29_900), 45), (("Monthly 500 g", 2_390, 1_990, 56_900), 38),
    (("Monthly 1 kg", 4_290, 3_690, 99_900), 17),
]
let shipping: Product = ("Shipping", 390, 350, 8_900)
let freeShippingFrom: Product = ("Free shipping", 3_000, 2_600, 75_000)

func price(of product: Product, in currency: String) -> Int {
    currency == "EUR" ? product.eur : currency == "GBP" ? product.gbp : product.czk
}

/// UTM source, medium and campaign.
typealias Origin = (source: String, medium: String, campaign: String)

let nowhere: Origin = ("", "", "")
let origins: [(Origin, weight: Int)] = [
    (nowhere, 24), (("google", "cpc", "brand"), 16), (("google", "cpc", "coffee-beans"), 14),
    (("google", "organic", ""), 12), (("seznam", "cpc", "coffee-beans"), 9),
    (("instagram", "paid_social", "baristas"), 13), (("facebook", "paid_social", "retargeting"), 7),
    (("roasters.guide", "referral", ""), 5),
]
let blackFriday: Origin = ("newsletter", "email", "black-friday")
let mailings: [(Origin, weight: Int)] = [
    (("newsletter", "email", "weekly"), 60), (("newsletter", "email", "new-harvest"), 25),
    (("newsletter", "email", "win-back"), 15),
]

// MARK: - Customers and consents

enum Habit { case browser, once, occasional, regular, subscriber }
typealias Place = (country: String, city: String, currency: String)
let places: [(Place, weight: Int)] = [
    (("CZ", "Praha", "CZK"), 30), (("CZ", "Brno", "CZK"), 11), (("CZ", "Plzeň", "CZK"), 5),
    (("SK", "Bratislava", "EUR"), 9), (("DE", "Berlin", "EUR"), 9), (("DE", "Dresden", "EUR"), 6),
    (("AT", "Wien", "EUR"), 7), (("NL", "Rotterdam", "EUR"), 5), (("GB", "London", "GBP"), 11),
    (("GB", "Bristol", "GBP"), 4), (("IE", "Galway", "EUR"), 3),
]

struct Customer {
    var id: String
    var place: Place
    var signedUp: Int
    var habit: Habit
    /// Day numbers between which the customer reads the mails.
    var reads: Range<Int>
    var readsSMS: Bool
}

let customerCount = 1_500
var consents: [(time: Int, line: String)] = []

/// Records a consent event; those after the export's end do not exist yet.
func consent(_ customer: String, _ category: String, _ action: String, until: String? = nil, at time: Int) {
    guard time <= exportEnd else { return }
    let validUntil = until.map { "\"\($0)\"" } ?? "null"
    let at = dateText(time / day) + "T" + clockText(time) + "Z"
    let line =
        "{\"customer\": \"\(customer)\", \"category\": \"\(category)\", \"action\": \"\(action)\", "
        + "\"valid_until\": \(validUntil), \"at\": \"\(at)\"}"
    consents.append((time, line))
}

/// The weight of each day: more customers each month, and more before Christmas.
let growth = (0..<dayCount).map { ($0, weight: (100 + $0 * 130 / dayCount) * (season[civil($0).month - 1] + 60)) }

/// Records the e-mail consents of a customer; returns the days between which the mails are read.
func emailConsents(_ id: String, from signedUp: Int, _ random: inout SplitMix64) -> Range<Int> {
    let first = signedUp / day
    var end = dayCount
    func record(_ action: String, until: String? = nil, at time: Int) {
        consent(id, "email_marketing", action, until: until, at: time)
    }
    // Some say no at the check-out and tick the box a moment later.
    if random.chance(90, in: 1_000) { record("reject", at: signedUp + 20) }
    if random.chance(300, in: 1_000) {
        // A prize draw asks for one year only.
        end = first + 365
        record("accept", until: dateText(end) + "T00:00:00Z", at: signedUp + 45)
        if random.chance(550, in: 1_000) {
            let renewal = end + random.within(-20...15)
            record("accept", until: "unlimited", at: renewal * day + random.within(8 * hour...20 * hour))
            end = dayCount
        }
    } else {
        record("accept", until: "unlimited", at: signedUp + 45)
    }
    if random.chance(170, in: 1_000) {
        let left = first + random.within(20...420)
        record("reject", at: left * day + random.within(8 * hour...20 * hour))
        end = min(end, left)
    }
    return first..<max(first, end)
}

func makeCustomers() -> [Customer] {
    var days = stream(1)
    return (0..<customerCount).map { _ in days.pick(growth) }.sorted().enumerated().map { index, signUpDay in
        var random = stream(2, index)
        let id = "C-" + padded(index + 1, 5)
        let place = random.pick(places)
        let signedUp = signUpDay * day + random.timeOfDay()
        let wantsMail = random.chance(560, in: 1_000)
        let reads = wantsMail ? emailConsents(id, from: signedUp, &random) : 0..<0
        let wantsSMS = random.chance(wantsMail ? 240 : 90, in: 1_000)
        if wantsSMS {
            consent(id, "sms", "accept", until: "unlimited", at: signedUp + 45)
            let left = signedUp + random.within(30...500) * day
            if random.chance(250, in: 1_000) { consent(id, "sms", "reject", at: left) }
        }
        let habits: [(Habit, weight: Int)] =
            wantsMail
            ? [(.browser, 4), (.once, 25), (.occasional, 27), (.regular, 25), (.subscriber, 19)]
            : [(.browser, 11), (.once, 44), (.occasional, 27), (.regular, 11), (.subscriber, 7)]
        return Customer(
            id: id, place: place, signedUp: signedUp, habit: random.pick(habits), reads: reads, readsSMS: wantsSMS)
    }
}

// MARK: - Orders

struct Order {
    /// Nil for guests.
    var customer: Int?
    var kind = "first_charge"
    var subscription: String?
    /// Index of an order.
    var parent: Int?
    var product: String
    var plan = "one-time"
    var currency: String
    var origin = nowhere
    var isTest = false
    /// What the shop records over time; the first is when the order was placed.
    var states: [(time: Int, state: String, total: Int)] = []
}

var orders: [Order] = []
var refunds: [(order: Int, time: Int, amount: Int, reason: String)] = []
var subscriptionCount = 0

/// Adds an order and plays what happens to it; returns its index.
@discardableResult
func place(_ order: Order, at time: Int, total: Int, _ random: inout SplitMix64) -> Int {
    let index = orders.count
    orders.append(order)
    var paid = time
    var charged = total
    func record(_ state: String, at time: Int) { orders[index].states.append((time, state, charged)) }
    func giveBack(_ share: Int, at time: Int, _ reason: String) {
        if charged > 0 { refunds.append((index, booked(time), charged * share / 100, reason)) }
    }
    guard order.customer != nil else {
        record("completed", at: time)
        return index
    }
    if order.kind != "rebill", random.chance(430, in: 1_000) {
        // Bank transfer: minutes to days, now and then within the second, now and then never.
        record("pending", at: time)
        if random.chance(12, in: 1_000) { return index }
        paid = booked(paid + (random.chance(20, in: 1_000) ? 0 : random.within(90...(2 * day))))
        // Something was out of stock, so less was charged.
        if random.chance(15, in: 1_000) { charged = total * 8 / 10 }
    }
    let fate = random.below(1_000)
    let end = booked(paid + random.within(1_800...(3 * day)))
    if fate < 11 {
        record("cancelled", at: end)
        return index
    }
    record("completed", at: paid)
    switch fate {
    case ..<22:
        // Some give the money back first and cancel then: it is subtracted once.
        if random.chance(400, in: 1_000) { giveBack(100, at: end - 600, "order cancelled") }
        record("cancelled", at: end)
    case ..<42: record("returned", at: booked(paid + random.within((4 * day)...(24 * day))))
    case ..<72:
        let opened = paid + random.within((2 * day)...(40 * day))
        giveBack(random.within(10...60), at: opened, "damaged bag")
        if random.chance(120, in: 1_000) { giveBack(15, at: opened + 5 * day, "goodwill") }
    case ..<74: giveBack(100, at: paid + 6 * day, "lost in the post")
    default: break
    }
    return index
}

/// An upsell in the minutes after an order; a few arrive without any link to it.
func maybeUpsell(_ first: Int, perMille: Int, _ random: inout SplitMix64) {
    let base = orders[first]
    guard base.states.last?.state == "completed", random.chance(perMille, in: 1_000) else { return }
    let product = random.pick(extras)
    let isLinked = !random.chance(40, in: 1_000)
    let order = Order(
        customer: base.customer, kind: "upsell", subscription: isLinked ? base.subscription : nil,
        parent: isLinked ? first : nil, product: product.name, currency: base.currency, origin: base.origin)
    let time = base.states[0].time + random.within(70...1_500)
    place(order, at: time, total: price(of: product, in: base.currency), &random)
}

/// Something from the shelf.
func buy(_ customer: Int?, currency home: String, reads: Bool, at time: Int, _ random: inout SplitMix64) {
    let currency = home != "EUR" && random.chance(25, in: 1_000) ? "EUR" : home
    let product = random.pick(shelf)
    let quantity = random.pick([(1, 55), (2, reads ? 35 : 25), (3, reads ? 16 : 8)])
    var total = price(of: product, in: currency) * quantity
    var origin = reads && random.chance(450, in: 1_000) ? random.pick(mailings) : random.pick(origins)
    let date = civil(time / day)
    if date.month == 11, date.day >= 24, random.chance(600, in: 1_000) {
        total = total * 85 / 100
        if reads { origin = blackFriday }
    }
    if total < price(of: freeShippingFrom, in: currency) { total += price(of: shipping, in: currency) }
    // A gift voucher paid for everything.
    if random.chance(3, in: 1_000) { total = 0 }
    let index = place(
        Order(customer: customer, product: product.name, currency: currency, origin: origin), at: time, total: total,
        &random)
    if customer != nil { maybeUpsell(index, perMille: 90, &random) }
}

/// The first box, and one a month until the customer has had enough.
func subscribe(_ customer: Customer, _ index: Int, at time: Int, _ random: inout SplitMix64) {
    let plan = random.pick(plans)
    let blend = random.pick([("Espresso Subscription", 60), ("Explorer Subscription", 40)])
    subscriptionCount += 1
    let currency = customer.place.currency
    let monthly = price(of: plan, in: currency)
    var order = Order(
        customer: index, subscription: "S-" + padded(subscriptionCount, 4), product: blend, plan: plan.name,
        currency: currency, origin: random.pick(origins))
    let first = place(order, at: time, total: monthly, &random)
    maybeUpsell(first, perMille: 280, &random)
    guard orders[first].states.last?.state == "completed" else { return }
    order.kind = "rebill"
    order.parent = first
    // Nobody comes through an advertisement to a renewal.
    order.origin = nowhere
    let anchor = civil(time / day).day
    var next = monthLater(time / day, anchor: anchor)
    while next < dayCount {
        if random.chance(customer.reads.contains(next) ? 55 : 95, in: 1_000) { return }
        // Dearer since 2026.
        let total = civil(next).year >= 2026 ? monthly * 106 / 100 : monthly
        place(order, at: next * day + 6 * hour + random.below(1_800), total: total, &random)
        next = monthLater(next, anchor: anchor)
    }
}

/// Chance of an order on one day, in millionths.
func dailyChance(_ customer: Customer, on date: Int) -> Int {
    let base: [Habit: Int] = [.occasional: 5_200, .regular: 19_000, .subscriber: 4_200]
    var chance = base[customer.habit, default: 0] * season[civil(date).month - 1] / 100
    if customer.reads.contains(date) { chance = chance * 140 / 100 }
    if customer.readsSMS { chance = chance * 115 / 100 }
    return chance
}

func live(_ customer: Customer, _ index: Int) {
    var random = stream(3, index)
    guard customer.habit != .browser else { return }
    let first = customer.signedUp + random.within(120...1_500)
    if customer.habit == .subscriber, random.chance(700, in: 1_000) {
        subscribe(customer, index, at: first, &random)
    } else {
        buy(index, currency: customer.place.currency, reads: false, at: first, &random)
        if customer.habit == .subscriber {
            subscribe(customer, index, at: first + random.within(10...90) * day, &random)
        }
    }
    for date in (customer.signedUp / day + 4)..<max(customer.signedUp / day + 4, dayCount) {
        // Even a regular goes elsewhere one day.
        if random.chance(2_600, in: 1_000_000) { return }
        guard random.chance(dailyChance(customer, on: date), in: 1_000_000) else { continue }
        let time = date * day + random.timeOfDay()
        buy(index, currency: customer.place.currency, reads: customer.reads.contains(date), at: time, &random)
    }
}

// MARK: - Files

func money(_ minor: Int, point: String = ".") -> String { "\(minor / 100)\(point)\(padded(minor % 100))" }

func write(_ lines: [String], to file: String) throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: file)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
    print("\(file): \(lines.count) lines")
}

/// A walk in steps of the last digit, on working days, as central banks publish them.
func writeRates() throws {
    var random = stream(4)
    var lines = ["date,currency,rate,to"]
    var pound = 118_200
    var koruna = 39_950
    for date in -3..<dayCount where (date + 7) % 7 < 5 {
        pound = min(max(pound + random.within(-320...322), 113_500), 121_500)
        koruna = min(max(koruna + random.within(-75...76), 38_900), 41_800)
        lines.append("\(dateText(date)),CZK,0.0\(padded(koruna, 5)),")
        lines.append("\(dateText(date)),GBP,\(pound / 100_000).\(padded(pound % 100_000, 5)),")
        // Into pounds as a bank gives them: rounded.
        lines.append("\(dateText(date)),CZK,0.0\(padded(koruna * 100_000 / pound, 5)),GBP")
        lines.append("\(dateText(date)),EUR,0.\(padded(10_000_000_000 / pound, 5)),GBP")
    }
    try write(lines, to: "rates.csv")
}

let customers = makeCustomers()
for (index, customer) in customers.enumerated() { live(customer, index) }

// Guests: paid at once, one row each.
var guestRandom = stream(5)
for _ in 0..<150 {
    let time = guestRandom.pick(growth) * day + guestRandom.timeOfDay()
    buy(nil, currency: guestRandom.pick(places).currency, reads: false, at: time, &guestRandom)
}

// The shop's own trials, some before the customer's first real order.
var testRandom = stream(6)
for number in 0..<12 {
    let customer = number < 4 ? number : testRandom.below(customerCount * 3 / 4)
    let time = customers[customer].signedUp + (number < 8 ? 60 : testRandom.within(5...120) * day)
    orders.append(
        Order(
            customer: customer, product: "Harbour Espresso", currency: "EUR", isTest: true,
            states: [(time, "completed", 100)]))
}

// Two who clicked both buttons at once: the reject wins.
for (customer, category) in [("C-00077", "email_marketing"), ("C-00301", "sms")] {
    consent(customer, category, "accept", until: "unlimited", at: 700 * day + 10 * hour)
    consent(customer, category, "reject", at: 700 * day + 10 * hour)
}

/// Orders by the time they were placed: their numbers ascend with it.
let kept = orders.indices.filter { orders[$0].states[0].time <= exportEnd }
    .sorted { (orders[$0].states[0].time, $0) < (orders[$1].states[0].time, $1) }
let orderID = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, "HC-\(100_001 + $0.offset)") })

func orderLine(_ index: Int, _ state: (time: Int, state: String, total: Int)) -> String {
    let order = orders[index]
    return [
        orderID[index] ?? "", order.customer.map { customers[$0].id } ?? "",
        dateText(state.time / day) + " " + clockText(state.time), state.state, order.kind, order.subscription ?? "",
        order.parent.flatMap { orderID[$0] } ?? "", order.product, order.plan, money(state.total), order.currency,
        order.origin.source, order.origin.medium, order.origin.campaign, String(order.isTest),
    ].joined(separator: ",")
}

var rows: [(time: Int, order: Int, step: Int, line: String)] = []
for index in kept {
    for (step, state) in orders[index].states.enumerated() where state.time <= exportEnd {
        rows.append((state.time, index, step, orderLine(index, state)))
    }
}
rows.sort { ($0.time, $0.order, $0.step) < ($1.time, $1.order, $1.step) }
var orderLines = rows.map(\.line)

// Deliveries that came twice, a little later in the file.
var repeatRandom = stream(7)
let repeated = (0..<24).map { _ in repeatRandom.below(rows.count - 60) }.sorted(by: >)
for position in repeated where orders[rows[position].order].customer != nil {
    orderLines.insert(rows[position].line, at: position + 1 + repeatRandom.below(40))
}
orderLines.insert(
    "order_id,customer_id,recorded_at,state,charge_kind,subscription_id,parent_order_id,product,price_plan,total,"
        + "currency,utm_source,utm_medium,utm_campaign,is_test", at: 0)
try write(orderLines, to: "data/orders.csv")

// The accounting department's export: semicolons, decimal commas, day first.
let refundLines = refunds.filter { $0.time <= exportEnd }
    .sorted { ($0.time, $0.order) < ($1.time, $1.order) }
    .enumerated().map { number, refund in
        let (year, month, day) = civil(refund.time / 86_400)
        let time = "\(padded(day)).\(padded(month)).\(year) \(clockText(refund.time).prefix(5))"
        let amount = money(refund.amount, point: ",")
        return "R-\(padded(number + 1, 4));\(orderID[refund.order] ?? "");\(time);\(amount);\(refund.reason)"
    }
try write(["refund_id;order_id;refunded_at;amount;reason"] + refundLines, to: "data/refunds.csv")

let log = consents.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
try write(log.map(\.element.line), to: "data/consents.ndjson")

/// Completed orders make the tier.
var completed = [Int](repeating: 0, count: customerCount)
for index in kept {
    guard let customer = orders[index].customer, orders[index].states.last?.state == "completed" else { continue }
    completed[customer] += 1
}
let customerLines = customers.enumerated().map { index, customer in
    let tier = completed[index] >= 12 ? "captain" : completed[index] >= 4 ? "mate" : "deckhand"
    return [customer.id, customer.place.country, customer.place.city, dateText(customer.signedUp / day), tier]
        .joined(separator: ",")
}
try write(["id,country,city,signed_up,loyalty_tier"] + customerLines, to: "data/customers.csv")
try writeRates()
