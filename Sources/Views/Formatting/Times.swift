package import Quantities

/// Instants and windows for reading, on the wall clock of the result's timezone.
package struct Times: Sendable {
    private let zone: Zone?

    /// A name that the time zone database does not know shows every instant in UTC, marked with `Z`.
    package init(timezone: String) {
        zone = Zone(identifier: timezone)
    }

    /// `2026-01-31`, or `2026-01-31 13:05` where it is not the beginning of the day; seconds only where there are any.
    package func display(_ instant: Instant) -> String {
        guard let zone else { return instant.description }
        let date = zone.date(at: instant)
        if zone.startOfDay(date) == instant { return date.description }
        let seconds = zone.timeOfDay(at: instant) / 1_000_000
        let minute = "\(date) \(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2))"
        return seconds % 60 == 0 ? minute : minute + ":" + padded(seconds % 60, 2)
    }

    /// `2026-01-01 – 2026-01-31`, with the last day inside for windows of whole days; `… – before 2026-01-31 13:05`
    /// for others.
    package func display(_ window: Window) -> String {
        guard let zone, zone.startOfDay(zone.date(at: window.to)) == window.to else {
            return "\(display(window.from)) – before \(display(window.to))"
        }
        let last = zone.date(at: window.to).adding(days: -1).description
        let first = display(window.from)
        return first == last ? first : "\(first) – \(last)"
    }

    /// As `display`, for headings: without seconds, and without `before`, as the end of a window is not read as a part
    /// of it.
    package func short(_ window: Window) -> String {
        guard let zone, zone.startOfDay(zone.date(at: window.to)) != window.to else { return display(window) }
        return "\(short(window.from)) – \(short(window.to))"
    }

    /// As `display`, without seconds.
    package func short(_ instant: Instant) -> String {
        let second = instant.microseconds.flooringDivision(by: 1_000_000)
        return display(Instant(seconds: second - (zone == nil ? 0 : second - second.flooringDivision(by: 60) * 60)))
    }

    /// Some of the calendar bucket lies in the window; true where the zone is not known.
    package func touches(_ unit: CalendarUnit, _ index: Int, _ window: Window) -> Bool {
        guard let zone else { return true }
        return zone.startOfDay(unit.start(of: index)) < window.to
            && zone.startOfDay(unit.start(of: index + 1)) > window.from
    }
}
