/// Bars and lines.
extension ChartDrawing {
    func bars(_ svg: inout Markup) {
        guard let series = chart.series.first else { return }
        let zero = y(0)
        let thickness = slot > 4 ? slot * 0.72 : slot * 0.95
        let isLabelled = chart.categories.count <= 12
        let widest = textWidth(series)
        for (index, category) in chart.categories.enumerated() {
            guard let value = series.values[index], value.isFinite else { continue }
            let top = min(zero, y(value))
            let height = max(abs(y(value) - zero), value == 0 ? 0 : 0.7)
            let place: KeyValuePairs<StaticString, String?> = [
                "class": category.isIncomplete ? "open" : "bar", "x": coordinate(x(index) - thickness / 2),
                "y": coordinate(top), "width": coordinate(thickness), "height": coordinate(height),
                "fill": category.isIncomplete ? hatchReference : nil,
            ]
            svg.element("rect", place) { rect in
                let tail = category.isIncomplete ? " (incomplete)" : ""
                rect.element("title", text: "\(category.label): \(series.labels[index])\(tail)")
            }
            if isLabelled, widest + 3 <= slot {
                svg.element(
                    "text",
                    [
                        "class": "mid value", "x": coordinate(x(index)),
                        "y": coordinate(value < 0 ? y(value) + 11 : y(value) - 4),
                    ], text: axis.short(value))
            }
        }
    }

    private func textWidth(_ series: Chart.Series) -> Double {
        ChartDrawing.textWidth(series.values.map { $0.map(axis.short) ?? "" })
    }

    func lines(_ svg: inout Markup) {
        for (index, category) in chart.categories.enumerated() where category.isIncomplete {
            svg.element(
                "rect",
                [
                    "class": "band", "x": coordinate(x(index) - slot / 2), "y": coordinate(top),
                    "width": coordinate(slot), "height": coordinate(bottom - top), "fill": hatchReference,
                ])
        }
        for (number, series) in chart.series.enumerated() {
            let shade = "s\(min(number, 3))"
            path(series, isPart: false, shade, &svg)
            path(series, isPart: true, shade, &svg)
            points(series, shade, &svg)
        }
        endLabels(&svg)
    }

    /// One path of all the segments that are complete, or of those that touch an incomplete period.
    private func path(_ series: Chart.Series, isPart: Bool, _ shade: String, _ svg: inout Markup) {
        var commands = ""
        var previous: Int?
        var pen: Int?
        for index in chart.categories.indices {
            guard let value = series.values[index], value.isFinite else {
                previous = nil
                continue
            }
            if let before = previous, let start = series.values[before] {
                let touchesPart = chart.categories[before].isIncomplete || chart.categories[index].isIncomplete
                if touchesPart == isPart {
                    if pen != before { commands += "M\(coordinate(x(before))) \(coordinate(y(start)))" }
                    commands += "L\(coordinate(x(index))) \(coordinate(y(value)))"
                    pen = index
                }
            }
            previous = index
        }
        if !commands.isEmpty { svg.element("path", ["class": "line \(shade)\(isPart ? " part" : "")", "d": commands]) }
    }

    /// Every point can be asked for its number; a point without neighbours and the last whole one, whose value stands at
    /// the end, are seen.
    private func points(_ series: Chart.Series, _ shade: String, _ svg: inout Markup) {
        func value(_ index: Int) -> Double? {
            guard series.values.indices.contains(index), let value = series.values[index] else { return nil }
            return value.isFinite ? value : nil
        }
        let known = series.values.indices.filter { value($0) != nil }
        let last = known.last { !chart.categories[$0].isIncomplete } ?? known.last
        for index in chart.categories.indices {
            guard let height = value(index) else { continue }
            let isSeen = index == last || (value(index - 1) == nil && value(index + 1) == nil)
            let tail = chart.categories[index].isIncomplete ? " (incomplete)" : ""
            svg.element(
                "circle",
                [
                    "class": isSeen ? "dot \(shade)" : "hit", "cx": coordinate(x(index)), "cy": coordinate(y(height)),
                    "r": isSeen ? "2.5" : "5",
                ]
            ) { circle in
                circle.element(
                    "title", text: "\(series.title), \(chart.categories[index].label): \(series.labels[index])\(tail)")
            }
        }
    }

    /// Names at the lines' ends, moved apart where they would touch.
    private func endLabels(_ svg: inout Markup) {
        let height = 12.0
        var ends: [(place: Double, lines: [String], shade: String)] = []
        for (number, series) in chart.series.enumerated() {
            guard let last = ChartDrawing.lastValue(series, of: chart) else { continue }
            ends.append((y(last), ChartDrawing.endLabel(series, of: chart, axis), "s\(min(number, 3))"))
        }
        ends.sort { $0.place < $1.place }
        /// Half of two neighbours' lines each.
        func distance(_ index: Int) -> Double {
            height * Double(ends[index - 1].lines.count + ends[index].lines.count) / 2
        }
        for index in ends.indices.dropFirst() {
            ends[index].place = max(ends[index].place, ends[index - 1].place + distance(index))
        }
        if let lowest = ends.last?.place, lowest > bottom {
            var limit = bottom
            for index in ends.indices.reversed() {
                ends[index].place = min(ends[index].place, limit)
                if index > 0 { limit = ends[index].place - distance(index) }
            }
        }
        for end in ends {
            let first = end.place - height * Double(end.lines.count - 1) / 2
            for (number, line) in end.lines.enumerated() {
                let place = coordinate(first + height * Double(number) + 3.5)
                svg.element(
                    "text", ["class": "name \(end.shade)", "x": coordinate(right + 3), "y": place], text: line)
            }
        }
    }
}
