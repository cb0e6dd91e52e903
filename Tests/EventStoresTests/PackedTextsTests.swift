import Diagnostics
import EventStores
import Foundation
import Quantities
import Testing

/// Dictionaries of ids and other texts, written and read back.
@Suite struct PackedTextsTests {
    /// The customers' ids and their order are what the test gives; the bytes are those of their two files.
    private func stored(_ ids: [[UInt8]]) throws -> (ids: [[UInt8]], bytes: Int) {
        let folder = try TemporaryFolder()
        try folder.store.makeWriter().importing { builder in
            for id in ids { _ = builder.customer(id) }
        }
        let store = try #require(try folder.store.open())
        let dictionary = try store.customers.ids
        for code in [1, ids.count / 2, ids.count] where code > 0 {
            #expect(try store.customers.index(of: ids[code - 1]) == code - 1)
        }
        let bytes = try folder.files(ofGeneration: 1).reduce(0) { sum, path in
            sum + (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0) - 64
        }
        return ((0..<dictionary.count).map { dictionary.bytes(of: UInt32($0 + 1)) }, bytes)
    }

    /// Of each kind, enough for several blocks, and what each may take on disk.
    static let kinds: [(name: String, bytesEach: Double, text: @Sendable (Int) -> String)] = [
        ("counting", 0.3, { "\($0 + 1)" }),
        ("shuffled numbers", 1.7, { "\($0 &* 7_919 % 5_003)" }),
        ("prefix and number", 1.7, { "customer-\($0 &* 7_919 % 5_003)" }),
        ("zero-padded", 1.75, { "A\(String($0 &* 7_919 % 5_003 + 1_000_000).dropFirst())-x" }),
        ("MD5", 16.2, { text in "\(hexadecimal(text, 32))" }),
        ("UUID", 16.2, { uuid($0) }),
        ("e-mail addresses", 24, { "user\($0 &* 7_919 % 5_003)@example\($0 % 7).com" }),
        ("numbers with leading zeros of several lengths", 5.5, { String(repeating: "0", count: $0 % 3) + "\($0)" }),
        ("capital hexadecimals", 33, { hexadecimal($0, 32).uppercased() }),
        ("twenty digits", 8.4, { "9\(padded(UInt64($0) &* 0x9E37_79B9_7F4A_7C15 % 1_000_000_000_000_000_0, 19))" }),
    ]

    private static func hexadecimal(_ seed: Int, _ digits: Int) -> String {
        var generator = SeededGenerator(state: UInt64(seed))
        return (0..<digits).map { _ in String(generator.next() % 16, radix: 16) }.joined()
    }

    private static func padded(_ number: UInt64, _ length: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, length - digits.count)) + digits
    }

    private static func uuid(_ seed: Int) -> String {
        let digits = Array(hexadecimal(seed, 32))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    @Test(arguments: kinds.indices) func idsAreReadBackAndSmall(index: Int) throws {
        let kind = PackedTextsTests.kinds[index]
        let texts = (0..<5_000).map { Array(kind.text($0).utf8) }
        let (found, bytes) = try stored(texts)
        #expect(found == texts, "\(kind.name)")
        let each = Double(bytes) / Double(texts.count)
        #expect(each <= kind.bytesEach, "\(kind.name): \(each) bytes each")
    }

    @Test func mixturesAreReadBack() throws {
        let seed = ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
        print("PackedTextsTests: TENURE_SEED=\(seed)")
        var generator = SeededGenerator(state: seed)
        for round in 0..<40 {
            var texts: [[UInt8]] = []
            while texts.count < 2_500 {
                let kind = PackedTextsTests.kinds.randomElement(using: &generator) ?? PackedTextsTests.kinds[0]
                for _ in 0..<Int.random(in: 1...1_200, using: &generator) {
                    switch Int.random(in: 0..<2_000, using: &generator) {
                    case 0:
                        texts.append((0..<Int.random(in: 0...300, using: &generator)).map { _ in .random(in: 0...255) })
                    case 1: texts.append(Array("0".utf8))
                    default: texts.append(Array(kind.text(Int.random(in: 0..<100_000, using: &generator)).utf8))
                    }
                }
            }
            var seen: Set<[UInt8]> = []
            texts = texts.filter { seen.insert($0).inserted }
            #expect(try stored(texts).ids == texts, "TENURE_SEED=\(seed), round \(round)")
        }
    }

    /// Enough of them for an index on disk.
    @Test func manyTextsAreFoundByTheirIndex() throws {
        let folder = try TemporaryFolder()
        let ids = (0..<40_000).map { $0 % 3 == 0 ? "\($0)" : "customer \($0 &* 7_919)" }
        try folder.store.makeWriter().importing { builder in for id in ids { _ = builder.customer(id) } }
        let path = try #require(try folder.files(ofGeneration: 1).first { $0.hasSuffix("customers-text-index") })
        let store = try #require(try folder.store.open())
        for (index, id) in ids.enumerated() { #expect(try store.customers.index(of: Array(id.utf8)) == index) }
        for index in 0..<1_000 {
            #expect(try store.customers.index(of: Array("customer \(index)x".utf8)) == nil)
            #expect(try store.customers.index(of: Array("\(index * 3 + 1)".utf8)) == nil)
        }
        let whole = Array(try #require(FileManager.default.contents(atPath: path)))
        for index in stride(from: 0, to: whole.count, by: 997) {
            var flipped = whole
            flipped[index] ^= 4
            try Data(flipped).write(to: URL(fileURLWithPath: path))
            #expect(code { _ = try folder.store.open()?.customers.ids } == .storeDamaged, "byte \(index)")
        }
    }

    @Test func fewTextsOfEveryShape() throws {
        for ids in [[""], ["a"], ["", "a"], ["7"], ["0", "1"], ["00"], ["ab", "ac"], ["a1", "a"], ["f", "0"]] {
            #expect(try stored(ids.map { Array($0.utf8) }).ids == ids.map { Array($0.utf8) }, "\(ids)")
        }
    }

    /// The keys that count up with the rows, in whatever order they come, leave nothing to store of the code column.
    @Test func aTextOfItsOwnForEachRowHasTheRowsNumber() throws {
        let folder = try TemporaryFolder()
        try folder.store.makeWriter().importing { builder in
            try builder.add(
                (0..<4_000).map { row in
                    Purchase(customer: "c\(row &* 7_919 % 401)", key: "\(row)", at: Int64(row))
                })
        }
        let path = try #require(try folder.files(ofGeneration: 1).first { $0.hasSuffix("table0-0-codes") })
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == 64 + 8 + 4 * 32)
        let table = try #require(try folder.store.open()?.tables["purchase"])
        #expect(table.isPlain)
        guard case .text(let codes, _)? = try table.column("key") else { throw CancellationError() }
        #expect(codes.array == Array(1...4_000))
    }
}
