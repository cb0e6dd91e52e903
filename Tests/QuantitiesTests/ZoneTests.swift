import Quantities
import Testing

@Suite("Zones: days of 23 and 25 hours, days without midnight, days that never were")
struct ZoneTests {
    @Test(
        "the first instant of a day",
        arguments: [
            // New York: 2026-03-08 has 23 hours.
            ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"),
            ("America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z"),
            ("America/New_York", "2026-11-02", "2026-11-02T05:00:00Z"),
            // Santiago: the clocks go forward at midnight, so the day begins at one.
            ("America/Santiago", "2025-09-07", "2025-09-07T04:00:00Z"),
            ("America/Santiago", "2025-09-08", "2025-09-08T03:00:00Z"),
            // Lord Howe moves by half an hour.
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z"),
            // Apia had no 2011-12-30: it begins and ends with the 31st.
            ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
            ("Europe/London", "1970-01-01", "1969-12-31T23:00:00Z"),
            ("UTC", "2024-02-29", "2024-02-29T00:00:00Z"),
            ("+05:45", "2026-01-01", "2025-12-31T18:15:00Z"),
        ])
    func startOfDay(zone: String, date: String, expected: String) throws {
        let zone = try #require(Zone(identifier: zone))
        let parts = date.split(separator: "-").compactMap { Int($0) }
        let day = try #require(CivilDate(validating: parts[0], parts[1], parts[2]))
        #expect(zone.startOfDay(day).description == expected)
    }

    @Test("an instant's day is the one whose span holds it, for every change of every zone tried")
    func daysPartitionTime() throws {
        for name in ["America/New_York", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Europe/Prague"] {
            let zone = try #require(Zone(identifier: name))
            for change in zone.changes.dropFirst() {
                for offset in [-1, 0, 1, 3_600_000_000] {
                    let instant = Instant(microseconds: change + Int64(offset))
                    let day = zone.date(at: instant)
                    #expect(zone.startOfDay(day) <= instant, "\(name) \(instant)")
                    // Where clocks are set back over midnight, the evening comes twice.
                    #expect(zone.startOfDay(day.adding(days: 2)) > instant, "\(name) \(instant)")
                }
            }
        }
    }

    @Test("a wall time that is skipped moves forward, one that comes twice is its first")
    func wallTimes() throws {
        let zone = try #require(Zone(identifier: "Europe/London"))
        let skipped = zone.instant(of: CivilDate(year: 2026, month: 3, day: 29), timeOfDay: 5_400_000_000)
        #expect(skipped.description == "2026-03-29T01:30:00Z")
        let twice = zone.instant(of: CivilDate(year: 2026, month: 10, day: 25), timeOfDay: 5_400_000_000)
        #expect(twice.description == "2026-10-25T00:30:00Z")
    }

    @Test("abbreviations and unknown names are no zones", arguments: ["EST", "Europe/Nowhere", "", "+25:00", "+1"])
    func unknown(name: String) {
        #expect(Zone(identifier: name) == nil)
    }
}
