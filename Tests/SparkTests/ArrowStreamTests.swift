import Foundation
import SparkConnect
import Testing

/// Rows from a server are read as they are, and bytes that are none end in an error.
@Suite struct ArrowStreamTests {
    /// Two batches of `name: utf8, big: large_utf8`, as pyarrow writes them.
    private static let texts = bytes(
        """
        ffffffff980000001000000000000a000c000600050008000a000000000104000c0000000800080000000400080000000400000002000000
        3c00000004000000dcffffff00000114100000001400000004000000000000000300000062696700c8ffffff100014000800060007000c00
        000010001000000000000105100000001c0000000400000000000000040000006e616d65000000000400040004000000ffffffffd8000000
        14000000000000000c0016000600050008000c000c0000000003040018000000600000000000000000000a0018000c00040008000a000000
        7c00000010000000040000000000000000000000060000000000000000000000010000000000000008000000000000001400000000000000
        2000000000000000030000000000000028000000000000000100000000000000300000000000000028000000000000005800000000000000
        0500000000000000000000000200000004000000000000000100000000000000040000000000000001000000000000000b00000000000000
        00000000010000000300000003000000030000000000000061c3bc00000000000d0000000000000000000000000000000300000000000000
        030000000000000004000000000000000500000000000000787878797a000000ffffffffd800000014000000000000000c00160006000500
        08000c000c0000000003040018000000280000000000000000000a0018000c00040008000a0000007c000000100000000100000000000000
        0000000006000000000000000000000000000000000000000000000000000000080000000000000008000000000000000300000000000000
        1000000000000000000000000000000010000000000000001000000000000000200000000000000005000000000000000000000002000000
        0100000000000000000000000000000001000000000000000000000000000000000000000100000061c3bc00000000000000000000000000
        0300000000000000787878797a000000ffffffff00000000
        """)
    /// One batch of `n: int64`.
    private static let numbers = bytes(
        """
        ffffffff780000001000000000000a000c000600050008000a000000000104000c0000000800080000000400080000000400000001000000
        14000000100014000800060007000c00000010001000000000000102100000001c0000000400000000000000010000006e00000008000c00
        08000700080000000000000140000000ffffffff8800000014000000000000000c0016000600050008000c000c0000000003040018000000
        100000000000000000000a0018000c00040008000a0000003c00000010000000020000000000000000000000020000000000000000000000
        0000000000000000000000000000000010000000000000000000000001000000020000000000000000000000000000000100000000000000
        0200000000000000ffffffff00000000
        """)

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    @Test func textsAndNulls() throws {
        let stream = try ArrowStream(ArrowStreamTests.texts[...])
        #expect(stream.columns.map(\.name) == ["name", "big"])
        #expect(stream.rows == [["a", "xxx"], ["ü", nil], [nil, "y"], ["", "z"], ["a", "xxx"]])
    }

    @Test func otherTypesAreRefused() {
        #expect(throws: ArrowStream.Malformed.self) { try ArrowStream(ArrowStreamTests.numbers[...]) }
    }

    /// Cut anywhere, and with any byte changed: an answer or an error, and nothing outside of the bytes is read.
    @Test func damagedBytes() {
        let bytes = ArrowStreamTests.texts
        var (read, refused) = (0, 0)
        func tried(_ bytes: [UInt8]) {
            do {
                _ = try ArrowStream(bytes[...])
                read += 1
            } catch { refused += 1 }
        }
        for length in 0..<bytes.count { tried(Array(bytes[..<length])) }
        for place in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[place] = value
                tried(changed)
            }
        }
        #expect(read > 100 && refused > 1_000, "\(read) read, \(refused) refused")
    }

    @Test func messagesOfTheProtocol() throws {
        var writer = ProtobufWriter()
        writer.string(1, "ü")
        writer.integer(300, -1)
        writer.message(2) { $0.bytes(3, [0, 255]) }
        var found: [Int] = []
        try ProtobufReader.fields(writer.bytes[...]) { field, _ in found.append(field) }
        #expect(found == [1, 300, 2])
        for length in 1..<writer.bytes.count {
            _ = try? ProtobufReader.fields(writer.bytes[..<length]) { _, _ in }
        }
        #expect(throws: ProtobufReader.Malformed.self) { try ProtobufReader.fields([0x0A, 0x7F]) { _, _ in } }
        #expect(throws: ProtobufReader.Malformed.self) {
            try ProtobufReader.fields(ArraySlice(repeating: 0xFF, count: 12)) { _, _ in }
        }
    }
}
