/// Fixed memory of plain values, shared by its copies, with bounds checked in debug builds only: the kernel is there to
/// say what the machine can do.
@safe
struct PlainArray<Element: BitwiseCopyable>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Element>
    let count: Int
    /// Keeps the memory; never read.
    private let owner: Owner

    @safe private final class Owner {
        let base: UnsafeMutablePointer<Element>
        init(_ base: UnsafeMutablePointer<Element>) { unsafe self.base = base }
        deinit { unsafe base.deallocate() }
    }

    init(repeating value: Element, count: Int) {
        unsafe base = .allocate(capacity: max(1, count))
        unsafe base.initialize(repeating: value, count: count)
        unsafe owner = Owner(base)
        self.count = count
    }

    /// Room for values that are written before they are read; the system gives pages as they are written.
    init(roomFor count: Int) {
        unsafe base = .allocate(capacity: max(1, count))
        unsafe owner = Owner(base)
        self.count = count
    }

    subscript(index: Int) -> Element {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return unsafe base[index]
        }
        @inline(__always) nonmutating set {
            assert(index >= 0 && index < count)
            unsafe base[index] = newValue
        }
    }

    var bytes: Int { count * MemoryLayout<Element>.stride }
}

extension PlainArray {
    init(_ values: some Collection<Element>) {
        self.init(roomFor: values.count)
        for (index, value) in values.enumerated() { self[index] = value }
    }
}
