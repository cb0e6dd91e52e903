/// A course in the size of a word: a line without axes, its last whole value marked.
package enum SparklineDrawing {
    private static let width = 108.0
    private static let height = 26.0

    /// Nothing where no value is known. What touches an incomplete month is a broken line.
    package static func svg(_ course: [KPITile.Point]) -> Markup {
        var svg = Markup()
        let known = course.compactMap(\.value).filter(\.isFinite)
        guard let low = known.min(), let high = known.max(), let first = course.first, let last = course.last else {
            return svg
        }
        let step = (width - 6) / Double(max(1, course.count - 1))
        func place(_ index: Int, _ value: Double) -> String {
            let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
            return "\(coordinate(3 + step * Double(index))) \(coordinate(height - 3 - share * (height - 6)))"
        }
        var whole = ""
        var broken = ""
        var before: (index: Int, place: String)?
        var wholePen: Int?
        for (index, point) in course.enumerated() {
            guard let value = point.value, value.isFinite else {
                before = nil
                continue
            }
            let here = place(index, value)
            if let before {
                if point.isIncomplete || course[before.index].isIncomplete {
                    broken += "M\(before.place)L\(here)"
                } else {
                    if wholePen != before.index { whole += "M\(before.place)" }
                    whole += "L\(here)"
                    wholePen = index
                }
            }
            before = (index, here)
        }
        let finite = course.indices.filter { course[$0].value?.isFinite == true }
        let marked = finite.last { !course[$0].isIncomplete } ?? finite.last
        let box = "0 0 \(coordinate(width)) \(coordinate(height))"
        let label = "Course from \(first.label) to \(last.label)"
        svg.element("svg", ["class": "spark", "viewBox": box, "role": "img", "aria-label": label]) { svg in
            if !whole.isEmpty { svg.element("path", ["class": "line s0", "d": whole]) }
            if !broken.isEmpty { svg.element("path", ["class": "line s0 part", "d": broken]) }
            if let marked, let value = course[marked].value {
                let parts = place(marked, value).split(separator: " ").map { String($0) }
                svg.element("circle", ["class": "dot s0", "cx": parts.first, "cy": parts.last, "r": "2.2"])
            }
        }
        return svg
    }
}
