/// Which segment of a customer segmentation each customer is in.
package struct Membership: Hashable, Sendable {
    /// The segmentation's.
    package var id: String
    /// The names of its segments, and that of the remainder as the last one.
    package var segments: [String]
    /// By customer, in the order of the engine's data: a position in `segments`. The order is the same in all memberships
    /// of one generation.
    package var positions: [Int32]

    package init(id: String, segments: [String], positions: [Int32]) {
        self.id = id
        self.segments = segments
        self.positions = positions
    }

    /// Customers by segment.
    package var counts: SegmentCounts {
        var customers = Array(repeating: 0, count: segments.count)
        for position in positions { customers[Int(position)] += 1 }
        return SegmentCounts(id: id, segments: segments, customers: customers)
    }
}

/// How many customers are in which segment of a customer segmentation.
package struct SegmentCounts: Hashable, Sendable {
    /// The segmentation's.
    package var id: String
    /// The names of its segments, and that of the remainder as the last one.
    package var segments: [String]
    /// By segment.
    package var customers: [Int]

    package init(id: String, segments: [String], customers: [Int]) {
        self.id = id
        self.segments = segments
        self.customers = customers
    }

    /// How many are in none.
    package var remainder: SegmentRemainder {
        SegmentRemainder(outside: customers.last ?? 0, all: customers.reduce(0, +))
    }
}

/// How many customers are in which segment by two definitions of one segmentation.
package struct SegmentMoves: Hashable, Sendable {
    /// The segmentation's.
    package var id: String
    package var before: SegmentCounts
    package var after: SegmentCounts
    /// By segment before, by segment after.
    package var customers: [[Int]]

    package init(id: String, before: SegmentCounts, after: SegmentCounts, customers: [[Int]]) {
        self.id = id
        self.before = before
        self.after = after
        self.customers = customers
    }

    /// Positions beside each other: no customer is looked at by name.
    package init(_ before: Membership, _ after: Membership) {
        let row = Array(repeating: 0, count: after.segments.count)
        var customers = Array(repeating: row, count: before.segments.count)
        for (from, to) in zip(before.positions, after.positions) { customers[Int(from)][Int(to)] += 1 }
        self.init(id: after.id, before: before.counts, after: after.counts, customers: customers)
    }
}
