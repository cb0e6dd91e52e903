import Diagnostics
package import Quantities

/// Reads numbers from the text of fields.
package enum NumberText {
    /// The number in `text`, blanks around it aside. Throws `RowProblem` without a place.
    package static func read(_ text: ArraySlice<UInt8>, decimalSeparator: UInt8) throws(RowProblem) -> ExactDecimal {
        let trimmed = trim(text)
        if let fast = readShort(trimmed, decimalSeparator) { return fast }
        // The decimal separator is this file's: a JSON or SQL number always has the point.
        if let value = ExactDecimal(utf8: trimmed, decimalSeparator: decimalSeparator) { return value }
        throw problem(trimmed, decimalSeparator)
    }

    /// Numbers of up to 18 digits without exponent, which are nearly all.
    static func readShort(_ text: ArraySlice<UInt8>, _ decimalSeparator: UInt8) -> ExactDecimal? {
        guard text.count <= 19 else { return nil }
        var units: Int64 = 0
        var digits = 0
        var scale = 0
        var seenSeparator = false
        var index = text.startIndex
        let end = text.endIndex
        let isNegative = index < end && text[index] == UInt8(ascii: "-")
        if isNegative || (index < end && text[index] == UInt8(ascii: "+")) { index += 1 }
        while index < end {
            let byte = text[index]
            index += 1
            if byte &- 48 < 10 {
                units = units &* 10 &+ Int64(byte &- 48)
                digits += 1
                if seenSeparator { scale += 1 }
            } else if byte == decimalSeparator, !seenSeparator {
                seenSeparator = true
            } else {
                return nil
            }
        }
        guard digits > 0, digits <= 18 else { return nil }
        return ExactDecimal(units: Int128(isNegative ? -units : units), scale: scale)
    }

    /// As `readShort`, where the text needs no more than 64 bits: units and scale. Nil where `read` must look at it.
    @inline(__always)
    static func readUnits(
        _ text: UnsafeBufferPointer<UInt8>, _ decimalSeparator: UInt8
    ) -> (units: Int64, scale: Int)? {
        guard text.count <= 19 else { return nil }
        var units: Int64 = 0
        var digits = 0
        var scale = 0
        var seenSeparator = false
        var index = 0
        let isNegative = unsafe text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        while index < text.count {
            let byte = unsafe text[index]
            index += 1
            if byte &- 48 < 10 {
                units = units &* 10 &+ Int64(byte &- 48)
                digits += 1
                if seenSeparator { scale += 1 }
            } else if byte == decimalSeparator, !seenSeparator {
                seenSeparator = true
            } else {
                return nil
            }
        }
        guard digits > 0, digits <= 18 else { return nil }
        return (isNegative ? -units : units, scale)
    }

    private static func problem(_ text: ArraySlice<UInt8>, _ decimalSeparator: UInt8) -> RowProblem {
        let separators = text.filter { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") }
        let known: Set<UInt8> = Set("0123456789.,+-eE '".utf8)
        var hints: [String] = []
        if text.contains(where: { !known.contains($0) }) {
            let words: Set<String> = ["nan", "inf", "infinity", "-inf", "-infinity", "na", "n/a", "null", "none"]
            if words.contains(String(decoding: text, as: UTF8.self).lowercased()) {
                hints = ["missing: [...] lists texts that mean no value"]
            } else if String(decoding: text, as: UTF8.self).unicodeScalars.contains(where: {
                $0.properties.generalCategory == .currencySymbol
            }) {
                hints = ["currency signs are not read: strip_prefix or strip_suffix removes them"]
            }
        } else if separators.contains(where: { $0 != decimalSeparator }) {
            let other = decimalSeparator == UInt8(ascii: ",") ? "." : ","
            hints = [
                "the decimal separator of this source is \(shown([decimalSeparator])); csv: {decimal: \"\(other)\"} changes it, "
                    + "thousands separators are not read"
            ]
        }
        return RowProblem(.importNumber, "\(shown(text)) is not a number", hints: hints)
    }
}

/// Without blanks and tabs at its ends.
package func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var start = text.startIndex
    var end = text.endIndex
    while start < end, text[start] == .blank || text[start] == .tab { start += 1 }
    while end > start, text[end - 1] == .blank || text[end - 1] == .tab { end -= 1 }
    return start == text.startIndex && end == text.endIndex ? text : text[start..<end]
}

/// Exact arithmetic that reports what does not fit instead of trapping.
extension ExactDecimal {
    /// Nil where the sum needs more than 128 bits.
    package func plus(_ other: ExactDecimal) -> ExactDecimal? {
        let wide = max(scale, other.scale)
        guard let a = rescaled(to: wide), let b = other.rescaled(to: wide) else { return nil }
        let (sum, overflow) = a.units.addingReportingOverflow(b.units)
        return overflow ? nil : ExactDecimal(units: sum, scale: wide)
    }

    /// Nil where the product needs more than 128 bits or 36 digits after the point.
    package func times(_ other: ExactDecimal) -> ExactDecimal? {
        let (product, overflow) = units.multipliedReportingOverflow(by: other.units)
        if !overflow, scale + other.scale <= 36 { return ExactDecimal(units: product, scale: scale + other.scale) }
        let (a, b) = (normalized, other.normalized)
        let (smaller, stillOverflows) = a.units.multipliedReportingOverflow(by: b.units)
        if stillOverflows { return nil }
        let result = ExactDecimal(units: smaller, scale: a.scale + b.scale)
        return result.scale <= 36 ? result : nil
    }

    /// Nil where the quotient has no end, or needs more than 128 bits or 36 digits after the point; also for
    /// division by zero.
    package func divided(by other: ExactDecimal) -> ExactDecimal? {
        let (a, b) = (normalized, other.normalized)
        guard b.units != 0 else { return nil }
        var numerator = a.units
        var scale = a.scale - b.scale
        while !numerator.isMultiple(of: b.units) {
            let (wider, overflow) = numerator.multipliedReportingOverflow(by: 10)
            if overflow || scale >= 36 { return nil }
            numerator = wider
            scale += 1
        }
        let (units, overflow) = numerator.dividedReportingOverflow(by: b.units)
        if overflow { return nil }
        let quotient = ExactDecimal(units: units, scale: max(scale, 0))
        if scale >= 0 { return quotient.normalized }
        return -scale <= 38 ? quotient.times(ExactDecimal(units: ExactDecimal.power(-scale), scale: 0)) : nil
    }
}
