package import Quantities
package import Queries

/// What a plan does to the numbers, on the data as they are now: each key figure before and after, and the customers that
/// move from one segment to another.
package struct PlanConsequences: Hashable, Sendable {
    /// What one definition says of the data.
    package struct Snapshot: Sendable {
        /// The dashboard's KPI reports; nil where the definition has no dashboard.
        package var result: DashboardResult?
        package var memberships: [Membership]
        /// Names of segmentations by id.
        package var names: [String: String]

        package init(result: DashboardResult?, memberships: [Membership], names: [String: String]) {
            self.result = result
            self.memberships = memberships
            self.names = names
        }
    }

    /// A number of a KPI report. Nil where the definition does not have it, or where it has no value.
    package struct KeyFigure: Hashable, Sendable {
        /// The KPI report's id and title: two of them may show one metric of different purchases.
        package var report: String
        package var reportTitle: String
        /// The metric's.
        package var name: String
        package var title: String
        package var type: ValueType
        package var currency: String
        package var before: Value?
        package var after: Value?
        /// What values of type `periods` count, before and after.
        package var periodBefore: Period?
        package var periodAfter: Period?
        package var isBefore: Bool
        package var isAfter: Bool

        package var hasChanged: Bool { isBefore != isAfter || before != after }
    }

    /// One segmentation: who is elsewhere than before.
    package struct Migration: Hashable, Sendable {
        package struct Move: Hashable, Sendable {
            /// Names of segments; nil for a segmentation that is new or gone.
            package var from: String?
            package var to: String?
            package var customers: Int
        }

        package var id: String
        package var name: String
        /// The most customers first.
        package var moves: [Move]

        /// Who is in a segment of another name.
        package var moved: Int { moves.reduce(0) { $0 + ($1.from == nil || $1.to == nil ? 0 : $1.customers) } }
    }

    /// The window of the key figures.
    package var window: Window?
    package var timezone: String?
    package var keyFigures: [KeyFigure]
    /// Those in which somebody moves, and those that are new or gone.
    package var migrations: [Migration]

    /// - Parameters:
    ///   - before: nil where nothing is deployed.
    ///   - after: nil where everything is taken away.
    package init(before: Snapshot?, after: Snapshot?) {
        let semantics = (after ?? before)?.result?.semantics
        window = semantics?.window
        timezone = semantics?.timezone
        keyFigures = PlanConsequences.keyFigures(before?.result, after?.result)
        migrations = PlanConsequences.migrations(before, after)
    }

    private static func keyFigures(_ before: DashboardResult?, _ after: DashboardResult?) -> [KeyFigure] {
        func figures(_ result: DashboardResult?) -> [(table: ResultTable, index: Int)] {
            (result?.reports ?? []).map(\.table).filter { $0.layout == .kpi }
                .flatMap { table in table.columns.indices.map { (table, $0) } }
        }
        let (old, new) = (figures(before), figures(after))
        var seen: Set<[String]> = []
        return (new + old).compactMap { table, index in
            let column = table.columns[index]
            guard seen.insert([table.id, column.name]).inserted else { return nil }
            func same(_ figures: [(table: ResultTable, index: Int)]) -> (table: ResultTable, index: Int)? {
                figures.first { $0.table.id == table.id && $0.table.columns[$0.index].name == column.name }
            }
            func row(_ table: ResultTable) -> ResultTable.Row? { table.rows.first ?? table.total }
            let (was, will) = (same(old), same(new))
            return KeyFigure(
                report: table.id, reportTitle: table.title, name: column.name, title: column.title, type: column.type,
                currency: row(table)?.currency ?? "", before: was.flatMap { row($0.table)?.values[$0.index] },
                after: will.flatMap { row($0.table)?.values[$0.index] }, periodBefore: was?.table.period,
                periodAfter: will?.table.period, isBefore: was != nil, isAfter: will != nil)
        }
    }

    private static func migrations(_ before: Snapshot?, _ after: Snapshot?) -> [Migration] {
        let (old, new) = (before?.memberships ?? [], after?.memberships ?? [])
        let ids = new.map(\.id) + old.map(\.id).filter { id in !new.contains { $0.id == id } }
        return ids.compactMap { id in
            let moves = moves(old.first { $0.id == id }, new.first { $0.id == id })
            if moves.isEmpty { return nil }
            return Migration(id: id, name: after?.names[id] ?? before?.names[id] ?? id, moves: moves)
        }
    }

    private static func moves(_ before: Membership?, _ after: Membership?) -> [Migration.Move] {
        var counts: [(from: Int?, to: Int?, customers: Int)] = []
        switch (before, after) {
        case (let before?, let after?):
            // Positions beside each other: no customer is looked at by name.
            let width = after.segments.count
            var pairs = Array(repeating: 0, count: before.segments.count * width)
            for (from, to) in zip(before.positions, after.positions) { pairs[Int(from) * width + Int(to)] += 1 }
            counts = pairs.enumerated().map { ($0 / width, $0 % width, $1) }
                .filter { before.segments[$0.0] != after.segments[$0.1] }
        case (nil, let after?): counts = after.counts.enumerated().map { (nil, $0, $1) }
        case (let before?, nil): counts = before.counts.enumerated().map { ($0, nil, $1) }
        case (nil, nil): break
        }
        let isNew = before == nil || after == nil
        return counts.filter { isNew || $0.customers > 0 }
            .map { count in
                Migration.Move(
                    from: count.from.flatMap { before?.segments[$0] }, to: count.to.flatMap { after?.segments[$0] },
                    customers: count.customers)
            }
            .enumerated()
            .sorted {
                isNew ? $0.offset < $1.offset : ($1.element.customers, $0.offset) < ($0.element.customers, $1.offset)
            }
            .map(\.element)
    }
}
