/// The codes of a text column in stored order, and its texts, numbered anew so that they count up in the order of the
/// rows that have them first. Texts that no row has, such as overwritten properties, are dropped.
///
/// Where each row has a text of its own, such as a purchase key, the codes then are the numbers of the rows, which pack
/// into nothing. It also makes the files independent of the order in which texts were seen.
struct TextNumbering {
    let codes: [UInt32]
    let texts: TextContent
    /// By new code - 1: the code before.
    let oldCodes: [UInt32]

    /// - Parameters:
    ///   - codes: changed in place where nobody else has them.
    ///   - areUnique: no two rows have the same text.
    init(_ codes: consuming [UInt32], _ texts: TextContent, areUnique: Bool) {
        if texts.count == 0 {
            // The column has no value; its codes are shared with others of the kind.
            (self.codes, self.texts, oldCodes) = (codes, texts, [])
            return
        }
        if areUnique {
            (self.codes, oldCodes) = TextNumbering.numbered(codes)
        } else {
            oldCodes = TextNumbering.number(&codes, textCount: texts.count)
            self.codes = codes
        }
        let isSame = oldCodes.count == texts.count && oldCodes.enumerated().allSatisfy { $0 + 1 == Int($1) }
        self.texts = isSame ? texts : texts.ordered(by: oldCodes)
    }

    /// Codes of which none is there twice.
    private static func numbered(_ codes: [UInt32]) -> (codes: [UInt32], oldCodes: [UInt32]) {
        var last: UInt32 = 0
        let new = unsafe [UInt32](filling: codes.count) { new in
            for (row, code) in codes.enumerated() {
                if code != 0 { last += 1 }
                unsafe new[row] = code == 0 ? 0 : last
            }
        }
        return (new, Int(last) == codes.count ? codes : codes.filter { $0 != 0 })
    }

    /// - Returns: the old codes.
    private static func number(_ codes: inout [UInt32], textCount: Int) -> [UInt32] {
        var oldCodes: [UInt32] = []
        var newCodes = [UInt32](repeating: 0, count: textCount + 1)
        var numbers = newCodes.mutableSpan
        var span = codes.mutableSpan
        for row in span.indices {
            let code = span[row]
            var number = numbers[Int(code)]
            if number == 0, code != 0 {
                oldCodes.append(code)
                number = UInt32(oldCodes.count)
                numbers[Int(code)] = number
            }
            span[row] = number
        }
        return oldCodes
    }
}
