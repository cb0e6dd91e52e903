import Foundation

/// Runs the body on so many threads at once, of which the caller's is one, and waits until all are done.
///
/// Threads of their own: a pool that is shared may think that the machine is busy enough, and run all on one.
func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    let done = DispatchGroup()
    for _ in 1..<max(1, count) {
        done.enter()
        let thread = Thread {
            body()
            done.leave()
        }
        thread.stackSize = 4 << 20
        thread.start()
    }
    body()
    done.wait()
}
