/// Working memory of a batch: one value a lane (a row, a purchase or a customer of the batch), used again from batch to
/// batch so that no customer costs an allocation.
///
/// Copies share the memory. Loops take a copy into a local first: the address then stays in a register, which the
/// property of a class could not.
///
/// Indexes come from the batch's own counts, for which `reserve` made room; debug builds check each of them.
@safe
struct Lanes<Element: BitwiseCopyable> {
    private var owner: LaneMemory<Element>
    private var base: UnsafeMutablePointer<Element>

    init() {
        owner = LaneMemory(capacity: 0)
        unsafe base = owner.base
    }

    /// Memory with the same value in each lane.
    init(repeating value: Element, count: Int) {
        self.init()
        reserve(count)
        fill(value, count)
    }

    init(_ elements: some Collection<Element>) {
        self.init()
        reserve(elements.count)
        for (index, element) in elements.enumerated() { self[index] = element }
    }

    var capacity: Int { owner.capacity }

    /// Makes room for that many lanes; what was in them is lost where the memory has to grow.
    mutating func reserve(_ count: Int) {
        guard count > owner.capacity else { return }
        owner = LaneMemory(capacity: max(count, owner.capacity * 2))
        unsafe base = owner.base
    }

    /// Makes room for that many lanes and keeps what is in the first `used` of them; the new ones get a value.
    mutating func grow(to count: Int, used: Int, filling value: Element) {
        guard count > owner.capacity else { return }
        let old = self
        reserve(count)
        each(used) { index in self[index] = old[index] }
        for index in used..<owner.capacity { self[index] = value }
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < owner.capacity, "lane out of range")
            return unsafe base[index]
        }
        nonmutating set {
            assert(index >= 0 && index < owner.capacity, "lane out of range")
            unsafe base[index] = newValue
        }
    }

    func fill(_ value: Element, _ count: Int) {
        assert(count <= owner.capacity, "lane out of range")
        unsafe base.update(repeating: value, count: count)
    }

    /// The memory, for a column that copies its cells into it.
    @unsafe func withAddress(_ body: (UnsafeMutablePointer<Element>) -> Void) { unsafe body(base) }
}

/// Calls the body for each lane.
///
/// A loop over `0..<count` ends with a second test of its bound, which keeps the compiler from doing several lanes at
/// once.
@inline(__always)
func each(_ count: Int, _ body: (_ lane: Int) throws -> Void) rethrows {
    var lane = 0
    while lane < count {
        try body(lane)
        lane &+= 1
    }
}

/// All bits or none. Loops whose conditions nobody can foretell choose with masks: `a & m | b & ~m` has no branch that
/// could be guessed wrongly, where `c ? a : b` may.
@inline(__always)
func mask(_ condition: Bool) -> Int32 { condition ? -1 : 0 }

/// Owns the memory of lanes, which lives as long as any copy of them.
@safe
private final class LaneMemory<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: max(1, capacity))
    }

    deinit { unsafe base.deallocate() }
}
