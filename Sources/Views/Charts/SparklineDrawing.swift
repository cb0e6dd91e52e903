/// A course in the size of a word: a line without axes, its last point marked.
package enum SparklineDrawing {
    private static let width = 108.0
    private static let height = 26.0

    /// Nothing where no value is known. `label` says what is drawn, for those who do not see it. An incomplete last
    /// value is reached by a broken line and has an open dot.
    package static func svg(_ values: [Double?], endsIncomplete: Bool = false, label: String) -> Markup {
        var svg = Markup()
        let known = values.compactMap { $0 }.filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return svg }
        let step = (width - 6) / Double(max(1, values.count - 1))
        func place(_ index: Int, _ value: Double) -> (x: String, y: String) {
            let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
            return (coordinate(3 + step * Double(index)), coordinate(height - 3 - share * (height - 6)))
        }
        var commands = ""
        var broken = ""
        var isDown = false
        var last: (x: String, y: String)?
        for (index, value) in values.enumerated() {
            guard let value, value.isFinite else {
                isDown = false
                continue
            }
            let point = place(index, value)
            if endsIncomplete, index == values.count - 1, let last, isDown {
                broken = "M\(last.x) \(last.y)L\(point.x) \(point.y)"
            } else {
                commands += "\(isDown ? "L" : "M")\(point.x) \(point.y)"
            }
            isDown = true
            last = point
        }
        let box = "0 0 \(coordinate(width)) \(coordinate(height))"
        svg.element("svg", ["class": "spark", "viewBox": box, "role": "img", "aria-label": label]) { svg in
            svg.element("path", ["class": "line s0", "d": commands])
            if !broken.isEmpty { svg.element("path", ["class": "line s0 part", "d": broken]) }
            let mark = endsIncomplete && values.last.flatMap { $0 } != nil ? "dot s0 part" : "dot s0"
            if let last { svg.element("circle", ["class": mark, "cx": last.x, "cy": last.y, "r": "2.2"]) }
        }
        return svg
    }
}
