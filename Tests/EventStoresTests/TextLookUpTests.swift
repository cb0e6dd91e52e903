import EventStores
import Foundation
import Testing

/// Texts get one code each, whatever they are kept as: a word, a long text, a number in a table of its own.
@Suite struct TextLookUpTests {
    /// Texts near to each other in each of the ways in which they are told apart.
    private static let near: [[UInt8]] = {
        let zeros = (0...9).map { [UInt8](repeating: 0, count: $0) }
        let endingInZeros = (0...9).map { [0x61] + [UInt8](repeating: 0, count: $0) }
        let digits = ["0", "00", "7", "07", "007", "70", "7 ", " 7", "+7", "7.0", "99999999", "100000000", "99999998"]
        let highBytes: [[UInt8]] = (UInt8(0xF6)...0xFF).flatMap { last in
            [
                [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, last], [last], [0x61, last],
                [UInt8](repeating: last, count: 9),
            ]
        }
        let long = ["abcdefgh", "abcdefghi", "abcdefghj", "bbcdefghi", "abcdefgh\u{0}"]
        return zeros + endingInZeros + (digits + long).map { Array($0.utf8) } + highBytes
    }()

    private func batch(_ texts: [[UInt8]]) -> BatchTexts {
        var (bytes, offsets, keys): ([UInt8], [UInt32], [UInt64]) = ([], [0], [])
        for text in texts {
            bytes += text
            offsets.append(UInt32(bytes.count))
            keys.append(unsafe text.withUnsafeBufferPointer { unsafe textKey($0) })
        }
        return BatchTexts(bytes: bytes, offsets: offsets, keys: keys)
    }

    /// Looks all texts up one by one and in batches, in turns, and reads them back.
    private func check(_ texts: [[UInt8]], batchSize: Int, _ comment: String) throws {
        let folder = try TemporaryFolder()
        var expected: [[UInt8]: Int] = [:]
        for text in texts where expected[text] == nil { expected[text] = expected.count }
        try folder.store.makeWriter().importing { builder in
            for start in stride(from: 0, to: texts.count, by: batchSize) {
                let some = Array(texts[start..<min(texts.count, start + batchSize)])
                if (start / batchSize).isMultiple(of: 2) {
                    for text in some { #expect(builder.customer(text) == expected[text], "\(comment): \(text)") }
                } else {
                    let isTaken = try builder.append(
                        EventBatch(customers: batch(some), tables: [], properties: nil))
                    #expect(isTaken)
                }
            }
            for text in texts { #expect(builder.customer(text) == expected[text], "\(comment): \(text)") }
        }
        let store = try #require(try folder.store.open())
        #expect(store.customers.count == expected.count)
        let ids = try store.customers.ids
        for (text, customer) in expected { #expect(ids.bytes(of: UInt32(customer + 1)) == text, "\(comment)") }
    }

    @Test func textsThatAreNearlyTheSame() throws {
        try check(TextLookUpTests.near + TextLookUpTests.near.reversed(), batchSize: 5, "near texts")
    }

    /// Dense numbers move from the hash table to the table of numbers while others stay where they are.
    @Test func numbersThatBecomeDense() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(state: seed)
        var texts: [[UInt8]] = TextLookUpTests.near
        for _ in 0..<6_000 {
            switch generator.next() % 8 {
            case 0: texts.append(Array("\(generator.next() % 1_000_000_000_000)".utf8))
            case 1: texts.append(Array("0\(generator.next() % 5_000)".utf8))
            case 2: texts.append(Array("order-\(generator.next() % 5_000)".utf8))
            case 3: texts.append(Array("\(texts.count)".utf8))
            default: texts.append(Array("\(generator.next() % 5_000)".utf8))
            }
        }
        try check(texts, batchSize: 700, "seed \(seed)")
    }
}
