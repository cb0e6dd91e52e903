/// A table on a terminal: columns aligned, heading over a rule, totals under one.
///
/// Where the columns do not fit next to each other, headings are broken into lines; then, where asked, rows and columns
/// change places; then the columns are shown in several blocks, each with the first column.
struct TextGrid {
    struct Column {
        var title: String
        /// Numbers stand right, text and bars left.
        var isNumber: Bool
        /// Drawn in the accent colour.
        var isBar = false
    }

    struct Line {
        var cells: [String]
        var isTotal = false
        var isQuiet = false
    }

    var columns: [Column]
    var lines: [Line]
    /// How many columns at the left name the line.
    var keys = 1
    /// Rows and columns may change places.
    var mayTranspose = false
    /// Blanks between columns.
    var gap = 2

    /// Lines of at most `width` columns, unless one column alone is wider. Cells must be printable.
    func render(width: Int, style: TerminalStyle) -> [String] {
        let grid = limitingKeys(to: max(12, width * 2 / 5 / max(1, keys)))
        let natural = grid.columns.indices.map { max(DisplayWidth.of(grid.columns[$0].title), grid.cellWidth($0)) }
        if total(natural) <= width { return grid.draw(natural, style) }
        let narrow = grid.columns.indices.map { max(grid.longestWord($0), grid.cellWidth($0)) }
        if total(narrow) <= width { return grid.draw(narrow, style) }
        if mayTranspose, keys == 1 {
            let turned = transposed()
            let widths = turned.columns.indices.map { max(turned.longestWord($0), turned.cellWidth($0)) }
            if turned.total(widths) <= width { return turned.draw(widths, style) }
        }
        return grid.blocks(narrow, width: width).flatMap { block, widths in block.draw(widths, style) + [""] }
            .dropLast()
    }

    private func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

    private func cellWidth(_ index: Int) -> Int { lines.map { DisplayWidth.of($0.cells[index]) }.max() ?? 0 }

    private func longestWord(_ index: Int) -> Int {
        columns[index].title.split(separator: " ").map { DisplayWidth.of(String($0)) }.max() ?? 0
    }

    private func limitingKeys(to width: Int) -> TextGrid {
        var result = self
        for index in 0..<keys {
            for line in result.lines.indices {
                result.lines[line].cells[index] = DisplayWidth.truncated(result.lines[line].cells[index], to: width)
            }
        }
        for index in result.columns.indices {
            result.columns[index].title = DisplayWidth.truncated(result.columns[index].title, to: max(width, 24))
        }
        return result
    }

    /// The lines as columns: for tables with many numbers about a few groups.
    private func transposed() -> TextGrid {
        let names = lines.map { Column(title: $0.cells[0], isNumber: true) }
        var turned = TextGrid(columns: [Column(title: columns[0].title, isNumber: false)] + names, lines: [])
        for index in columns.indices.dropFirst() where !columns[index].isBar {
            turned.lines.append(Line(cells: [columns[index].title] + lines.map { $0.cells[index] }))
        }
        return turned
    }

    private func blocks(_ widths: [Int], width: Int) -> [(TextGrid, [Int])] {
        var result: [(TextGrid, [Int])] = []
        var chosen: [Int] = []
        let lead = Array(0..<keys)
        func close() {
            let places = lead + chosen
            var block = self
            block.columns = places.map { columns[$0] }
            block.lines = lines.map { line in
                Line(cells: places.map { line.cells[$0] }, isTotal: line.isTotal, isQuiet: line.isQuiet)
            }
            result.append((block, places.map { widths[$0] }))
            chosen = []
        }
        for index in columns.indices.dropFirst(keys) {
            if !chosen.isEmpty, total((lead + chosen + [index]).map { widths[$0] }) > width { close() }
            chosen.append(index)
        }
        close()
        return result
    }

    private func draw(_ widths: [Int], _ style: TerminalStyle) -> [String] {
        let headings = zip(columns, widths).map {
            DisplayWidth.of($0.title) <= $1 ? [$0.title] : DisplayWidth.wrapped($0.title, to: max(1, $1))
        }
        let height = headings.map(\.count).max() ?? 1
        var result: [String] = []
        for level in 0..<height {
            let cells = zip(headings, columns).map { lines, column in
                // Headings stand on the rule: short ones leave the upper lines empty.
                let place = level - (height - lines.count)
                return place >= 0 ? lines[place] : ""
            }
            result.append(style.quiet(joined(cells, widths)))
        }
        let rule = style.quiet(String(repeating: "─", count: total(widths)))
        result.append(rule)
        var wasTotal = false
        for line in lines {
            if line.isTotal, !wasTotal { result.append(rule) }
            wasTotal = line.isTotal
            if line.isTotal {
                result.append(style.strong(joined(line.cells, widths)))
            } else if line.isQuiet {
                result.append(style.quiet(joined(line.cells, widths)))
            } else {
                result.append(joined(line.cells, widths, bars: style))
            }
        }
        return result
    }

    private func joined(_ cells: [String], _ widths: [Int], bars: TerminalStyle? = nil) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { text += String(repeating: " ", count: gap) }
            let padded = DisplayWidth.padded(cell, to: widths[index], right: columns[index].isNumber)
            text += columns[index].isBar ? bars?.accent(padded) ?? padded : padded
        }
        return TextGrid.trimmingEnd(text)
    }

    static func trimmingEnd(_ text: String) -> String {
        var result = text
        while result.last == " " { result.removeLast() }
        return result
    }
}
