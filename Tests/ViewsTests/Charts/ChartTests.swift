import Queries
import Testing
import Views

@Suite struct ChartTests {
    @Test(
        arguments: [
            [], [0], [5], [-5], [3, 3, 3], [0, 0], [-3, 4], [-9, -2], [1e-9, 2e-9], [1e15, 3e15], [.nan, 1],
            [.infinity, 2],
            [.nan], [1e299, -1e299], [0.1, 0.30000000000000004],
        ] as [[Double]])
    func scalesAreFiniteAndContainTheirValues(values: [Double]) {
        for fromZero in [true, false] {
            let scale = LinearScale(values, fromZero: fromZero)
            #expect(scale.lower.isFinite && scale.upper.isFinite && scale.upper > scale.lower)
            #expect(scale.ticks.count >= 2 && scale.ticks.count <= 12)
            #expect(scale.ticks == scale.ticks.sorted())
            if fromZero { #expect(scale.ticks.contains(0)) }
            for value in values where value.isFinite {
                #expect(scale.lower <= value && value <= scale.upper)
                #expect((0...1).contains(scale.fraction(value)))
            }
        }
    }

    @Test func ticksAreRound() {
        #expect(LinearScale([0, 87], fromZero: true).ticks == [0, 50, 100])
        #expect(LinearScale([0.1, 0.42], fromZero: true).ticks == [0, 0.2, 0.4, 0.6])
        #expect(LinearScale([446, 518], fromZero: false).ticks == [440, 460, 480, 500, 520])
        #expect(LinearScale([-300, 1200], fromZero: true).ticks == [-500, 0, 500, 1000, 1500])
    }

    @Test func axisLabels() {
        func labels(_ values: [Double], _ type: ValueType) -> [String] {
            AxisLabels(type: type, currency: "GBP").labels(of: LinearScale(values, fromZero: true))
        }
        #expect(labels([0, 1_200_000], .money) == ["£0", "£0.5M", "£1.0M", "£1.5M"])
        #expect(labels([-30_000, 90_000], .money) == ["-£50k", "£0", "£50k", "£100k"])
        #expect(labels([0.42], .ratio) == ["0%", "20%", "40%", "60%"])
        #expect(labels([0.004], .ratio) == ["0%", "0.1%", "0.2%", "0.3%", "0.4%"])
        #expect(labels([900], .count) == ["0", "500", "1,000"])
        #expect(AxisLabels(type: .money, currency: "GBP").short(1_234_567) == "£1.2M")
        #expect(AxisLabels(type: .count, currency: "").short(1493) == "1,493")
    }

    private func chart(_ mark: Chart.Mark, _ values: [[Double?]], parts: Set<Int> = []) -> Chart {
        let count = values.map(\.count).max() ?? 0
        return Chart(
            id: "c", title: "T", description: "D", mark: mark,
            categories: (0..<count).map { .init(label: "c\($0)", short: "c\($0)", isIncomplete: parts.contains($0)) },
            series: values.enumerated().map { index, list in
                Chart.Series(title: "s\(index)", values: list, labels: list.map { $0.map { "\($0)" } ?? "–" })
            }, type: .number, currency: "GBP")
    }

    @Test(
        arguments: [
            [], [[]], [[nil]], [[1]], [[0, 0]], [[2, 2, 2]], [[-1, nil, 3]], [[nil, 1, nil]], [[1e15, -1e15]],
            [[.nan, 1]],
            [[1, 2], [3, 4], [5, nil], [6, 7]],
        ] as [[[Double?]]])
    func drawingsHaveNoNaN(values: [[Double?]]) {
        for mark in [Chart.Mark.bar, .line] {
            let drawn = chart(mark, values, parts: [0])
            let text = ChartDrawing(drawn).svg().text
            let place = text.split(separator: "<title").first.map { String($0) } ?? ""
            #expect(place.hasPrefix("<svg"))
            for word in ["nan", "inf", "NaN"] { #expect(!attributes(of: text).contains { $0.contains(word) }) }
            #expect(text == ChartDrawing(drawn).svg().text)
        }
    }

    private func attributes(of markup: String) -> [String] {
        MarkupReader.read(markup).flatMap { token -> [String] in
            guard case .open(_, let attributes) = token else { return [] }
            return attributes.map(\.1)
        }
    }

    private func elements(_ name: String, of chart: Chart) -> [[String: String]] {
        MarkupReader.read(ChartDrawing(chart).svg().text).compactMap { token in
            guard case .open(name, let attributes) = token else { return nil }
            return Dictionary(attributes) { first, _ in first }
        }
    }

    @Test func negativeBarsHangFromZero() throws {
        let bars = elements("rect", of: chart(.bar, [[10, -10]]))
        try #require(bars.count == 2)
        let up = try #require(Double(bars[0]["y"] ?? "")) + (Double(bars[0]["height"] ?? "") ?? 0)
        let down = try #require(Double(bars[1]["y"] ?? ""))
        #expect(abs(up - down) < 0.2)
    }

    @Test func nullsAreGaps() throws {
        let paths = elements("path", of: chart(.line, [[1, 2, nil, 3, 4, 5]]))
        try #require(paths.count == 1)
        #expect((paths[0]["d"] ?? "").filter { $0 == "M" }.count == 2)
        #expect(elements("rect", of: chart(.bar, [[1, nil, 2]])).count == 2)
    }

    @Test func incompletePeriodsAreHatched() {
        let bars = elements("rect", of: chart(.bar, [[1, 2]], parts: [1]))
        #expect(bars.map { $0["fill"] } == [nil, "url(#c-hatch)"])
        let lines = elements("path", of: chart(.line, [[1, 2, 3]], parts: [2]))
        #expect(lines.map { $0["class"] } == ["line s0", "line s0 part"])
    }

    @Test func columnsShareAChartByTypeAndSize() {
        let titles = { (report: ReportResult) in ChartPlan.charts(of: report.table, prefix: "p").map(\.title) }
        #expect(
            titles(SampleDashboard.revenue) == ["Revenue", "Purchases", "Average purchase value", "Purchase frequency"])
        #expect(titles(SampleDashboard.buyers) == ["New buyers, Existing buyers, Buyers"])
        let marks = ChartPlan.charts(of: SampleDashboard.revenue.table, prefix: "p").map(\.mark)
        #expect(marks == [.bar, .bar, .line, .line])
        #expect(ChartPlan.charts(of: SmallDashboard.empty.table, prefix: "p").isEmpty)
    }

    @Test func sparklines() {
        func svg(_ values: [Double?], parts: Set<Int> = []) -> String {
            let course = values.enumerated().map {
                KPITile.Point(label: "m\($0)", value: $1, isIncomplete: parts.contains($0))
            }
            return SparklineDrawing.svg(course).text
        }
        #expect(svg([]).isEmpty && svg([nil, .nan]).isEmpty)
        for values in [[1], [2, 2], [nil, 1, nil, 3], [-1e300, 1e300]] as [[Double?]] {
            let text = svg(values, parts: [values.count - 1])
            #expect(text.contains("<circle") && !text.contains("nan") && !text.contains("inf"))
        }
        // The last whole month is marked; what touches the others is broken.
        let both = svg([1, 2, 3, 4], parts: [0, 3])
        #expect(both.contains("class=\"line s0\" d=\"M37 16.3L71 9.7\""))
        #expect(both.contains("class=\"line s0 part\" d=\"M3 23L37 16.3M71 9.7L105 3\""))
        #expect(both.contains("cx=\"71\""))
    }

    @Test func aSliverOfAPeriodWithNothingInItIsNotDrawn() {
        var table = SmallDashboard.trend.table
        table.rows[0] = row([month(672)], [exact("0"), nil], part: true)
        #expect(ChartPlan.charts(of: table, prefix: "p").first?.categories.map(\.label) == ["2026-02", "2026-03"])
        table.rows[0].values[0] = exact("1")
        #expect(ChartPlan.charts(of: table, prefix: "p").first?.categories.count == 3)
    }

    @Test func aYearOfOneMonthGivesWayToTheNext() {
        var drawn = chart(.bar, [[1, 2, 3]])
        drawn.categories = [("Dec", "2025"), ("Jan", "2026"), ("Feb", "2026")].map {
            .init(label: $0.0, short: $0.0, group: $0.1)
        }
        let texts = MarkupReader.read(ChartDrawing(drawn, width: 90).svg().text).compactMap { token in
            if case .text(let text) = token { text } else { nil }
        }
        #expect(texts.contains("2026") && !texts.contains("2025"))
    }
}
