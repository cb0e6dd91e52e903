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

/// The local day of instants, found without a search: for each UTC day the offset at its start, and where the offset
/// changes within it the change.
struct DayFinder: Sendable {
    private let zone: Zone
    private let firstDay: Int
    /// By UTC day: microseconds to add before and from `changes`.
    private let before: [Int64]
    private let after: [Int64]
    /// The instant within the day at which the offset changes, `Int64.max` for none.
    private let changes: [Int64]

    /// Finds days fast within `days`, and others by a search.
    init(_ zone: Zone, days: ClosedRange<Int>) {
        self.zone = zone
        // UTC days reach over local ones by a day on both sides.
        firstDay = days.lowerBound - 1
        let count = days.count + 2
        var before = [Int64](repeating: 0, count: count)
        var after = before
        var changes = [Int64](repeating: .max, count: count)
        var entry = 0
        for position in 0..<count {
            let start = Int64(firstDay + position) * microsecondsPerDay
            while entry + 1 < zone.changes.count, zone.changes[entry + 1] <= start { entry += 1 }
            before[position] = Int64(zone.offsets[entry]) * 1_000_000
            after[position] = before[position]
            guard entry + 1 < zone.changes.count, zone.changes[entry + 1] < start + microsecondsPerDay else { continue }
            changes[position] = zone.changes[entry + 1]
            after[position] = Int64(zone.offsets[entry + 1]) * 1_000_000
            if entry + 2 < zone.changes.count, zone.changes[entry + 2] < start + microsecondsPerDay {
                // Two changes in one day: such days are searched for.
                before[position] = .min
            }
        }
        (self.before, self.after, self.changes) = (before, after, changes)
    }

    /// Days since 1970-01-01 by the zone's wall clock.
    func days(of instants: Lanes<Int64>, count: Int, into days: Lanes<Int32>) {
        unsafe before.withUnsafeBufferPointer { before in
            unsafe after.withUnsafeBufferPointer { after in
                unsafe changes.withUnsafeBufferPointer { changes in
                    for lane in 0..<count {
                        let instant = instants[lane]
                        let day = utcDay(instant)
                        let position = day - firstDay
                        guard position >= 0, position < before.count, unsafe before[position] != .min else {
                            days[lane] = Int32(truncatingIfNeeded: self.day(of: instant))
                            continue
                        }
                        let offset = unsafe instant < changes[position] ? before[position] : after[position]
                        let timeOfDay = instant &- Int64(day) &* microsecondsPerDay &+ offset
                        let carry = timeOfDay < 0 ? -1 : timeOfDay >= microsecondsPerDay ? 1 : 0
                        days[lane] = Int32(truncatingIfNeeded: day &+ carry)
                    }
                }
            }
        }
    }

    /// The same for one instant.
    func day(of microseconds: Int64) -> Int { zone.dayNumber(at: Instant(microseconds: microseconds)) }

    @inline(__always)
    private func utcDay(_ instant: Int64) -> Int {
        // The division rounds towards zero; days before 1970 are moved down.
        Int((instant &- (instant < 0 ? microsecondsPerDay &- 1 : 0)) / microsecondsPerDay)
    }
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
