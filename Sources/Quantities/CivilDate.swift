/// A date of the proleptic Gregorian calendar, without a time zone.
package struct CivilDate: Hashable, Comparable, Sendable {
    package var year: Int
    /// 1 ... 12
    package var month: Int
    /// 1 ... 31
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date `dayNumber` days after 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    package init(dayNumber: Int) {
        let shifted = dayNumber + 719_468
        let era = shifted.flooringDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The date, or nil where the calendar has no such day (2025-02-29).
    package init?(validating year: Int, _ month: Int, _ day: Int) {
        guard (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, of: year) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Days since 1970-01-01; negative before.
    package var dayNumber: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooringDivision(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Months since 1970-01.
    package var monthNumber: Int { (year - 1970) * 12 + month - 1 }

    /// The same day `months` months later, or that month's last day where it is shorter.
    package func adding(months: Int) -> CivilDate {
        let number = monthNumber + months
        let newYear = 1970 + number.flooringDivision(by: 12)
        let newMonth = number - (newYear - 1970) * 12 + 1
        return CivilDate(
            year: newYear, month: newMonth, day: min(day, CivilDate.days(inMonth: newMonth, of: newYear)))
    }

    package func adding(days: Int) -> CivilDate { CivilDate(dayNumber: dayNumber + days) }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-01-31`; a year before 0 has a sign.
    package var description: String {
        "\(year < 0 ? "-" : "")\(padded(abs(year), 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

/// A calendar bucket: a day, an ISO week (from Monday), a month, a quarter, a year.
package enum CalendarUnit: String, Codable, CaseIterable, Sendable {
    case day, week, month, quarter, year

    /// The number of the bucket that `date` lies in. Consecutive buckets have consecutive numbers;
    /// day and week count from 1970-01-01 and the week of 1969-12-29, month, quarter and year from those of 1970.
    package func index(of date: CivilDate) -> Int { index(ofDay: date.dayNumber) }

    /// As `index(of:)`, for a day given as days since 1970-01-01.
    package func index(ofDay dayNumber: Int) -> Int {
        switch self {
        case .day: dayNumber
        case .week: (dayNumber + 3).flooringDivision(by: 7)
        case .month: CivilDate(dayNumber: dayNumber).monthNumber
        case .quarter: CivilDate(dayNumber: dayNumber).monthNumber.flooringDivision(by: 3)
        case .year: CivilDate(dayNumber: dayNumber).year - 1970
        }
    }

    /// The first date of bucket `index`.
    package func start(of index: Int) -> CivilDate {
        switch self {
        case .day: CivilDate(dayNumber: index)
        case .week: CivilDate(dayNumber: index * 7 - 3)
        case .month: CivilDate(year: 1970, month: 1, day: 1).adding(months: index)
        case .quarter: CivilDate(year: 1970, month: 1, day: 1).adding(months: index * 3)
        case .year: CivilDate(year: 1970 + index, month: 1, day: 1)
        }
    }

    /// The bucket's label: `2026-01-31`, `2026-W05`, `2026-01`, `2026-Q1`, `2026`.
    package func label(of index: Int) -> String {
        let date = start(of: index)
        switch self {
        case .day: return date.description
        case .week:
            let thursday = date.adding(days: 3)
            let week = (thursday.dayNumber - CivilDate(year: thursday.year, month: 1, day: 1).dayNumber) / 7 + 1
            return "\(padded(thursday.year, 4))-W\(padded(week, 2))"
        case .month: return "\(padded(date.year, 4))-\(padded(date.month, 2))"
        case .quarter: return "\(padded(date.year, 4))-Q\((date.month - 1) / 3 + 1)"
        case .year: return padded(date.year, 4)
        }
    }
}
