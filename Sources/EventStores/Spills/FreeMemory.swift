import Foundation

/// Gives memory that was freed back to the system where the allocator would keep it for later: a limit is about what
/// the process has. Only glibc knows how; elsewhere nothing happens.
func returnFreeMemory() {
    _ = trim?(0)
}

private let trim: (@convention(c) (Int) -> CInt)? = unsafe dlsym(nil, "malloc_trim").map {
    unsafe unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
}
