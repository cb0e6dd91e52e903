/// When one customer bought, as far as the models look at it: purchases of one day are one.
package struct BuyerHistory: Hashable, Sendable {
    /// x: days with a purchase after the first such day.
    package var frequency: Int
    /// t_x: from the first day with a purchase to the last one, in days; 0 for one day.
    package var recency: Int
    /// T: from the first day with a purchase to the day of the evaluation, in days.
    package var age: Int

    package init(frequency: Int, recency: Int, age: Int) {
        self.frequency = frequency
        self.recency = recency
        self.age = age
    }

    /// It can be: a purchase a day at the most, and none after the end.
    package var isPossible: Bool {
        frequency >= 0 && recency >= frequency && recency <= age && (frequency > 0 || recency == 0)
    }
}

/// Customers with the same history.
package struct BuyerGroup: Hashable, Sendable {
    package var history: BuyerHistory
    package var customers: Int

    package init(_ history: BuyerHistory, customers: Int) {
        self.history = history
        self.customers = customers
    }
}

/// A customer base, grouped: what the timing models are fitted to. Groups are in the order of frequency, recency and age,
/// so that sums over them are the same whatever the order of the customers.
package struct BuyerGroups: Sendable {
    package let groups: [BuyerGroup]
    package let customers: Int
    /// Repeat purchases of all of them.
    package let repeats: Int
    /// Customers with at least one repeat purchase.
    package let repeaters: Int
    package let oldest: Int

    /// Each customer by itself.
    package init(_ histories: some Sequence<BuyerHistory>) {
        self.init(groups: histories.lazy.map { BuyerGroup($0, customers: 1) })
    }

    /// - Precondition: every history is possible, and no number has more than 21 bits.
    package init(groups: some Sequence<BuyerGroup>) {
        // One word a customer sorts many times as fast as three numbers.
        var words: [(key: UInt64, customers: Int)] = []
        words.reserveCapacity(groups.underestimatedCount)
        var isSingle = true
        for group in groups {
            let history = group.history
            precondition(history.isPossible && history.age < 1 << 21, "a history that cannot be: \(history)")
            words.append((BuyerGroups.key(history), group.customers))
            if group.customers != 1 { isSingle = false }
        }
        var result: [BuyerGroup] = []
        if isSingle {
            var keys = words.map(\.key)
            keys.sort()
            var start = 0
            while start < keys.count {
                var end = start + 1
                while end < keys.count, keys[end] == keys[start] { end += 1 }
                result.append(BuyerGroup(BuyerGroups.history(keys[start]), customers: end - start))
                start = end
            }
        } else {
            words.sort { $0.key < $1.key }
            for (key, customers) in words {
                if let last = result.indices.last, BuyerGroups.key(result[last].history) == key {
                    result[last].customers += customers
                } else {
                    result.append(BuyerGroup(BuyerGroups.history(key), customers: customers))
                }
            }
        }
        self.groups = result
        customers = result.reduce(0) { $0 + $1.customers }
        repeats = result.reduce(0) { $0 + $1.customers * $1.history.frequency }
        repeaters = result.reduce(0) { $0 + ($1.history.frequency > 0 ? $1.customers : 0) }
        oldest = result.map(\.history.age).max() ?? 0
    }

    private static func key(_ history: BuyerHistory) -> UInt64 {
        UInt64(history.frequency) << 42 | UInt64(history.recency) << 21 | UInt64(history.age)
    }

    private static func history(_ key: UInt64) -> BuyerHistory {
        let mask: UInt64 = 1 << 21 - 1
        return BuyerHistory(
            frequency: Int(key >> 42), recency: Int(key >> 21 & mask), age: Int(key & mask))
    }
}
