package import Quantities

/// That histories of buyers are asked for, along with an evaluation's queries.
package struct BuyerQuestion: Codable, Hashable, Sendable {
    /// The last day of what is also told by itself, days since 1970-01-01; nil for none.
    package var calibration: Int?
    /// Ids of the customer segmentations whose segments are told.
    package var segmentations: [String]
    /// Each customer is told by themselves. Else those who bought on one day alone, and are alike in all that is told, may be
    /// one entry.
    package var isByCustomer: Bool

    package init(calibration: Int? = nil, segmentations: [String] = [], isByCustomer: Bool = false) {
        self.calibration = calibration
        self.segmentations = segmentations
        self.isByCustomer = isByCustomer
    }
}

/// When customers bought and what they spent up to `as_of`, one entry a buyer, or one for buyers that are alike: recency,
/// frequency and monetary value as customer-base models look at them. Purchases of one local day are one; money is in the
/// display currency by the revenue basis, what was given back is taken from the purchase it was paid for.
package struct BuyerSummaries: Codable, Sendable, Hashable {
    /// Positions among the engine's customers: those of memberships. The order is the engine's, and the same for the same
    /// data. Empty where entries are not each a customer.
    package var customers: [Int32] = []
    /// How many customers an entry is, all of them with one day of purchases where it is more than one; empty where each is
    /// one customer.
    package var counts: [Int32] = []
    /// Days since 1970-01-01, in the evaluation's timezone: of the first and the last purchase.
    package var firstDays: [Int32] = []
    package var lastDays: [Int32] = []
    /// Days with a purchase after the first such day.
    package var repeats: [Int32] = []
    /// What the purchases on those days amount to.
    package var repeatSpends: [Double] = []
    /// The customers' revenue, also of what is no purchase for counts; in units of 10^-`scale`.
    package var revenues: [Int128] = []
    /// Whether a purchase of the buyer is in the window, and the first one.
    package var activities: [Activity] = []
    /// Where revenues have their point.
    package var scale: Int
    /// The same up to and with a day, where one was named; else empty. Buyers who came later have -1 repeats, and
    /// spent nothing after it.
    package var calibration = Calibration()
    /// Repeat purchases of all buyers by day: days since 1970-01-01.
    package var repeatsByDay: [Int32: Int] = [:]
    /// By id of a segmentation that was asked for: each buyer's segment at `as_of`, as `Membership` numbers them.
    package var segments: [String: [Int32]] = [:]

    /// What a buyer did in the evaluation's window.
    package enum Activity: UInt8, Codable, Sendable {
        case none, active
        /// The first purchase is in it.
        case acquired
    }

    /// What was known at the end of a day, and what came after.
    package struct Calibration: Codable, Sendable, Hashable {
        package var lastDays: [Int32] = []
        package var repeats: [Int32] = []
        package var repeatSpends: [Double] = []
        /// Days with a purchase after that day, and what these amount to.
        package var later: [Int32] = []
        package var laterSpends: [Double] = []

        package init() {}
    }

    package init(scale: Int) { self.scale = scale }

    /// Places of entries.
    package var indices: Range<Int> { firstDays.indices }

    /// How many customers an entry is.
    package func count(_ index: Int) -> Int { counts.isEmpty ? 1 : Int(counts[index]) }

    /// What an entry's purchases amount to.
    package func revenue(_ index: Int) -> ExactDecimal { ExactDecimal(units: revenues[index], scale: scale) }
}

extension BuyerSummaries {
    /// Makes one of the summaries of consecutive customers.
    package init(joining parts: [BuyerSummaries], scale: Int) {
        self.init(scale: scale)
        var parts = parts
        // Column by column, each given back before the next: all of it is in memory once.
        func join<Element>(_ column: WritableKeyPath<BuyerSummaries, [Element]>) {
            var all: [Element] = []
            all.reserveCapacity(parts.reduce(0) { $0 + $1[keyPath: column].count })
            for index in parts.indices {
                all += parts[index][keyPath: column]
                parts[index][keyPath: column] = []
            }
            self[keyPath: column] = all
        }
        join(\.customers)
        join(\.counts)
        join(\.firstDays)
        join(\.lastDays)
        join(\.repeats)
        join(\.repeatSpends)
        join(\.revenues)
        join(\.activities)
        join(\.calibration.lastDays)
        join(\.calibration.repeats)
        join(\.calibration.repeatSpends)
        join(\.calibration.later)
        join(\.calibration.laterSpends)
        for id in Set(parts.flatMap(\.segments.keys)) { segments[id] = parts.flatMap { $0.segments[id] ?? [] } }
        for part in parts { repeatsByDay.merge(part.repeatsByDay, uniquingKeysWith: +) }
    }
}
