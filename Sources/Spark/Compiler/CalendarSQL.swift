import Quantities
import Queries

/// Days and buckets of the calendar in SQL; instants are microseconds.
struct CalendarSQL {
    /// The parameter that holds the timezone's name.
    let zone: String

    /// The local date of an instant.
    func date(_ instant: String) -> String { "TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(\(instant)), \(zone)))" }

    /// Days since 1970-01-01.
    func day(ofDate date: String) -> String { "DATEDIFF(\(date), DATE'1970-01-01')" }

    func day(_ instant: String) -> String { day(ofDate: date(instant)) }

    func bucket(_ instant: String, _ unit: CalendarUnit) -> String { bucket(ofDate: date(instant), unit) }

    /// As `CalendarUnit.index(of:)`.
    func bucket(ofDate date: String, _ unit: CalendarUnit) -> String {
        let month = "((YEAR(\(date)) - 1970) * 12 + MONTH(\(date)) - 1)"
        return switch unit {
        case .day: day(ofDate: date)
        case .week: "CAST(FLOOR((\(day(ofDate: date)) + 3) / 7) AS INT)"
        case .month: month
        case .quarter: "CAST(FLOOR(\(month) / 3) AS INT)"
        case .year: "(YEAR(\(date)) - 1970)"
        }
    }

    /// The first date of a bucket.
    func start(of bucket: String, _ unit: CalendarUnit) -> String {
        switch unit {
        case .day: "DATE_ADD(DATE'1970-01-01', \(bucket))"
        case .week: "DATE_ADD(DATE'1969-12-29', \(bucket) * 7)"
        case .month: "ADD_MONTHS(DATE'1970-01-01', \(bucket))"
        case .quarter: "ADD_MONTHS(DATE'1970-01-01', \(bucket) * 3)"
        case .year: "ADD_MONTHS(DATE'1970-01-01', \(bucket) * 12)"
        }
    }
}
