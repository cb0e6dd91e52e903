/// Key figures on a terminal: as many tiles in a line as fit, three lines each.
struct TextTiles {
    var width: Int
    var style: TerminalStyle

    func render(_ tiles: [KPITile]) -> [String] {
        let gap = 3
        let widest = tiles.map { max(DisplayWidth.of(DisplayWidth.printable($0.title)), 28) }.max() ?? 28
        let perLine = max(1, (width + gap) / (min(widest, 40) + gap))
        let tileWidth = (width - gap * (perLine - 1)) / perLine
        var lines: [String] = []
        for start in stride(from: 0, to: tiles.count, by: perLine) {
            let shown = tiles[start..<min(start + perLine, tiles.count)].map { tile($0, tileWidth) }
            for level in 0..<3 {
                let parts = shown.map { $0[level] }
                var text = ""
                for (index, part) in parts.enumerated() {
                    let blanks = index == parts.count - 1 ? 0 : tileWidth + gap - DisplayWidth.of(part.plain)
                    text += part.styled + String(repeating: " ", count: max(0, blanks))
                }
                lines.append(text)
            }
            if start + perLine < tiles.count { lines.append("") }
        }
        return lines
    }

    /// A line without and with its colours: the first measures, the second is shown.
    private typealias Part = (plain: String, styled: String)

    private func tile(_ tile: KPITile, _ width: Int) -> [Part] {
        let title = DisplayWidth.truncated(DisplayWidth.printable(tile.title), to: width)
        let value = DisplayWidth.truncated(tile.value, to: width)
        return [(title, style.quiet(title)), (value, style.strong(value)), comparison(tile, width)]
    }

    private func comparison(_ tile: KPITile, _ width: Int) -> Part {
        var plain = ""
        var styled = ""
        if let change = tile.change {
            let text = "\(change.arrow) \(change.text)"
            plain = DisplayWidth.padded(text, to: 11)
            styled = style.change(change, plain)
        } else {
            plain = DisplayWidth.padded(tile.previous == nil ? "" : NumberFormatting.null, to: 11)
            styled = plain
        }
        let room = max(0, width - DisplayWidth.of(plain) - 1)
        let spark = BlockBars.sparkline(Array(tile.course.suffix(room)))
        if spark.isEmpty { return (plain, styled) }
        return (plain + " " + spark, styled + " " + style.accent(spark))
    }
}
