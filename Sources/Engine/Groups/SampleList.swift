/// Durations of which quantiles are wanted, in microseconds and not below 0. Those of whole seconds, which most trackers
/// send, take half the memory.
struct SampleList {
    private(set) var seconds = Pieces<UInt32>()
    private(set) var microseconds = Pieces<Int64>()
    /// All of them in microseconds, joined by a bitwise or: none is above it.
    private(set) var bits: Int64 = 0

    /// Values lie in pieces that never move: neither adding one nor joining two lists copies what is there.
    struct Pieces<Value: FixedWidthInteger & BitwiseCopyable> {
        fileprivate(set) var pieces: [Piece] = []

        struct Piece {
            let values: Lanes<Value>
            var count: Int
        }

        private static var largest: Int { 1 << 16 }

        /// Adds so many values; `value` gives each by its position among them.
        @inline(__always)
        fileprivate mutating func append(_ count: Int, _ value: (Int) -> Value) {
            var done = 0
            while done < count {
                if pieces.last.map({ $0.count == $0.values.capacity }) ?? true { addPiece() }
                let last = pieces.count - 1
                let (target, used) = (pieces[last].values, pieces[last].count)
                let (start, part) = (done, min(count - done, target.capacity - used))
                each(part) { index in target[used &+ index] = value(start &+ index) }
                pieces[last].count += part
                done += part
            }
        }

        private mutating func addPiece() {
            var values = Lanes<Value>()
            values.reserve(min(Pieces.largest, max(16, 2 * (pieces.last?.values.capacity ?? 0))))
            pieces.append(Piece(values: values, count: 0))
        }

        fileprivate var count: Int { pieces.reduce(0) { $0 + $1.count } }
    }

    static var microsecondsOfSecond: Int64 { 1_000_000 }

    var count: Int { seconds.count + microseconds.count }

    /// Adds so many values from a position on.
    mutating func append(_ values: Lanes<Int64>, from start: Int, count: Int) {
        var bits: Int64 = 0
        var differences: Int64 = 0
        each(count) { index in
            let value = values[start &+ index]
            bits |= value
            differences |= Int64(SampleList.seconds(value)) &* SampleList.microsecondsOfSecond ^ value
        }
        self.bits |= bits
        if differences == 0 {
            seconds.append(count) { index in SampleList.seconds(values[start &+ index]) }
        } else {
            microseconds.append(count) { index in values[start &+ index] }
        }
    }

    mutating func append(_ value: Int64) {
        bits |= value
        let whole = SampleList.seconds(value)
        if Int64(whole) * SampleList.microsecondsOfSecond == value {
            seconds.append(1) { _ in whole }
        } else {
            microseconds.append(1) { _ in value }
        }
    }

    mutating func append(_ other: SampleList) {
        seconds.pieces += other.seconds.pieces
        microseconds.pieces += other.microseconds.pieces
        bits |= other.bits
    }

    /// The seconds of a value of whole seconds that 32 bits can hold; anything else for others. A number that 15,625
    /// divides is divided by a product with its inverse among 64-bit numbers, and a million is 64 times as much.
    @inline(__always)
    private static func seconds(_ value: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: (UInt64(bitPattern: value) &* inverseOf15625) &>> 6)
    }

    private static var inverseOf15625: UInt64 { 0x790F_B656_68C2_6139 }
}
