import Quantities

/// What was acknowledged together: lines, each with its line feed, behind a header of fixed length.
struct Frame: Equatable {
    /// Where its header begins.
    var start: Int
    var payload: [UInt8]

    var end: Int { start + Frame.headerSize + payload.count }

    /// `#`, 8 digits of the payload's size, a blank, 16 of its checksum, a line feed.
    static let headerSize = 27
    static let largest = 64 << 20

    /// Header and payload.
    var bytes: [UInt8] {
        let size = Frame.hexadecimal(UInt64(payload.count)).suffix(8)
        return [UInt8(ascii: "#")] + size + [UInt8(ascii: " ")]
            + Frame.hexadecimal(Frame.checksum(payload, at: start)) + [UInt8(ascii: "\n")] + payload
    }

    /// What is at a position of a file.
    enum Found: Equatable {
        case frame(Frame)
        /// The file ends here.
        case end
        /// It ends before the frame does.
        case incomplete
        /// Size or checksum are not those of what is there; `end` is where it would end, as far as that can be told.
        case wrong(end: Int?)
    }

    static func read(_ file: JournalFile, at start: Int, size: Int) throws -> Found {
        if start == size { return .end }
        let header = try file.read(at: start, count: min(headerSize, size - start))
        if header.count < headerSize { return isHeader(header) ? .incomplete : .wrong(end: nil) }
        guard isHeader(header), let count = number(header[1..<9]), let sum = number(header[10..<26]),
            count > 0, count <= largest
        else { return .wrong(end: nil) }
        let end = start + headerSize + Int(count)
        if end > size { return .incomplete }
        let payload = try file.read(at: start + headerSize, count: Int(count))
        guard payload.count == Int(count), payload.last == UInt8(ascii: "\n"), checksum(payload, at: start) == sum
        else {
            return .wrong(end: end)
        }
        return .frame(Frame(start: start, payload: payload))
    }

    /// What is there of a header has the signs where they belong.
    private static func isHeader(_ bytes: [UInt8]) -> Bool {
        bytes.enumerated().allSatisfy { index, byte in
            switch index {
            case 0: byte == UInt8(ascii: "#")
            case 9: byte == UInt8(ascii: " ")
            case 26: byte == UInt8(ascii: "\n")
            default: digit(byte) != nil
            }
        }
    }

    /// Of the payload and where it is, so that no frame is taken for one in another place.
    private static func checksum(_ payload: [UInt8], at start: Int) -> UInt64 {
        var stream = ChecksumStream()
        let place = hexadecimal(UInt64(start))
        unsafe place.withUnsafeBytes { unsafe stream.update($0) }
        unsafe payload.withUnsafeBytes { unsafe stream.update($0) }
        return stream.value
    }

    private static func hexadecimal(_ value: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<16).reversed().map { digits[Int(value >> (4 * $0) & 15)] }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        bytes.reduce(UInt64?(0)) { value, byte in
            guard let value, let digit = digit(byte) else { return nil }
            return value << 4 | UInt64(digit)
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
