package import Queries

/// How the columns of a table are made of each other.
///
/// A column's parts are the other columns whose title or name its explanation mentions ("Average purchase value times
/// purchase frequency."), in the order in which they are mentioned. The word before a mention gives the sign between
/// the parts: times, divided by, plus, minus. A mention inside a longer one does not count. A column that is part of several
/// is taken apart where it first stands, so the tree is never larger than the mentions.
package struct MetricTree: Sendable {
    package struct Node: Sendable {
        /// The index of the column.
        package var column: Int
        /// `×`, `÷`, `+`, `−`, with `1` before it where the explanation begins with one; empty where it says none.
        package var sign: String
        package var parts: [Node]
    }

    /// Columns that are no part of another one, with their parts.
    package let roots: [Node]

    package init(_ columns: [ResultTable.ColumnHeader]) {
        let mentions = columns.indices.map { MetricTree.mentions(in: $0, of: columns) }
        let parts = Set(mentions.joined().map(\.column))
        var roots = columns.indices.filter { !parts.contains($0) }
        // Columns that explain each other in a circle have no root: begin where the author begins.
        if roots.isEmpty, !columns.isEmpty { roots = [0] }
        var isTakenApart: Set<Int> = []
        func node(_ mention: Mention, _ path: [Int]) -> Node {
            let isFirst = isTakenApart.insert(mention.column).inserted
            let inner = isFirst ? mentions[mention.column].filter { !path.contains($0.column) } : []
            return Node(
                column: mention.column, sign: mention.sign, parts: inner.map { node($0, path + [mention.column]) })
        }
        self.roots = roots.map { node(Mention(column: $0, sign: ""), []) }
    }

    private struct Mention {
        var column: Int
        var sign: String
    }

    private static func mentions(in index: Int, of columns: [ResultTable.ColumnHeader]) -> [Mention] {
        let text = lowercase(columns[index].explanation)
        var found: [(range: Range<Int>, column: Int)] = []
        for (other, column) in columns.enumerated() where other != index {
            for name in [lowercase(column.title), lowercase(column.name)] {
                guard let range = firstWordRange(of: name, in: text) else { continue }
                found.append((range, other))
                break
            }
        }
        let outermost = found.filter { one in
            !found.contains { other in
                other.range != one.range && other.range.lowerBound <= one.range.lowerBound
                    && one.range.upperBound <= other.range.upperBound
            }
        }
        var end = 0
        return outermost.sorted { $0.range.lowerBound < $1.range.lowerBound }.map { mention in
            let sign = sign(between: text[end..<max(end, mention.range.lowerBound)], isFirst: end == 0)
            end = max(end, mention.range.upperBound)
            return Mention(column: mention.column, sign: sign)
        }
    }

    private static func sign(between bytes: ArraySlice<UInt8>, isFirst: Bool) -> String {
        let words = bytes.split { !isWordByte($0) }.map { String(decoding: $0, as: UTF8.self) }
        let lead = isFirst && words.first == "one" ? "1 " : ""
        if isFirst, lead.isEmpty { return "" }
        if words.contains("times") { return lead + "×" }
        if words.contains("divided") { return lead + "÷" }
        if words.contains("minus") { return lead + "−" }
        if words.contains("plus") { return lead + "+" }
        return ""
    }

    private static func firstWordRange(of needle: [UInt8], in text: [UInt8]) -> Range<Int>? {
        guard !needle.isEmpty, needle.count <= text.count else { return nil }
        for start in 0...(text.count - needle.count) {
            let end = start + needle.count
            guard text[start..<end].elementsEqual(needle) else { continue }
            let isCutBefore = start > 0 && isWordByte(text[start - 1])
            let isCutAfter = end < text.count && isWordByte(text[end])
            if !isCutBefore, !isCutAfter { return start..<end }
        }
        return nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (48...57).contains(byte) || (97...122).contains(byte | 0x20)
    }

    private static func lowercase(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }
}
