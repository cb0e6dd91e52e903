/// An exact quotient of two integers; the denominator is above zero. `2/4` equals `1/2`.
struct Quotient: Comparable, Sendable {
    let numerator: Int128
    let denominator: Int64

    init(_ numerator: Int128, by denominator: Int64) {
        self.numerator = numerator
        self.denominator = denominator
    }

    static func == (left: Quotient, right: Quotient) -> Bool { !(left < right) && !(right < left) }

    static func < (left: Quotient, right: Quotient) -> Bool {
        if left.denominator == right.denominator { return left.numerator < right.numerator }
        // Twice as wide: whatever the amounts are, their products with a count have room.
        let a = left.numerator.multipliedFullWidth(by: Int128(right.denominator))
        let b = right.numerator.multipliedFullWidth(by: Int128(left.denominator))
        return (a.high, a.low) < (b.high, b.low)
    }
}
