import Queries

/// A chart as SVG. The same chart gives the same bytes; every coordinate is a finite number with one digit.
///
/// Colours come from the page's style sheet by class, so that a chart follows light and dark.
package struct ChartDrawing {
    let chart: Chart
    let scale: LinearScale
    let axis: AxisLabels
    let tickLabels: [String]
    /// The drawing's and the plot's edges, in user units that are about a pixel.
    let width: Double
    let left: Double
    let right: Double
    let top = 14.0
    let bottom = 146.0

    /// `width` is what the drawing is laid out for: shown wider or narrower, its letters grow or shrink with it.
    package init(_ chart: Chart, width: Double = 380) {
        self.chart = chart
        self.width = width
        let values = chart.series.flatMap { $0.values.compactMap { $0 } }
        scale = LinearScale(values, fromZero: chart.mark == .bar)
        let axis = AxisLabels(type: chart.type, currency: chart.currency)
        self.axis = axis
        tickLabels = axis.labels(of: scale)
        left = 10 + ChartDrawing.textWidth(tickLabels)
        let ends = chart.mark == .line ? chart.series.flatMap { ChartDrawing.endLabel($0, of: chart, axis) } : []
        right = width - (ends.isEmpty ? 6 : 12 + ChartDrawing.textWidth(ends))
    }

    package func svg() -> Markup {
        var svg = Markup()
        let box = "0 0 \(coordinate(width)) \(coordinate(height))"
        svg.element(
            "svg",
            [
                "class": "chart", "viewBox": box, "role": "img",
                "aria-labelledby": "\(chart.id)-title \(chart.id)-desc",
            ]
        ) { svg in
            svg.element("title", ["id": "\(chart.id)-title"], text: chart.title)
            svg.element("desc", ["id": "\(chart.id)-desc"], text: chart.description)
            if chart.categories.contains(where: \.isIncomplete) { hatching(&svg) }
            grid(&svg)
            categories(&svg)
            switch chart.mark {
            case .bar: bars(&svg)
            case .line: lines(&svg)
            }
        }
        return svg
    }

    private var shortLabels: [String] {
        let room = max(slot * 1.6, 60)
        return chart.categories.map { ChartDrawing.cut($0.short, to: room) }
    }

    /// Every how many categories a label has room.
    private var labelStride: Int {
        max(1, Int(((ChartDrawing.textWidth(shortLabels) + 6) / slot).rounded(.up)))
    }

    private var isStaggered: Bool { labelStride == 2 && chart.categories.allSatisfy(\.group.isEmpty) }

    /// With room for one or two lines of labels under the axis.
    private var height: Double {
        bottom + (isStaggered || chart.categories.contains { !$0.group.isEmpty } ? 34 : 20)
    }

    /// The width of one category's place.
    var slot: Double { (right - left) / Double(max(1, chart.categories.count)) }

    func x(_ index: Int) -> Double { left + slot * (Double(index) + 0.5) }

    func y(_ value: Double) -> Double { bottom - scale.fraction(value) * (bottom - top) }

    var hatchReference: String { "url(#\(chart.id)-hatch)" }

    private func hatching(_ svg: inout Markup) {
        svg.element("defs") { svg in
            svg.element(
                "pattern",
                [
                    "id": "\(chart.id)-hatch", "width": "5", "height": "5", "patternUnits": "userSpaceOnUse",
                    "patternTransform": "rotate(45)",
                ]
            ) { $0.element("line", ["class": "hatch", "x1": "0", "y1": "0", "x2": "0", "y2": "5"]) }
        }
    }

    private func grid(_ svg: inout Markup) {
        for (tick, label) in zip(scale.ticks, tickLabels) {
            let height = coordinate(y(tick))
            svg.element(
                "line",
                [
                    "class": tick == 0 ? "zero" : "grid", "x1": coordinate(left), "x2": coordinate(right), "y1": height,
                    "y2": height,
                ])
            svg.element(
                "text", ["class": "end", "x": coordinate(left - 5), "y": coordinate(y(tick) + 3.5)], text: label)
        }
    }

    /// Labels under the axis, as many as have room, and below them what neighbours have in common.
    private func categories(_ svg: inout Markup) {
        let shorts = shortLabels
        // Categories that do not follow each other need every label: on two lines where one is too short.
        let every = isStaggered ? 1 : labelStride
        // The first label of a new group (January) is among those that are shown.
        let change = chart.categories.indices.dropFirst().first { index in
            !chart.categories[index].group.utf8.elementsEqual(chart.categories[index - 1].group.utf8)
        }
        let offset = (change ?? 0) % every
        for index in chart.categories.indices where index % every == offset {
            let lowered = isStaggered && index % 2 == 1
            // At the edges labels are wider than their place.
            let half = ChartDrawing.textWidth([shorts[index]]) / 2
            svg.element(
                "text",
                [
                    "class": "mid", "x": coordinate(min(x(index), width - half)),
                    "y": coordinate(bottom + (lowered ? 27 : 14)),
                ],
                text: shorts[index])
        }
        groups(&svg)
    }

    /// What neighbours have in common, once where it begins. One that has no room before the next gives way to it: the
    /// year of a single December.
    private func groups(_ svg: inout Markup) {
        let starts = chart.categories.indices.filter { index in
            index == 0
                || !chart.categories[index].group.utf8.elementsEqual(chart.categories[index - 1].group.utf8)
        }
        var end = Double.infinity
        for index in starts.reversed() where !chart.categories[index].group.isEmpty {
            let half = ChartDrawing.textWidth([chart.categories[index].group]) / 2
            guard x(index) + half + 4 <= end else { continue }
            end = x(index) - half
            svg.element(
                "text", ["class": "mid", "x": coordinate(x(index)), "y": coordinate(bottom + 27)],
                text: chart.categories[index].group)
        }
    }

    /// What stands at the end of a line: its name where there are several, its last value where it is alone.
    /// On two lines at most.
    static func endLabel(_ series: Chart.Series, of chart: Chart, _ axis: AxisLabels) -> [String] {
        guard chart.series.count > 1 else { return lastValue(series, of: chart).map { [axis.short($0)] } ?? [] }
        let lines = DisplayWidth.wrapped(series.title, to: 16)
        let second = lines.dropFirst().joined(separator: " ")
        return ([lines[0]] + (second.isEmpty ? [] : [second])).map { DisplayWidth.truncated($0, to: 16) }
    }

    /// The last value of a period that is over, where there is one: an incomplete one says little about the line.
    static func lastValue(_ series: Chart.Series, of chart: Chart) -> Double? {
        let known = series.values.indices.filter { series.values[$0]?.isFinite == true }
        let last = known.last { !chart.categories[$0].isIncomplete } ?? known.last
        return last.flatMap { series.values[$0] }
    }

    /// About the width of the widest text, at the charts' size of letters.
    static func textWidth(_ texts: [String]) -> Double {
        Double(texts.map(DisplayWidth.of).max() ?? 0) * 5.9
    }

    static func cut(_ text: String, to width: Double) -> String {
        DisplayWidth.truncated(DisplayWidth.printable(text), to: max(1, Int(width / 5.9)))
    }
}

/// A number for SVG, rounded to one digit; 0 for what is not finite.
func coordinate(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
}
