extension Array where Element: BitwiseCopyable {
    /// An array of which the body gives every element, in any order: memory that is written all over is not set to
    /// something else before.
    ///
    /// - Parameter fill: must initialize all `count` elements.
    init(filling count: Int, _ fill: (UnsafeMutableBufferPointer<Element>) throws -> Void) rethrows {
        unsafe try self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            try unsafe fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            initialized = count
        }
    }
}
