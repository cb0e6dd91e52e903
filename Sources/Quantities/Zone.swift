import Foundation
import Synchronization

/// A time zone of the IANA database as a table of offset changes, so that hot loops need no calendar library.
///
/// The table covers 1900 to 2100. An offset holds from its instant up to the next entry's.
package struct Zone: Hashable, Sendable {
    /// `Europe/London`, `UTC`
    package let identifier: String
    /// Instants (microseconds) at which the offset changes, ascending; the first is `Int64.min`.
    package let changes: [Int64]
    /// Offsets from UTC in seconds, east positive; `offsets[i]` holds from `changes[i]`.
    package let offsets: [Int]

    package static let utc = Zone(identifier: "UTC", changes: [.min], offsets: [0])

    private init(identifier: String, changes: [Int64], offsets: [Int]) {
        self.identifier = identifier
        self.changes = changes
        self.offsets = offsets
    }

    /// The zone of that IANA name; nil where the database has none. Fixed offsets are written `+02:00`.
    package init?(identifier: String) {
        if identifier == "UTC" || identifier == "Z" {
            self = .utc
            return
        }
        if let seconds = Zone.fixedOffset(identifier) {
            self.init(identifier: identifier, changes: [.min], offsets: [seconds])
            return
        }
        // An abbreviation such as EST would name a zone without its summer time: only full names are taken.
        guard identifier.contains("/") else { return nil }
        if let known = Zone.known.withLock({ $0[identifier] }) {
            self = known
            return
        }
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        let table = Zone.probe(zone)
        self.init(identifier: identifier, changes: table.changes, offsets: table.offsets)
        Zone.known.withLock { $0[identifier] = self }
    }

    /// Tables made so far: making one asks the calendar library ten thousand times.
    private static let known = Mutex<[String: Zone]>([:])

    /// Seconds of `+02:00`, `-0330`, `+05`; nil for anything else.
    package static func fixedOffset(_ text: String) -> Int? {
        let bytes = Array(text.utf8).filter { $0 != UInt8(ascii: ":") }
        guard bytes.count == 3 || bytes.count == 5 else { return nil }
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        var digits: [Int] = []
        for byte in bytes.dropFirst() {
            guard (48...57).contains(byte) else { return nil }
            digits.append(Int(byte) - 48)
        }
        let hours = digits[0] * 10 + digits[1]
        let minutes = digits.count == 4 ? digits[2] * 10 + digits[3] : 0
        guard hours <= 18, minutes < 60 else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    /// Offset from UTC in seconds at an instant given in microseconds.
    package func offset(at microseconds: Int64) -> Int { offsets[index(at: microseconds)] }

    /// The entry of the table that is in force at an instant.
    private func index(at microseconds: Int64) -> Int {
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle] <= microseconds { low = middle } else { high = middle }
        }
        return low
    }

    /// The local date of an instant, as days since 1970-01-01.
    package func dayNumber(at instant: Instant) -> Int {
        let local = instant.microseconds + Int64(offset(at: instant.microseconds)) * 1_000_000
        return Int(local.flooringDivision(by: 86_400_000_000))
    }

    package func date(at instant: Instant) -> CivilDate { CivilDate(dayNumber: dayNumber(at: instant)) }

    /// Microseconds since local midnight by the wall clock.
    package func timeOfDay(at instant: Instant) -> Int64 {
        let local = instant.microseconds + Int64(offset(at: instant.microseconds)) * 1_000_000
        return local - local.flooringDivision(by: 86_400_000_000) * 86_400_000_000
    }

    /// The instant that the wall clock shows as `date` plus `timeOfDay` microseconds.
    ///
    /// A time that occurs twice (clocks set back) is its first occurrence; one that never occurs (clocks set
    /// forward) is moved forward by the gap, so a day without midnight starts at its first instant.
    package func instant(of date: CivilDate, timeOfDay: Int64 = 0) -> Instant {
        let local = Int64(date.dayNumber) * 86_400_000_000 + timeOfDay
        // The offset in force is that of one of the table's entries around the local time.
        var index = index(at: local - 129_600_000_000)
        while true {
            let candidate = local - Int64(offsets[index]) * 1_000_000
            let end = index + 1 < changes.count ? changes[index + 1] : Int64.max
            if candidate < end {
                // Before this entry begins: the wall time falls into the gap that the change made.
                return Instant(microseconds: max(candidate, gapInstant(local, before: index, candidate)))
            }
            index += 1
        }
    }

    /// For a wall time in the gap before entry `index`: the same time read with the offset before the change.
    private func gapInstant(_ local: Int64, before index: Int, _ candidate: Int64) -> Int64 {
        guard index > 0, candidate < changes[index] else { return candidate }
        return local - Int64(offsets[index - 1]) * 1_000_000
    }

    /// The first instant whose local date is `date` or later.
    package func startOfDay(_ date: CivilDate) -> Instant {
        let midnight = instant(of: date)
        // In a gap that swallows midnight, `instant(of:)` lands at the gap's length after the change;
        // the day begins at the change itself.
        let index = index(at: midnight.microseconds)
        if index > 0 {
            let change = changes[index]
            let before = change + Int64(offsets[index - 1]) * 1_000_000
            let after = change + Int64(offsets[index]) * 1_000_000
            let local = Int64(date.dayNumber) * 86_400_000_000
            if before <= local, local < after { return Instant(microseconds: change) }
        }
        return midnight
    }

    /// Finds every change of offset by sampling each day of 1900 ... 2100 and bisecting.
    private static func probe(_ zone: TimeZone) -> (changes: [Int64], offsets: [Int]) {
        let first: Int64 = -2_208_988_800
        let last: Int64 = 4_102_444_800
        func offset(_ second: Int64) -> Int {
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
        }
        var changes: [Int64] = [.min]
        var offsets = [offset(first)]
        var current = offsets[0]
        let step: Int64 = 7 * 86_400
        for second in stride(from: first + step, through: last, by: Int(step)) {
            let next = offset(second)
            if next == current { continue }
            var low = second - step
            var high = second
            while high - low > 1 {
                let middle = (low + high) / 2
                if offset(middle) == current { low = middle } else { high = middle }
            }
            changes.append(high * 1_000_000)
            current = offset(high)
            offsets.append(current)
            // Two changes within one step: look again from the first one.
            if current != next {
                changes.append(second * 1_000_000)
                offsets.append(next)
                current = next
            }
        }
        return (changes, offsets)
    }

    package static func == (left: Zone, right: Zone) -> Bool { left.identifier == right.identifier }

    package func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}
