/// Who has the keys of a slice, by their code in the slice - 1.
struct SliceKeys: Sendable {
    /// The customer of the first row with the key.
    var firstCustomers: [UInt32] = []
    /// The customer who had it first in order of import.
    var owners: [UInt32] = []
    /// Smaller ones had the key before those of other slices; in the lowest bit whether several customers of the slice
    /// have it.
    var ranks: [UInt32] = []
}

/// A text column whose texts are too many to be kept in memory while the slices are written.
///
/// Its slices are spilled once more, each with codes of its own. When all are there, texts that several slices have are
/// found, by buckets of their hashes, one bucket in memory at a time; then each text has one code in the generation,
/// and codes count up in the order of the rows, as they do without spilling. For each text of each slice a bit stays in
/// memory.
final class DeferredColumn {
    let place: ColumnPlace
    private let file: SpillFile
    private let bucketCount: Int
    private var slices: [Slice] = []

    private struct Slice {
        var textCount: Int
        var codes: SpillBlock
        var texts: SpillBlock
        /// The keys' owners as `TableContent.owners`.
        var owners: SpillBlock?
        var buckets: [SpillBlock]
        /// By bucket: the texts that an earlier slice has.
        var repeated: [SpillBlock] = []
        var new: NewTexts
        /// By code in the slice: who had the key before this slice's owner, plus one.
        var earlierOwners: [(code: UInt32, owner: UInt32)] = []
        /// Keys that more than one customer has since this slice.
        var sharedKeys: [UInt32] = []
        /// Texts that the slices before have.
        var textsBefore = 0
    }

    init(_ place: ColumnPlace, file: SpillFile, buckets: Int) {
        self.place = place
        self.file = file
        bucketCount = buckets
    }

    /// Adds the column of the next slice.
    ///
    /// - Parameter customers: the number of those before the slice's.
    func add(_ codes: [UInt32], _ texts: TextContent, _ keys: SliceKeys?, customers: UInt32) throws {
        var encoder = SpillEncoder()
        encoder.codes(codes)
        let codesBlock = try file.append(encoder.bytes)
        let count = UInt32(texts.count)
        encoder = SpillEncoder()
        encoder.texts(0..<count, of: texts)
        let textsBlock = try file.append(encoder.bytes)
        var owners: SpillBlock?
        if let keys {
            encoder = SpillEncoder()
            encoder.codes(zip(keys.owners, keys.firstCustomers).map { $0 == $1 ? 0 : $0 + customers + 1 })
            owners = try file.append(encoder.bytes)
        }
        var members = [[UInt32]](repeating: [], count: bucketCount)
        for position in 0..<count {
            let hash = unsafe texts.withText(Int(position)) { unsafe spillHash($0) }
            members[hash.partition(among: bucketCount)].append(position)
        }
        var buckets: [SpillBlock] = []
        for members in members {
            var encoder = SpillEncoder()
            encoder.codes(members)
            encoder.texts(members, of: texts)
            if let keys {
                encoder.codes(members.map { keys.owners[Int($0)] + customers })
                encoder.codes(members.map { keys.ranks[Int($0)] })
            }
            buckets.append(try file.append(encoder.bytes))
        }
        slices.append(
            Slice(
                textCount: texts.count, codes: codesBlock, texts: textsBlock, owners: owners, buckets: buckets,
                new: NewTexts(count: texts.count)))
    }

    /// Finds what the slices have in common, when all are added.
    ///
    /// - Returns: how many keys more than one customer has; 0 where it is no column of keys.
    func resolve(_ checkCancellation: () throws -> Void) throws -> Int {
        var shared = 0
        for bucket in 0..<bucketCount {
            try checkCancellation()
            shared += try resolve(bucket)
        }
        var before = 0
        for slice in slices.indices {
            slices[slice].textsBefore = before
            slices[slice].new.count()
            before += slices[slice].new.newCount
        }
        return shared
    }

