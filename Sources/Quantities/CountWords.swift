/// A share in words, rounded to one digit: `12.3 %`; what is not nothing, and not all, is never shown as such.
package func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "0 %" }
    let tenths = (Int128(part) * 2_000 + Int128(whole)) / (2 * Int128(whole))
    if part > 0, tenths == 0 { return "< 0.1 %" }
    if part < whole, tenths == 1_000 { return "> 99.9 %" }
    return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
}

/// A count in words: `12,345`.
package func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var index = digits.count - 3
    while index > 0 {
        digits.insert(",", at: index)
        index -= 3
    }
    return String(digits)
}
