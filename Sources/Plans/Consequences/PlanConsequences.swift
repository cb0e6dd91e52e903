package import Quantities
package import Queries

/// What a plan does to the numbers, on the data as they are now: each key figure before and after, and the customers that
/// move from one segment to another.
package struct PlanConsequences: Hashable, Sendable {
    /// What one definition says of the data.
    package struct Snapshot: Sendable {
        /// The dashboard's KPI reports; nil where the definition has no dashboard.
        package var result: DashboardResult?
        /// How its segmentations are asked for.
        package var segmentations: Evaluation
        /// Of the segmentations that the other definition does not have.
        package var segments: [SegmentCounts] = []
        /// Names of segmentations by id.
        package var names: [String: String]

        package init(result: DashboardResult?, segmentations: Evaluation, names: [String: String]) {
            self.result = result
            self.segmentations = segmentations
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
    ///   - moves: of the segmentations that both have.
    package init(before: Snapshot?, after: Snapshot?, moves: [SegmentMoves]) {
        let semantics = (after ?? before)?.result?.semantics
        window = semantics?.window
        timezone = semantics?.timezone
        keyFigures = PlanConsequences.keyFigures(before?.result, after?.result)
        migrations = PlanConsequences.migrations(before, after, moves)
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

    private static func migrations(_ before: Snapshot?, _ after: Snapshot?, _ moves: [SegmentMoves]) -> [Migration] {
        let (old, new) = (before?.segments ?? [], after?.segments ?? [])
        func ids(_ snapshot: Snapshot?) -> [String] { snapshot?.segmentations.customerSegmentations.map(\.id) ?? [] }
        let ids = ids(after) + ids(before).filter { !ids(after).contains($0) }
        return ids.compactMap { id in
            let found =
                if let both = moves.first(where: { $0.id == id }) { changes(both) } else {
                    all(old.first { $0.id == id }, new.first { $0.id == id })
                }
            if found.isEmpty { return nil }
            return Migration(id: id, name: after?.names[id] ?? before?.names[id] ?? id, moves: found)
        }
    }

    /// Of a segmentation that is new or gone: each segment, in their order.
    private static func all(_ before: SegmentCounts?, _ after: SegmentCounts?) -> [Migration.Move] {
        func list(_ counts: SegmentCounts?) -> [(String, Int)] {
            counts.map { Array(zip($0.segments, $0.customers)) } ?? []
        }
        return list(after).map { Migration.Move(from: nil, to: $0, customers: $1) }
            + list(before).map { Migration.Move(from: $0, to: nil, customers: $1) }
    }

    /// Those who are in a segment of another name, the most customers first.
    private static func changes(_ moves: SegmentMoves) -> [Migration.Move] {
        moves.customers.enumerated()
            .flatMap { from, row in
                row.enumerated().map { to, customers in
                    Migration.Move(
                        from: moves.before.segments[from], to: moves.after.segments[to], customers: customers)
                }
            }
            .filter { $0.customers > 0 && $0.from != $0.to }
            .enumerated()
            .sorted { ($1.element.customers, $0.offset) < ($0.element.customers, $1.offset) }
            .map(\.element)
    }
}
