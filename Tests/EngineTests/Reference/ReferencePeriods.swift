import Quantities
import Queries

/// The periods of a query: numbered runs of local days.
struct ReferencePeriods {
    var period: Period
    /// For `.days`: the day (days since 1970-01-01) on which period 0 begins; one ends where the window ends.
    var origin: Int

    init(_ period: Period, window: Window, zone: Zone) {
        self.period = period
        let date = zone.date(at: window.to)
        let isMidnight = zone.startOfDay(date) == window.to
        origin = isMidnight ? date.dayNumber : date.dayNumber + 1
    }

    /// The number of the period that a day lies in.
    func index(ofDay day: Int) -> Int {
        switch period {
        case .calendar(let unit): unit.index(ofDay: day)
        case .days(let length): (day - origin).flooringDivision(by: length)
        }
    }

    func firstDay(of index: Int) -> CivilDate {
        switch period {
        case .calendar(let unit): unit.start(of: index)
        case .days(let length): CivilDate(dayNumber: origin + index * length)
        }
    }
}

extension ReferenceRun {
    /// Retention and the like. Purchases outside the window matter too: those of the period before its first.
    func periodCounts(
        of measure: Measure, in query: Query, by dimensions: [Dimension]
    ) throws -> [ReferenceGroup: Int] {
        let window = window(of: query)
        let periods = ReferencePeriods(query.period, window: window, zone: zone)
        let complete = completePeriods(periods, window)
        var result: [ReferenceGroup: Int] = [:]
        for customer in customers where isInScope(customer, measure.scope, window) {
            // The customer's purchases: the period, and the group without calendar.
            var purchases: [(period: Int, group: ReferenceGroup)] = []
            for booking in bookings(of: customer) where booking.isPurchase {
                guard try passes(query.filter, booking.purchase, of: customer) else { continue }
                guard try passes(measure.filter, booking.purchase, of: customer) else { continue }
                let row = ReferenceRow(
                    customer: customer, booking: booking, home: booking.purchase, instant: booking.instant)
                guard let group = try group(of: row, by: dimensions, measure, query) else { continue }
                let period = periods.index(ofDay: zone.dayNumber(at: booking.instant))
                purchases.append((period, withCalendar(of: nil, group, dimensions)))
            }
            for period in complete {
                let firstDay = periods.firstDay(of: period)
                for group in Set(purchases.map(\.group)) {
                    let now = purchases.filter { $0.group == group && $0.period == period }.count
                    let before = purchases.filter { $0.group == group && $0.period == period - 1 }.count
                    let count =
                        switch measure.kind {
                        case .periodBuyers: now > 0 ? 1 : 0
                        case .periodPurchases: now
                        case .previousPeriodBuyers: before > 0 ? 1 : 0
                        case .retainedBuyers: now > 0 && before > 0 ? 1 : 0
                        default: preconditionFailure("not a measure of periods")
                        }
                    if count > 0 { result[withCalendar(of: firstDay, group, dimensions), default: 0] += count }
                }
            }
        }
        return result
    }

    /// The periods that lie in the window and are over at `as_of`.
    private func completePeriods(_ periods: ReferencePeriods, _ window: Window) -> [Int] {
        let end = min(window.to, asOf.successor)
        guard window.from < end else { return [] }
        let first = periods.index(ofDay: zone.dayNumber(at: window.from))
        let last = periods.index(ofDay: zone.dayNumber(at: end))
        let starts = (first...last + 1).map { zone.startOfDay(periods.firstDay(of: $0)) }
        return (first...last).filter { index in
            window.from <= starts[index - first] && starts[index - first + 1] <= end
        }
    }

    /// The group with the bucket of that day for every calendar dimension; without a day they are blanked.
    private func withCalendar(
        of day: CivilDate?, _ group: ReferenceGroup, _ dimensions: [Dimension]
    ) -> ReferenceGroup {
        var group = group
        for (index, dimension) in dimensions.enumerated() {
            if case .calendar(let unit) = dimension {
                group.keys[index] = day.map { .bucket(unit.index(of: $0)) } ?? .missing
            }
        }
        return group
    }
}
