import Quantities
package import Queries

/// How a number moved from the previous window to this one.
package struct Change: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable {
        case up, down, same
    }

    package var direction: Direction
    /// With its sign: `+4.2%`, `-1.3 pp`, `0.0%`; from tenfold on the factor, `×28`.
    package var text: String

    /// Relative to the size of the previous value, in per cent; ratios differ in percentage points (`pp`), because
    /// per cent of per cent are misread, and so are per cent by the thousand: those are a factor. Nil where one of them is null, or the previous one is 0 and no ratio.
    package init?(from previous: Value?, to current: Value?, type: ValueType) {
        guard let before = previous?.double, let now = current?.double, before.isFinite, now.isFinite else {
            return nil
        }
        let number: String
        let unit: String
        if type == .ratio {
            number = Change.points(previous, current) ?? NumberFormatting.number(.real((now - before) * 100), digits: 1)
            unit = " pp"
        } else {
            guard before != 0 else { return nil }
            if before > 0, now / before >= 10 {
                direction = .up
                let factor = now / before
                text = "×" + NumberFormatting.number(.real(factor), digits: factor < 100 ? 1 : 0)
                return
            }
            number = NumberFormatting.number(.real((now - before) / abs(before) * 100), digits: 1)
            unit = "%"
        }
        if number == "0.0" {
            direction = .same
            text = number + unit
        } else if number.hasPrefix("-") {
            direction = .down
            text = number + unit
        } else {
            direction = .up
            text = "+" + number + unit
        }
    }

    /// The difference of the decimal numbers that the exports show, so that a half rounds as a reader would round it; nil
    /// where 128 bits do not hold them.
    private static func points(_ previous: Value?, _ current: Value?) -> String? {
        guard let before = previous.flatMap(NumberFormatting.decimal),
            let now = current.flatMap(NumberFormatting.decimal)
        else { return nil }
        let scale = max(before.scale, now.scale)
        guard let a = now.rescaled(to: scale), let b = before.rescaled(to: scale) else { return nil }
        let (units, overflow) = a.units.subtractingReportingOverflow(b.units)
        if overflow { return nil }
        let percent = NumberFormatting.percent(.exact(ExactDecimal(units: units, scale: scale)), digits: 1)
        return String(percent.dropLast())
    }

    /// `▲`, `▼`, `=`
    package var arrow: String {
        switch direction {
        case .up: "▲"
        case .down: "▼"
        case .same: "="
        }
    }
}
