/// A source line as a terminal shows it, with the columns that a span takes there: tabs are four blanks, wide
/// characters two columns, combining marks none. Long lines are cut around the span.
struct LineExcerpt {
    private(set) var text = ""
    /// Terminal columns before the span.
    private(set) var markColumn = 0
    /// Terminal columns of the span, at least 1.
    private(set) var markWidth = 0

    private static let limit = 160

    /// - Parameters:
    ///   - start: of the span, in scalars.
    ///   - end: of the span, exclusive.
    init(_ scalars: [Unicode.Scalar], start: Int, end: Int) {
        var first = 0
        var last = scalars.count
        if scalars.count > LineExcerpt.limit {
            first = max(0, min(start - 60, scalars.count - LineExcerpt.limit))
            last = min(scalars.count, first + LineExcerpt.limit)
        }
        var view = String.UnicodeScalarView()
        if first > 0 {
            view.append("…")
            markColumn += 1
        }
        for index in first..<last {
            let (shown, width) = LineExcerpt.shown(scalars[index])
            view.append(contentsOf: shown.unicodeScalars)
            if index < start { markColumn += width } else if index < end { markWidth += width }
        }
        if last < scalars.count { view.append("…") }
        text = String(view)
        markWidth = max(markWidth, 1)
    }

    private static func shown(_ scalar: Unicode.Scalar) -> (text: String, width: Int) {
        switch scalar {
        case "\t": return ("    ", 4)
        case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{200E}"..."\u{200F}", "\u{2028}"..."\u{202E}",
            "\u{2066}"..."\u{2069}":
            return ("\u{FFFD}", 1)
        default: return (String(scalar), width(scalar))
        }
    }

    /// Columns of a terminal: the ranges of East Asian Width W and F, roughly (Unicode TR 11), and combining marks.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
