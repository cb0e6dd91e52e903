/// The segment of each customer in one segmentation: every customer is in exactly one, also who never bought.
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
    package var counts: [Int] {
        var counts = Array(repeating: 0, count: segments.count)
        for position in positions { counts[Int(position)] += 1 }
        return counts
    }
}
