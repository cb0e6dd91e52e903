import Foundation
package import Quantities

/// The machine's facts, asked at the edge and handed in.
package enum Machine {
    package static var threads: Int { ProcessInfo.processInfo.activeProcessorCount }

    package static var now: Instant { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
