import EventStores
import Foundation
import Testing

/// Columns of all kinds, packed and read back in every way; and damage that a checksum did not catch.
@Suite struct PackedCellsTests {
    private let seed =
        ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)

    @Test func whatIsPackedIsReadBack() throws {
        print("PackedCellsTests: TENURE_SEED=\(seed)")
        var generator = SeededGenerator(state: seed)
        for width in 0...64 {
            for count in [0, 1, 2, 3, 1_023, 1_024, 1_025, 3_000] {
                try expectReadBack(numbers(width, count, &generator), "width \(width), \(count) rows", &generator)
            }
        }
    }

    /// Steps that 64 bits do not hold.
    @Test func theFarthestNumbersAreReadBack() throws {
        var generator = SeededGenerator(state: seed)
        let far: [[Int64]] = [
            [.min + 1, 0, .max], [.max, 0, .min + 1], [.min, 0, .max], [.min + 1, .min + 1, .max, .max], [-1, 0, .max],
        ]
        for column in far { try expectReadBack(column, "\(column)", &generator) }
    }

    @Test(arguments: 0..<200) func columnsOfManyShapesAreReadBack(round: Int) throws {
        var generator = SeededGenerator(state: seed &+ UInt64(round))
        var column: [Int64] = []
        while column.count < 6_000 { column += shape(&generator) }
        try expectReadBack(column, "TENURE_SEED=\(seed), round \(round)", &generator)
        try expectReadBack(column.map { UInt32(truncatingIfNeeded: $0) }, "UInt32, round \(round)", &generator)
        try expectReadBack(column.map { Int32(truncatingIfNeeded: $0) }, "Int32, round \(round)", &generator)
        try expectReadBack(column.map { UInt8(truncatingIfNeeded: $0) }, "UInt8, round \(round)", &generator)
    }

    @Test func whatRowsShareCostsNothing() {
        func bytes(_ cells: [Int64]) -> Double {
            Double(Cells.packedWords(cells).count * 8) / Double(cells.count)
        }
        let rows = Int64(0)..<102_400
        #expect(Cells<Int64>.packedWords(rows.map { _ in -7 }).count == 5)
        #expect(Cells<Int64>.packedWords(rows.map { _ in .min }).count == 5)
        #expect(bytes(rows.map { 1_000 + $0 }) < 0.04)
        #expect(bytes(rows.map { 5 - 3_600_000_000 * $0 }) < 0.04)
        // Whole seconds of some years: 27 bits.
        #expect(bytes(rows.map { $0 &* 7_919 % 100_000_000 * 1_000_000 }) < 27.5 / 8)
        // Missing ones take no room beside them, and few others little beside missing ones.
        #expect(bytes(rows.map { $0 % 9 == 0 ? .min : $0 &* 7_919 % 100_000_000 * 1_000_000 }) < 27.5 / 8)
        #expect(bytes(rows.map { $0 % 50 == 0 ? $0 &* 7_919 % 2_000_000 * 1_000_000 : .min }) < 0.25)
    }

    /// The directory says anything; what can not be is refused, and the rest is read without leaving the memory. Behind
    /// the words is a page that nobody may read.
    @Test func brokenDirectoriesReadNothingOutside() throws {
        var generator = SeededGenerator(state: seed)
        for round in 0..<400 {
            var column: [Int64] = []
            while column.count < 2_500 { column += shape(&generator) }
            var words = Cells.packedWords(column)
            let directory = words.count - 4 * 3
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let word = Int.random(in: 0..<10, using: &generator) == 0 ? 0 : directory
                let place = Int.random(in: word..<words.count, using: &generator)
                words[place] ^= 1 << UInt64.random(in: 0..<64, using: &generator)
            }
            for count in [column.count, column.count - 1, column.count + 1, 5 * column.count, 1] {
                let memory = GuardedWords(words)
                guard let cells = unsafe Cells<Int64>(packedWords: memory.words, count: count, owner: memory) else {
                    continue
                }
                #expect(cells.array.count == count, "round \(round)")
                for row in stride(from: 0, to: count, by: 7) { _ = cells[row] }
            }
        }
        #expect(unsafe Cells<Int64>(packedWords: GuardedWords([]).words, count: 1, owner: GuardedWords([])) == nil)
    }

    // MARK: - Columns

    private func numbers(_ width: Int, _ count: Int, _ generator: inout SeededGenerator) -> [Int64] {
        let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
        let base = Int64.random(in: .min ... .max, using: &generator)
        return (0..<count).map { _ in base &+ Int64(bitPattern: generator.next() & mask) }
    }

    /// Some hundred rows of one kind.
    private func shape(_ generator: inout SeededGenerator) -> [Int64] {
        let count = Int.random(in: 1...1_500, using: &generator)
        let base = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
        let step = Int64.random(in: -1_000_000...1_000_000, using: &generator)
        let width = Int.random(in: 1...64, using: &generator)
        var walk = base
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: return Array(repeating: base, count: count)
        case 1: return (0..<count).map { base + step * Int64($0) }
        case 2: return numbers(width, count, &generator)
        case 3: return numbers(min(width, 30), count, &generator).map { ($0 % 1_000_000_000) * 1_000_000 }
        case 4:
            return (0..<count).map { _ in
                walk += Int64.random(in: 0...9, using: &generator)
                return walk
            }
        case 5: return numbers(width, count, &generator).map { $0 % 3 == 0 ? .min : $0 }
        case 6: return numbers(width, count, &generator).map { $0 % 20 == 0 ? $0 : .min }
        case 7: return numbers(width, count, &generator).map { $0 % 20 == 0 ? $0 : base }
        default:
            let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
            return (0..<count).map { _ in extremes[Int.random(in: 0..<7, using: &generator)] }
        }
    }

    private func expectReadBack<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ column: [Element], _ what: String, _ generator: inout SeededGenerator
    ) throws {
        let memory = GuardedWords(Cells.packedWords(column))
        let cells = try #require(
            unsafe Cells<Element>(packedWords: memory.words, count: column.count, owner: memory), "\(what)")
        #expect(cells.array == column, "\(what)")
        guard !column.isEmpty else { return }
        for _ in 0..<20 {
            let (a, b) = (
                Int.random(in: 0...column.count, using: &generator), Int.random(in: 0...column.count, using: &generator)
            )
            let rows = min(a, b)..<max(a, b)
            #expect(cells.array(rows) == Array(column[rows]), "\(what)")
            #expect(lowBytes(cells, rows) == column[rows].map { UInt8(truncatingIfNeeded: $0) }, "\(what), bytes")
            let row = Int.random(in: 0..<column.count, using: &generator)
            #expect(cells[row] == column[row], "\(what), row \(row)")
        }
    }

    private func lowBytes<Element>(_ cells: Cells<Element>, _ rows: Range<Int>) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: rows.count) { buffer, initialized in
            if let target = buffer.baseAddress { unsafe cells.copyBytes(rows, to: target) }
            initialized = rows.count
        }
    }
}

/// Words that end where a page begins that must not be read.
@safe
private final class GuardedWords {
    let words: UnsafeBufferPointer<UInt64>
    private let base: UnsafeMutableRawPointer
    private let size: Int

    init(_ content: [UInt64]) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let used = (content.count * 8 + page - 1) / page * page
        size = used + page
        unsafe base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        unsafe mprotect(base + used, page, PROT_NONE)
        let start = unsafe (base + used - content.count * 8).bindMemory(to: UInt64.self, capacity: content.count)
        unsafe start.update(from: content, count: content.count)
        unsafe words = UnsafeBufferPointer(start: start, count: content.count)
    }

    deinit { unsafe munmap(base, size) }
}