    private func resolve(_ bucket: Int) throws -> Int {
        /// Where a text is first, and who had the key first.
        struct First {
            var slice: UInt32
            var position: UInt32
            var owner: UInt32 = 0
            var rank: UInt32 = 0
            var isShared = false
            var hasEarlierOwner = false
        }
        var interner = TextInterner()
        var firsts: [First] = []
        for slice in slices.indices {
            var decoder = SpillDecoder(try file.read(slices[slice].buckets[bucket]))
            let positions = decoder.codes()
            let codes = interner.codes(of: decoder.texts())
            let owners = slices[slice].owners == nil ? nil : decoder.codes()
            let ranks = slices[slice].owners == nil ? nil : decoder.codes()
            var (repeated, firstSlices, firstPositions): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
            for (index, position) in positions.enumerated() {
                let code = Int(codes[index + 1])
                let rank = ranks?[index] ?? 0
                if code > firsts.count {
                    firsts.append(
                        First(
                            slice: UInt32(slice), position: position, owner: owners?[index] ?? 0, rank: rank >> 1,
                            isShared: rank & 1 == 1))
                    if rank & 1 == 1 { slices[slice].sharedKeys.append(position) }
                    continue
                }
                slices[slice].new.remove(position)
                repeated.append(position)
                firstSlices.append(firsts[code - 1].slice)
                firstPositions.append(firsts[code - 1].position)
                guard let owners else { continue }
                if !firsts[code - 1].isShared { slices[slice].sharedKeys.append(position) }
                firsts[code - 1].isShared = true
                if rank >> 1 < firsts[code - 1].rank {
                    firsts[code - 1].rank = rank >> 1
                    firsts[code - 1].owner = owners[index]
                    firsts[code - 1].hasEarlierOwner = true
                }
            }
            var encoder = SpillEncoder()
            encoder.codes(repeated)
            encoder.codes(firstSlices)
            encoder.codes(firstPositions)
            slices[slice].repeated.append(try file.append(encoder.bytes))
        }
        for first in firsts where first.hasEarlierOwner {
            slices[Int(first.slice)].earlierOwners.append((first.position, first.owner + 1))
        }
        return firsts.count { $0.isShared }
    }

    /// A slice's column in the generation.
    struct Content {
        var codes: [UInt32]
        /// Those that are new in it.
        var texts: TextContent
        /// As in `TableContent`.
        var owners: [UInt32]?
        var sharedKeys: [UInt32]
    }

    func content(_ number: Int) throws -> Content {
        let slice = slices[number]
        var newCodes = [UInt32](repeating: 0, count: slice.textCount + 1)
        for block in slice.repeated {
            var decoder = SpillDecoder(try file.read(block))
            let (positions, firstSlices, firstPositions) = (decoder.codes(), decoder.codes(), decoder.codes())
            for (index, position) in positions.enumerated() {
                let first = slices[Int(firstSlices[index])]
                newCodes[Int(position) + 1] = UInt32(first.textsBefore + first.new.rank(firstPositions[index]) + 1)
            }
        }
        var textDecoder = SpillDecoder(try file.read(slice.texts))
        let all = textDecoder.texts()
        var texts = TextContent()
        texts.reserve(all.count)
        var owners: [UInt32]?
        if let block = slice.owners {
            var decoder = SpillDecoder(try file.read(block))
            owners = decoder.codes()
            for (position, owner) in slice.earlierOwners { owners?[Int(position)] = owner }
        }
        var newOwners: [UInt32] = []
        for position in 0..<slice.textCount where newCodes[position + 1] == 0 {
            texts.append(all.bytes[Int(all.offsets[position])..<Int(all.offsets[position + 1])])
            newCodes[position + 1] = UInt32(slice.textsBefore + texts.count)
            if let owners { newOwners.append(owners[position]) }
        }
        var codeDecoder = SpillDecoder(try file.read(slice.codes))
        let codes = codeDecoder.codes().map { newCodes[Int($0)] }
        return Content(
            codes: codes, texts: texts, owners: owners == nil ? nil : newOwners,
            sharedKeys: slice.sharedKeys.map { newCodes[Int($0) + 1] }.sorted())
    }
}

/// Which texts of a slice no earlier slice has, one bit each.
private struct NewTexts {
    private var bits: [UInt64]
    private let textCount: Int
    /// By word of bits: new texts before it.
    private var before: [UInt32] = []
    private(set) var newCount = 0

    init(count: Int) {
        textCount = count
        bits = Array(repeating: ~0, count: (count + 63) / 64)
    }

    mutating func remove(_ position: UInt32) { bits[Int(position) / 64] &= ~(1 << UInt64(position % 64)) }

    /// Makes `newCount` and `rank` known.
    mutating func count() {
        if textCount % 64 > 0, let last = bits.indices.last { bits[last] &= 1 << UInt64(textCount % 64) - 1 }
        for word in bits {
            before.append(UInt32(newCount))
            newCount += word.nonzeroBitCount
        }
    }

    /// New texts before a position.
    func rank(_ position: UInt32) -> Int {
        let word = Int(position) / 64
        return Int(before[word]) + (bits[word] & (1 << UInt64(position % 64) - 1)).nonzeroBitCount
    }
}
