import Quantities
package import Queries

extension EventStore {
    /// How many rows have a text, of an attribute of an event type or, without one, of a customer property: the profile knows
    /// the most frequent ones only.
    ///
    /// - Throws: `storeDamaged`.
    package func rows(of text: String, event: String?, attribute: String) throws -> Int {
        let column =
            if let event { try tables[event]?.column(attribute) } else { try customers.property(attribute) }
        guard case .text(let codes, let dictionary)? = column, let code = dictionary.code(of: Array(text.utf8)) else {
            return 0
        }
        var rows = 0
        unsafe codes.forEachBlock { rows += unsafe $0.count { $0 == code } }
        return rows
    }

    /// When an attribute of an event type was first and last seen, and between which numbers it lies. Reads the columns,
    /// which `profile()` does not.
    ///
    /// - Returns: nil where the data has no such attribute, or no row with a value.
    /// - Throws: `storeDamaged`.
    package func evidence(event: String, attribute: String) throws -> AttributeEvidence? {
        guard let table = tables[event], let column = try table.column(attribute) else { return nil }
        let timestamps = try table.timestamps
        var (first, last) = (Int64.max, Int64.min)
        var (least, greatest) = (Int64.max, Int64.min)
        var rows = 0
        let step = 1 << 16
        for start in stride(from: 0, to: table.rowCount, by: step) {
            let range = start..<min(table.rowCount, start + step)
            let times = timestamps.array(range)
            func see(_ row: Int) {
                rows += 1
                first = min(first, times[row])
                last = max(last, times[row])
            }
            switch column {
            case .text(let codes, _):
                for (row, code) in codes.array(range).enumerated() where code != 0 { see(row) }
            case .decimal(let words, _), .instant(let words):
                for (row, word) in words.array(range).enumerated() where word != missingWord {
                    see(row)
                    least = min(least, word)
                    greatest = max(greatest, word)
                }
            }
        }
        if rows == 0 { return nil }
        var evidence = AttributeEvidence(first: Instant(microseconds: first), last: Instant(microseconds: last))
        if case .decimal(_, let scale) = column {
            evidence.numbers = [least, greatest].map { ExactDecimal(units: Int128($0), scale: scale) }
        }
        return evidence
    }

    /// How many digits after the point every stored number of a column has room for, of an event type or, without one, of
    /// customers. Reads the column.
    ///
    /// - Parameter limit: the most that is asked for; the answer where there is no such column.
    /// - Throws: `storeDamaged`.
    package func digitsLeft(event: String?, attribute: String, upTo limit: Int) throws -> Int {
        let column =
            if let event { try tables[event]?.column(attribute) } else { try customers.property(attribute) }
        guard case .decimal(let words, let scale)? = column else { return limit }
        var largest: UInt64 = 0
        unsafe words.forEachBlock { block in
            for row in block.indices {
                let word = unsafe block[row]
                if word != missingWord { largest = max(largest, word.magnitude) }
            }
        }
        var digits = limit
        while digits > scale,
            Int128(largest) * ExactDecimal.power(digits - scale) > Int128(Int64.max)
        {
            digits -= 1
        }
        return digits
    }
}
