import Quantities
import Queries

/// The local calendar as tables: the day of an instant, the bucket of a day.
struct LocalCalendar: Sendable {
    let zone: Zone
    /// Days since 1970-01-01 that the data spans, with a year's margin on both sides.
    let days: ClosedRange<Int>
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

    func bucket(ofDay day: Int) -> Int {
        let index = day - firstDay
        return buckets.indices.contains(index) ? Int(buckets[index]) : unit.index(ofDay: day)
    }
}

/// The local day of instants that mostly lie near each other: remembers the offset's span it last used.
struct DayClock {
    private let zone: Zone
    private var from = Int64.max
    private var to = Int64.min
    private var offset: Int64 = 0

    init(_ zone: Zone) {
        self.zone = zone
    }

    /// Days since 1970-01-01 by the zone's wall clock.
    mutating func day(of microseconds: Int64) -> Int {
        if microseconds < from || microseconds >= to { find(microseconds) }
        return Int((microseconds + offset).flooringDivision(by: 86_400_000_000))
    }

    private mutating func find(_ microseconds: Int64) {
        var low = 0
        var high = zone.changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if zone.changes[middle] <= microseconds { low = middle } else { high = middle }
        }
        from = zone.changes[low]
        to = low + 1 < zone.changes.count ? zone.changes[low + 1] : .max
        offset = Int64(zone.offsets[low]) * 1_000_000
    }
}

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
