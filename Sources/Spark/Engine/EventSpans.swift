import Quantities
import Synchronization

/// When the newest events of each type were, as far as it was told.
final class EventSpans: Sendable {
    private let known = Mutex<[String: Instant]>([:])

    func set(_ event: String, last: Instant) { known.withLock { $0[event] = last } }

    /// Nil where nobody has looked.
    func last(of event: String) -> Instant? { known.withLock { $0[event] } }
}
