import Quantities
import Queries

/// The local calendar as tables: the day of an instant, the bucket of a day.
struct LocalCalendar: Sendable {
    let zone: Zone
    /// Days since 1970-01-01 that the data spans, with a year's margin on both sides.
    let days: ClosedRange<Int>
    let finder: DayFinder
    private let buckets: [CalendarUnit: [Int32]]

    /// `first` and `last` in microseconds.
    init(zone: Zone, first: Int64, last: Int64) {
        self.zone = zone
        let firstDay = zone.dayNumber(at: Instant(microseconds: first)) - 400
        let lastDay = max(firstDay, zone.dayNumber(at: Instant(microseconds: last))) + 400
        days = firstDay...lastDay
        var buckets: [CalendarUnit: [Int32]] = [:]
        for unit in CalendarUnit.allCases {
            buckets[unit] = (firstDay...lastDay).map { Int32(unit.index(ofDay: $0)) }
        }
        self.buckets = buckets
        finder = DayFinder(zone, days: days)
    }

    /// Buckets of a unit by day, for a loop that holds on to it.
    func table(_ unit: CalendarUnit) -> BucketTable {
        guard let table = buckets[unit] else { preconditionFailure("every calendar unit has its table") }
        return BucketTable(unit: unit, firstDay: days.lowerBound, buckets: table)
    }
}

extension CalendarUnit {
    /// Its number among all units.
    var position: Int { CalendarUnit.allCases.firstIndex(of: self) ?? 0 }
}

/// The buckets of one unit by day.
struct BucketTable: Sendable {
    let unit: CalendarUnit
    let firstDay: Int
    let buckets: [Int32]

    var first: Int { Int(buckets.first ?? 0) }
    var last: Int { Int(buckets.last ?? 0) }

    @inline(__always)
    func bucket(ofDay day: Int) -> Int {
        let index = day - firstDay
        return index >= 0 && index < buckets.count ? Int(buckets[index]) : unit.index(ofDay: day)
    }
}

/// The local day of instants, found without a search: by whole days since an origin, and one look at where that day
/// begins.
struct DayFinder: Sendable {
    private let zone: Zone
    private let firstDay: Int
    /// The instants at which the local days begin, from `firstDay` on. Empty where days are searched for: some clock
    /// change leads back into the day before, or over a whole day.
    private let starts: [Int64]
    /// No day begins earlier than its number of days after it, and none a whole day later.
    private let origin: Int64
    /// Every day begins exactly then.
    private let isEven: Bool

    /// Finds days fast within `days`, and others by a search.
    init(_ zone: Zone, days: ClosedRange<Int>) {
        self.zone = zone
        // The UTC day may be one away, and the next day's start is looked at too.
        firstDay = days.lowerBound - 2
        let starts = (firstDay...days.upperBound + 3).map {
            zone.startOfDay(CivilDate(dayNumber: $0)).microseconds
        }
        let goesBack = zone.changes.dropFirst().contains { change in
            guard let first = starts.first, let last = starts.last, first...last ~= change else { return false }
            return zone.dayNumber(at: Instant(microseconds: change - 1))
                > zone.dayNumber(at: Instant(microseconds: change))
        }
        let delays = starts.enumerated().map { $1 &- Int64($0) &* microsecondsPerDay }
        origin = delays.min() ?? 0
        let latest = (delays.max() ?? 0) &- origin
        isEven = latest == 0
        self.starts = goesBack || latest >= microsecondsPerDay ? [] : starts
    }

    /// Days since 1970-01-01 by the zone's wall clock.
    func days(of instants: Lanes<Int64>, count: Int, into days: Lanes<Int32>) {
        let (firstDay, origin) = (Int32(firstDay), origin)
        // What is before the origin wraps around to far behind the last day.
        let last = UInt64(max(0, starts.count - 2))
        if isEven {
            each(count) { lane in
                let near = UInt64(bitPattern: instants[lane] &- origin) / UInt64(microsecondsPerDay)
                days[lane] =
                    near < last
                    ? Int32(truncatingIfNeeded: near) &+ firstDay
                    : Int32(truncatingIfNeeded: day(of: instants[lane]))
            }
            return
        }
        unsafe starts.withUnsafeBufferPointer { starts in
            each(count) { lane in
                let instant = instants[lane]
                let near = UInt64(bitPattern: instant &- origin) / UInt64(microsecondsPerDay)
                guard near < last else {
                    days[lane] = Int32(truncatingIfNeeded: day(of: instant))
                    return
                }
                let isBefore = unsafe mask(instant < starts[Int(near)])
                days[lane] = Int32(truncatingIfNeeded: near) &+ firstDay &+ isBefore
            }
        }
    }

    /// The same for one instant.
    func day(of microseconds: Int64) -> Int { zone.dayNumber(at: Instant(microseconds: microseconds)) }
}

private let microsecondsPerDay: Int64 = 86_400_000_000

/// The retention periods of a query: which period a day is in, which periods count.
struct PeriodPlan: Sendable {
    private let table: BucketTable?
    private let anchorDay: Int
    private let length: Int
    /// Whole local periods inside the window and not after `as_of`; empty where there is none.
    let complete: Range<Int>

    init(_ period: Period, window: Window, asOf: Instant, calendar: LocalCalendar) {
        let zone = calendar.zone
        let table: BucketTable?
        let anchorDay: Int
        let length: Int
        switch period {
        case .calendar(let unit):
            table = calendar.table(unit)
            (anchorDay, length) = (0, 1)
        case .days(let days):
            table = nil
            // One period ends where the window ends.
            let date = zone.date(at: window.to)
            let boundary = zone.startOfDay(date) == window.to ? date : date.adding(days: 1)
            (anchorDay, length) = (boundary.dayNumber, max(1, days))
        }
        func index(_ instant: Instant) -> Int {
            PeriodPlan.index(zone.dayNumber(at: instant), table, anchorDay, length)
        }
        func start(_ index: Int) -> Instant {
            zone.startOfDay(PeriodPlan.firstDate(index, table?.unit, anchorDay, length))
        }
        let end = min(window.to, asOf.successor)
        var first = index(window.from)
        if start(first) < window.from { first += 1 }
        var last = index(end) + 1
        while last > first, start(last) > end { last -= 1 }
        complete = first..<max(first, last)
        (self.table, self.anchorDay, self.length) = (table, anchorDay, length)
    }

    func index(ofDay day: Int) -> Int { PeriodPlan.index(day, table, anchorDay, length) }

    /// The first day of a period.
    func firstDay(of index: Int) -> Int {
        PeriodPlan.firstDate(index, table?.unit, anchorDay, length).dayNumber
    }

    private static func index(_ day: Int, _ table: BucketTable?, _ anchorDay: Int, _ length: Int) -> Int {
        if let table { return table.bucket(ofDay: day) }
        return (day - anchorDay).flooringDivision(by: length)
    }

    private static func firstDate(_ index: Int, _ unit: CalendarUnit?, _ anchorDay: Int, _ length: Int) -> CivilDate {
        if let unit { return unit.start(of: index) }
        return CivilDate(dayNumber: anchorDay + index * length)
    }
}
