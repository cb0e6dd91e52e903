import Quantities
import Queries

/// The periods that lie in a window and are over at `as_of`.
struct CompletePeriods {
    let period: Period
    /// For periods of days: the day on which period 0 begins; one ends where the window ends.
    let origin: Int
    /// Nil for none.
    let complete: ClosedRange<Int>?

    init(_ period: Period, window: Window, _ semantics: Semantics) throws {
        guard let zone = Zone(identifier: semantics.timezone) else {
            throw QueryError.unsupported("the timezone '\(semantics.timezone)' is not in the IANA database")
        }
        self.period = period
        let date = zone.date(at: window.to)
        origin = zone.startOfDay(date) == window.to ? date.dayNumber : date.dayNumber + 1
        let end = min(window.to, semantics.asOf.successor)
        guard window.from < end else {
            complete = nil
            return
        }
        let origin = origin
        func index(_ day: Int) -> Int {
            switch period {
            case .calendar(let unit): unit.index(ofDay: day)
            case .days(let length): (day - origin).flooringDivision(by: length)
            }
        }
        func start(_ index: Int) -> Instant {
            switch period {
            case .calendar(let unit): zone.startOfDay(unit.start(of: index))
            case .days(let length): zone.startOfDay(CivilDate(dayNumber: origin + index * length))
            }
        }
        let (first, last) = (index(zone.dayNumber(at: window.from)), index(zone.dayNumber(at: end)))
        let whole = (first...last).filter { window.from <= start($0) && start($0 + 1) <= end }
        complete = whole.first.flatMap { least in whole.last.map { least...$0 } }
    }

    func index(ofDay day: String) -> String {
        switch period {
        case .days(let length): return "CAST(FLOOR((\(day) - \(origin)) / \(length)) AS INT)"
        case .calendar(let unit):
            return CalendarSQL(zone: "").bucket(ofDate: "DATE_ADD(DATE'1970-01-01', \(day))", unit)
        }
    }

    /// The number of the first day of a period.
    func firstDay(of index: Int) -> Int {
        switch period {
        case .days(let length): origin + index * length
        case .calendar(let unit): unit.start(of: index).dayNumber
        }
    }

    func firstDate(of index: String, _ calendar: CalendarSQL) -> String {
        switch period {
        case .days(let length): "DATE_ADD(DATE'1970-01-01', \(origin) + (\(index)) * \(length))"
        case .calendar(let unit): calendar.start(of: "(\(index))", unit)
        }
    }
}
