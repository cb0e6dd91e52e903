package import Queries

/// How the columns of a table are made of each other, by their formulas as written.
///
/// A column's parts are the other columns that its formula names, in its order, with what stands between them. A column
/// that is part of several is taken apart where it first stands, so the tree is never larger than the formulas.
package struct MetricTree: Sendable {
    package struct Node: Sendable {
        /// The index of the column.
        package var column: Int
        /// What the formula has before it: `×`, `1 ÷`, `÷ (`, `Revenue ÷`; empty for the first part of most.
        package var sign: String
        /// What the formula has after its last part: `)`; mostly empty.
        package var tail: String
        package var parts: [Node]
    }

    /// Columns that are no part of another one, with their parts.
    package let roots: [Node]

    package init(_ columns: [ResultTable.ColumnHeader]) {
        let mentions = columns.indices.map { MetricTree.mentions(in: $0, of: columns) }
        let parts = Set(mentions.joined().map(\.column))
        var roots = columns.indices.filter { !parts.contains($0) }
        // Columns that are made of each other in a circle have no root: begin where the author begins.
        if roots.isEmpty, !columns.isEmpty { roots = [0] }
        var isTakenApart: Set<Int> = []
        func node(_ mention: Mention, _ path: [Int]) -> Node {
            let isFirst = isTakenApart.insert(mention.column).inserted
            let inner = isFirst ? mentions[mention.column].filter { !path.contains($0.column) } : []
            return Node(
                column: mention.column, sign: mention.sign, tail: mention.tail,
                parts: inner.map { node($0, path + [mention.column]) })
        }
        self.roots = roots.map { node(Mention(column: $0, sign: "", tail: ""), []) }
    }

    private struct Mention {
        var column: Int
        var sign: String
        var tail: String
    }

    /// Metrics that are no column of the table are words between those that are.
    private static func mentions(in index: Int, of columns: [ResultTable.ColumnHeader]) -> [Mention] {
        var mentions: [Mention] = []
        var between = ""
        for piece in columns[index].expression?.pieces ?? [] {
            switch piece {
            case .text(let text): between += text
            case .metric(let name, let title):
                let place = columns.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
                if let place, place != index {
                    mentions.append(Mention(column: place, sign: trimmed(between), tail: ""))
                    between = ""
                } else {
                    between += title
                }
            }
        }
        if !mentions.isEmpty { mentions[mentions.count - 1].tail = trimmed(between) }
        return mentions
    }

    private static func trimmed(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
