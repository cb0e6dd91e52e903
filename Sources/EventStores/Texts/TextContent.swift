/// Texts one after the other; text `i`, from 0 on, is `bytes[offsets[i] ..< offsets[i + 1]]`.
struct TextContent: Sendable {
    var offsets: [UInt64] = [0]
    var bytes: [UInt8] = []

    var count: Int { offsets.count - 1 }

    /// The text at a position, from 0 on.
    func text(_ position: Int) -> ArraySlice<UInt8> { bytes[Int(offsets[position])..<Int(offsets[position + 1])] }

    /// Appends some texts of others.
    mutating func append(_ other: TextContent, _ range: Range<Int>) {
        for position in range { append(other.text(position)) }
    }

    mutating func append(_ text: ArraySlice<UInt8>) {
        bytes += text
        offsets.append(UInt64(bytes.count))
    }
}
