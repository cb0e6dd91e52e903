/// Key figures on a terminal: as many tiles in a line as fit, three lines each.
struct TextTiles {
    var width: Int
    var style: TerminalStyle

    func render(_ tiles: [KPITile]) -> [String] {
        let gap = 3
        let widest = tiles.map { max(DisplayWidth.of(DisplayWidth.printable($0.title)), 28) }.max() ?? 28
        let isCompared = tiles.contains { $0.previous != nil }
        let perLine = max(1, (width + gap) / (min(widest, 40) + gap))
        let tileWidth = (width - gap * (perLine - 1)) / perLine
        var lines: [String] = []
        for start in stride(from: 0, to: tiles.count, by: perLine) {
            let shown = tiles[start..<min(start + perLine, tiles.count)].map { tile($0, tileWidth, isCompared) }
            for level in 0..<3 {
                let parts = shown.map { $0[level] }
                var text = ""
                for (index, part) in parts.enumerated() {
                    let blanks = index == parts.count - 1 ? 0 : tileWidth + gap - DisplayWidth.of(part.plain)
                    text += part.styled + String(repeating: " ", count: max(0, blanks))
                }
                lines.append(TextGrid.trimmingEnd(text))
            }
            if start + perLine < tiles.count { lines.append("") }
        }
        return lines
    }

    /// A line without and with its colours: the first measures, the second is shown.
    private typealias Part = (plain: String, styled: String)

    private func tile(_ tile: KPITile, _ width: Int, _ isCompared: Bool) -> [Part] {
        let title = DisplayWidth.truncated(DisplayWidth.printable(tile.title), to: width)
        let value = DisplayWidth.truncated(DisplayWidth.printable(tile.value), to: width)
        return [
            (title, style.quiet(title)), (value, style.strong(value)), comparison(tile, width, isCompared: isCompared),
        ]
    }

    private func comparison(_ tile: KPITile, _ width: Int, isCompared: Bool) -> Part {
        let none = tile.previous == nil ? "" : NumberFormatting.null
        let text = tile.change.map { "\($0.arrow) \($0.text)" } ?? none
        let styled = tile.change.map { style.change($0, text) } ?? text
        // The sparklines of all tiles begin at the same place.
        let lead = isCompared ? max(DisplayWidth.of(text), 11) + 1 : 0
        // Blocks can not be hatched: months that are not whole would look like a fall.
        let whole = tile.course.filter { !$0.isIncomplete }.map(\.value)
        let spark = BlockBars.sparkline(Array(whole.suffix(max(0, width - lead))))
        // One month alone is no course.
        if whole.count(where: { $0 != nil }) < 2 || spark.isEmpty { return (text, styled) }
        let blanks = String(repeating: " ", count: lead - DisplayWidth.of(text))
        return (text + blanks + spark, styled + blanks + style.accent(spark))
    }
}
