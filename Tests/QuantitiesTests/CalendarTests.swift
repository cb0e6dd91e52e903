import Quantities
import Testing

@Suite("Dates and calendar buckets")
struct CalendarTests {
    @Test("day numbers and dates are each other's inverse over four centuries")
    func inverse() {
        var date = CivilDate(year: 1899, month: 12, day: 31)
        for number in date.dayNumber...CivilDate(year: 2301, month: 1, day: 1).dayNumber {
            let made = CivilDate(dayNumber: number)
            #expect(made.dayNumber == number)
            #expect(made >= date)
            date = made
        }
    }

    @Test(
        "labels",
        arguments: [
            (CalendarUnit.day, "2026-01-01"), (.week, "2026-W01"), (.month, "2026-01"), (.quarter, "2026-Q1"),
            (.year, "2026"),
        ])
    func labels(unit: CalendarUnit, label: String) {
        #expect(unit.label(of: unit.index(of: CivilDate(year: 2026, month: 1, day: 1))) == label)
    }

    @Test(
        "ISO weeks around New Year",
        arguments: [(2024, 12, 30, "2025-W01"), (2027, 1, 3, "2026-W53"), (2021, 1, 3, "2020-W53")])
    func weeks(year: Int, month: Int, day: Int, label: String) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(CalendarUnit.week.label(of: CalendarUnit.week.index(of: date)) == label)
    }

    @Test("a bucket begins with its first day and the next one with the day after its last")
    func buckets() {
        for unit in CalendarUnit.allCases {
            for number in stride(from: -40_000, to: 40_000, by: 37) {
                let index = unit.index(ofDay: number)
                #expect(unit.start(of: index).dayNumber <= number)
                #expect(unit.start(of: index + 1).dayNumber > number)
            }
        }
    }

    @Test("months are added to the last day that exists")
    func months() {
        let leapDay = CivilDate(year: 2024, month: 2, day: 29)
        #expect(leapDay.adding(months: 12).description == "2025-02-28")
        #expect(CivilDate(year: 2026, month: 1, day: 31).adding(months: 1).description == "2026-02-28")
        #expect(CivilDate(year: 2026, month: 1, day: 31).adding(months: -14).description == "2024-11-30")
    }

    @Test(
        "ISO 8601",
        arguments: [
            ("2026-02-01T03:30Z", "2026-02-01T03:30:00Z"), ("2026-02-01 03:30:00.5", "2026-02-01T03:30:00.500Z"),
            ("2026-02-01T03:30:00.1234567+02:00", "2026-02-01T01:30:00.123456Z"),
            ("2026-02-01", "2026-02-01T00:00:00Z"),
        ])
    func instants(text: String, expected: String) throws {
        #expect(try #require(Instant(iso8601: text, zone: .utc)).description == expected)
    }

    @Test("the common form of ISO 8601 is read as its parts say, on every day and with any character changed")
    func commonForm() throws {
        for day in stride(from: -719_162, through: 2_932_896, by: 331) {
            let date = CivilDate(dayNumber: day)
            let second = Int64(day &* 7_919) & 0xFFFF
            let instant = Instant(microseconds: (Int64(day) * 86_400 + second) * 1_000_000)
            let text = instant.description
            #expect(try #require(Instant(iso8601: text, zone: .utc)) == instant, "\(date)")
            var bytes = Array(text.utf8)
            let position = abs(day) % bytes.count
            bytes[position] = UInt8(ascii: "x")
            #expect(Instant(iso8601: bytes, zone: .utc) == nil, "\(text) with an x at \(position)")
        }
    }

    @Test(
        "not instants",
        arguments: ["", "2026-02-30", "2026-2-1", "2026-02-01T25:00", "01/02/2026", "2026-02-01T", "now"])
    func refuses(text: String) {
        #expect(Instant(iso8601: text, zone: .utc) == nil)
    }
}
