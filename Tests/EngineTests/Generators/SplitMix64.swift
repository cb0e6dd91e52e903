import Foundation

/// Sebastiano Vigna's SplitMix64: the same numbers from the same seed, everywhere.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SplitMix64 {
    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// True in so many per cent of the cases.
    mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[int(0...list.count - 1)] }

    /// So many of them, in random order.
    mutating func pick<Element>(_ count: Int, of list: [Element]) -> [Element] {
        Array(list.shuffled(using: &self).prefix(count))
    }
}

/// The seeds of the random tests: `TENURE_SEED=17` runs that one, `TENURE_SEEDS=5000` runs more of them.
enum Seeds {
    static func first(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["TENURE_SEED"].flatMap(UInt64.init) { return [one] }
        return Array(0..<UInt64(environment["TENURE_SEEDS"].flatMap(Int.init) ?? count))
    }
}
