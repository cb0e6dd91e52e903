import Queries
import Synchronization

/// What the tables hold, once it was asked for: use cases that are checked one after the other look at the same.
final class KnownProfile: Sendable {
    private let known = Mutex<DataProfile?>(nil)

    /// Who asks meanwhile waits; what is thrown is not kept.
    func profile(_ make: () throws -> DataProfile) rethrows -> DataProfile {
        try known.withLock { known in
            if let known { return known }
            let made = try make()
            known = made
            return made
        }
    }
}
