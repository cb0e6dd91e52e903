/// Bars and sparklines out of block characters, for terminals.
package enum BlockBars {
    private static let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let widths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// One character a value, from the least (`▁`) to the greatest (`█`); a gap is blank. Equal values stand in the
    /// middle.
    package static func sparkline(_ values: [Double?]) -> String {
        let known = values.compactMap { $0 }.filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return "" }
        return values.map { value in
            guard let value, value.isFinite else { return " " }
            guard high > low else { return heights[3] }
            // Halves before the difference is taken: the span of two extreme numbers would be infinite.
            let place = (value / 2 - low / 2) / (high / 2 - low / 2)
            return heights[min(7, max(0, Int((place * 7).rounded())))]
        }.joined()
    }

    /// A bar of at most `width` columns in steps of an eighth; `greatest` fills it. Negative values are shaded (`░`),
    /// by their size. Null and 0 are empty, anything else shows at least an eighth.
    package static func bar(_ value: Double?, greatest: Double, width: Int) -> String {
        guard let value, value.isFinite, value != 0, greatest > 0, greatest.isFinite else { return "" }
        let share = min(1, abs(value) / greatest)
        let eighths = max(1, Int((share * Double(width * 8)).rounded()))
        if value < 0 { return String(repeating: "░", count: max(1, (eighths + 4) / 8)) }
        return String(repeating: "█", count: eighths / 8) + widths[eighths % 8]
    }
}
