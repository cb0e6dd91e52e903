/// The codes of a text column in stored order, and its texts, numbered anew so that they count up in the order of the
/// rows that have them first. Texts that no row has, such as overwritten properties, are dropped.
///
/// Where each row has a text of its own, such as a purchase key, the codes then are the numbers of the rows, which pack
/// into nothing. It also makes the files independent of the order in which texts were seen.
struct TextNumbering {
    private(set) var codes: [UInt32]
    private(set) var texts: TextContent
    /// By new code - 1: the code before.
    private(set) var oldCodes: [UInt32] = []

    init(_ codes: [UInt32], _ texts: TextContent) {
        self.codes = codes
        self.texts = texts
        var newCodes = [UInt32](repeating: 0, count: texts.count + 1)
        var isSame = true
        for row in codes.indices where codes[row] != 0 {
            let old = codes[row]
            if newCodes[Int(old)] == 0 {
                oldCodes.append(old)
                newCodes[Int(old)] = UInt32(oldCodes.count)
                if old != UInt32(oldCodes.count) { isSame = false }
            }
            self.codes[row] = newCodes[Int(old)]
        }
        if isSame, oldCodes.count == texts.count { return }
        var numbered = TextContent()
        numbered.offsets.reserveCapacity(oldCodes.count + 1)
        numbered.bytes.reserveCapacity(texts.bytes.count)
        for code in oldCodes { numbered.append(texts.text(Int(code) - 1)) }
        self.texts = numbered
    }
}
