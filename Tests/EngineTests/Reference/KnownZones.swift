import Quantities
import Synchronization

/// Zones by name, each looked up in the system's database once: that takes longer than a small random case.
enum KnownZones {
    private static let zones = Mutex<[String: Zone]>([:])

    static func zone(_ identifier: String) -> Zone? {
        if let known = zones.withLock({ $0[identifier] }) { return known }
        guard let zone = Zone(identifier: identifier) else { return nil }
        zones.withLock { $0[identifier] = zone }
        return zone
    }
}
