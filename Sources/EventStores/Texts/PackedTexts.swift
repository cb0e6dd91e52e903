/// Packed texts in memory that lives as long as the object: the bytes of all blocks, and the directory of the blocks.
///
/// All blocks are checked once, when the object is made, and places in raw bytes at each access: whatever the directory
/// and the numbers say, nothing outside of the memory is read.
@safe
final class PackedTexts: @unchecked Sendable {
    let count: Int
    private let base: UnsafeRawPointer
    private let blocks: [TextBlock]
    private let numbers: Cells<Int64>
    /// Keeps the memory; never read.
    private let owner: AnyObject

    /// - Returns: nil where the bytes are no directory and content of as many texts as there are numbers.
    @unsafe
    init?(bytes: UnsafeRawBufferPointer, numbers: Cells<Int64>, owner: AnyObject) {
        count = numbers.count
        self.numbers = numbers
        self.owner = owner
        let blockCount = PackedColumn.blockCount(count)
        let size = bytes.count - blockCount * TextBlock.entryWords * 8
        guard let base = bytes.baseAddress, size >= 0, size % 8 == 0 else { return nil }
        unsafe self.base = base
        var blocks: [TextBlock] = []
        for index in 0..<blockCount {
            let words = unsafe (base + size + index * TextBlock.entryWords * 8).assumingMemoryBound(to: UInt64.self)
            let rows = min(PackedBlock.rows, numbers.count - index * PackedBlock.rows)
            guard let block = unsafe TextBlock(words[0], offset: words[1], size: words[2], rows: rows, bytes: size)
            else { return nil }
            if block.form == .hexadecimals {
                let marks = unsafe UnsafeRawBufferPointer(
                    start: base + block.offset + block.length, count: block.length)
                if unsafe marks.count(where: { $0 == 1 }) > 2 * block.stride { return nil }
            }
            blocks.append(block)
        }
        self.blocks = blocks
    }

    /// Appends the bytes of the text at a position, from 0 on.
    func append(_ position: Int, to text: inout [UInt8]) {
        let row = position % PackedBlock.rows
        let before = row > 0 && blocks[position / PackedBlock.rows].form == .raw ? numbers[position - 1] : 0
        append(position, number: numbers[position], before: before, to: &text)
    }

    /// Calls the body with each text in order. The bytes are there during the call.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows { try unsafe forEach(0..<count, body) }

    /// Calls the body with the texts at some positions, in order. The bytes are there during the call.
    func forEach(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        try unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: PackedBlock.rows) { buffer in
            guard let target = buffer.baseAddress else { return }
            var position = range.lowerBound
            while position < range.upperBound {
                let block = position / PackedBlock.rows
                let start = block * PackedBlock.rows
                let end = min(start + PackedBlock.rows, range.upperBound)
                unsafe numbers.copy(start..<end, to: target)
                let numbers = unsafe UnsafeBufferPointer(start: target, count: end - start)
                try unsafe forEach(blocks[block], numbers, from: position - start, body)
                position = end
            }
        }
    }

    /// Calls the body with texts of a block: what they share is looked at once.
    ///
    /// - Parameters:
    ///   - numbers: of the block's first texts.
    ///   - first: the first text that is asked for.
    private func forEach(
        _ block: TextBlock, _ numbers: UnsafeBufferPointer<Int64>, from first: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) rethrows {
        let head = unsafe UnsafeRawBufferPointer(start: base + block.offset, count: block.headSize)
        let content = unsafe UnsafeRawBufferPointer(start: base + block.offset + block.headSize, count: block.size)
        // A pattern or prefix that is filled for each text, and room for what comes after a prefix.
        var text = unsafe Array(head[..<block.length])
        switch block.form {
        case .raw:
            var before = unsafe first > 0 ? Int(numbers[first - 1]) : 0
            for row in first..<numbers.count {
                let end = unsafe Int(numbers[row])
                precondition(before >= 0 && before <= end && end <= block.size, "a text outside of its block")
                text.removeSubrange(block.length...)
                unsafe text.append(contentsOf: content[before..<end])
                try unsafe text.withUnsafeBufferPointer { try unsafe body($0) }
                before = end
            }
        case .number:
            let digits = 20
            text += [UInt8](repeating: 0, count: digits)
            for row in first..<numbers.count {
                var rest = unsafe UInt64(bitPattern: numbers[row])
                // From the last digit on, then to where the prefix ends.
                var start = text.count
                repeat {
                    start -= 1
                    text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                } while rest > 0
                let end = block.length + text.count - start
                for place in start..<text.count { text[block.length + place - start] = text[place] }
                try unsafe text.withUnsafeBufferPointer { try unsafe body(UnsafeBufferPointer(rebasing: $0[..<end])) }
            }
        case .digits:
            let places = (0..<block.length).reversed().filter { unsafe head[block.length + $0] == 1 }
            for row in first..<numbers.count {
                var rest = unsafe UInt64(bitPattern: numbers[row])
                for place in places {
                    text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                try unsafe text.withUnsafeBufferPointer { try unsafe body($0) }
            }
        case .hexadecimals:
            let places = (0..<block.length).filter { unsafe head[block.length + $0] == 1 }
            for row in first..<numbers.count {
                for (digit, place) in places.enumerated() {
                    let byte = unsafe content[row * block.stride + digit / 2]
                    let value = digit % 2 == 0 ? byte >> 4 : byte & 0xF
                    text[place] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                }
                try unsafe text.withUnsafeBufferPointer { try unsafe body($0) }
            }
        }
    }

    /// - Parameter before: the number of the text before it in the block, 0 for the first.
    private func append(_ position: Int, number: Int64, before: Int64, to text: inout [UInt8]) {
        let block = blocks[position / PackedBlock.rows]
        let head = unsafe UnsafeRawBufferPointer(start: base + block.offset, count: block.headSize)
        let content = unsafe UnsafeRawBufferPointer(start: base + block.offset + block.headSize, count: block.size)
        switch block.form {
        case .raw:
            precondition(before >= 0 && before <= number && number <= block.size, "a text outside of its block")
            unsafe text.append(contentsOf: head)
            unsafe text.append(contentsOf: content[Int(before)..<Int(number)])
        case .number:
            unsafe text.append(contentsOf: head)
            appendDecimal(UInt64(bitPattern: number), to: &text)
        case .digits:
            let start = text.count
            unsafe text.append(contentsOf: head[..<block.length])
            var rest = UInt64(bitPattern: number)
            for place in stride(from: block.length - 1, through: 0, by: -1)
            where unsafe head[block.length + place] == 1 {
                text[start + place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        case .hexadecimals:
            let start = text.count
            unsafe text.append(contentsOf: head[..<block.length])
            let from = position % PackedBlock.rows * block.stride
            let bytes = unsafe content[from..<(from + block.stride)]
            var digit = 0
            for place in 0..<block.length where unsafe head[block.length + place] == 1 {
                let byte = unsafe bytes[from + digit / 2]
                let value = digit % 2 == 0 ? byte >> 4 : byte & 0xF
                text[start + place] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                digit += 1
            }
        }
    }

    private func appendDecimal(_ number: UInt64, to text: inout [UInt8]) {
        let start = text.count
        var rest = number
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        text[start...].reverse()
    }
}
