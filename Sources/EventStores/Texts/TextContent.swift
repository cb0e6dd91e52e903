/// Texts in some order, from position 0 on: a word each, and the long ones one after the other beside them. Copies
/// share the long ones, in whatever order their texts are.
struct TextContent: Sendable {
    private(set) var words: [TextWord] = []
    /// Each after its length in four bytes.
    private(set) var longTexts: [UInt8] = []

    init() {}

    var count: Int { words.count }

    /// What it takes of memory.
    var heldBytes: Int { words.capacity * 8 + longTexts.capacity }

    /// The text at a position.
    func text(_ position: Int) -> ArraySlice<UInt8> { unsafe withText(position) { unsafe Array($0)[...] } }

    /// The number of bytes of the text at a position.
    func length(_ position: Int) -> Int {
        words[position].positionOfLongText == nil
            ? words[position].length : unsafe withText(position) { $0.count }
    }

    /// Calls the body with the bytes of the text at a position.
    @inline(__always)
    func withText<Result>(
        _ position: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try unsafe withTexts(position..<(position + 1)) { try unsafe body($0[0]) }
    }

    /// Calls the body with the texts at some positions.
    @inline(__always)
    func withTexts<Result>(_ range: Range<Int>, _ body: (TextSlice) throws -> Result) rethrows -> Result {
        try unsafe words.withUnsafeBufferPointer { words in
            try unsafe longTexts.withUnsafeBufferPointer { longTexts in
                try unsafe body(TextSlice(UnsafeBufferPointer(rebasing: words[range]), longTexts: longTexts))
            }
        }
    }

    /// The same texts in another order, or some of them.
    ///
    /// - Parameter codes: positions plus one.
    func ordered(by codes: [UInt32]) -> TextContent {
        var ordered = TextContent()
        ordered.longTexts = longTexts
        ordered.words = unsafe [TextWord](filling: codes.count) { target in
            unsafe concurrentRanges(codes.count, of: target) { range, target in
                for row in range { unsafe target[row] = words[Int(codes[row]) - 1] }
            }
        }
        return ordered
    }

    /// Makes room for more texts.
    mutating func reserve(_ texts: Int) {
        if words.count + texts > words.capacity {
            words.reserveCapacity(max(16, 2 * words.capacity, words.count + texts))
        }
    }

    /// Appends some texts of others.
    mutating func append(_ other: TextContent, _ range: Range<Int>) {
        reserve(range.count)
        for position in range { unsafe other.withText(position) { unsafe append($0, key: textKey($0)) } }
    }

    mutating func append(_ text: ArraySlice<UInt8>) {
        unsafe withContiguousBytes(of: text) { unsafe append($0, key: textKey($0)) }
    }

    /// - Parameter key: `textKey` of the text.
    @inline(__always)
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, key: UInt64) {
        if let word = TextWord(key: key, length: text.count) { return words.append(word) }
        words.append(TextWord(positionOfLongText: longTexts.count))
        unsafe withUnsafeBytes(of: UInt32(text.count)) { unsafe longTexts.append(contentsOf: $0) }
        unsafe longTexts.append(contentsOf: text)
    }
}

/// Some consecutive texts of a content, for as long as its memory is there.
@unsafe
struct TextSlice {
    private let words: UnsafeBufferPointer<TextWord>
    private let longTexts: UnsafeBufferPointer<UInt8>

    fileprivate init(_ words: UnsafeBufferPointer<TextWord>, longTexts: UnsafeBufferPointer<UInt8>) {
        unsafe self.words = words
        unsafe self.longTexts = longTexts
    }

    var count: Int { unsafe words.count }

    /// The text at a position, from 0 on.
    subscript(position: Int) -> UnsafeBufferPointer<UInt8> {
        @inline(__always) get {
            let word = unsafe words[position]
            if let start = word.positionOfLongText {
                let length = unsafe UnsafeRawBufferPointer(longTexts)
                    .loadUnaligned(fromByteOffset: start, as: UInt32.self)
                return unsafe UnsafeBufferPointer(rebasing: longTexts[(start + 4)..<(start + 4 + Int(length))])
            }
            // The word is its bytes, the first one lowest.
            return unsafe UnsafeRawBufferPointer(words).bindMemory(to: UInt8.self).text(at: position * 8, word.length)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    @inline(__always)
    fileprivate func text(at start: Int, _ length: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: self[start..<(start + length)])
    }
}
