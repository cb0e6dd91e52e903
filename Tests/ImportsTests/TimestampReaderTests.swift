import Definitions
import Diagnostics
import Imports
import Quantities
import Testing

@Suite struct TimestampReaderTests {
    private func read(_ text: String, _ format: TimestampFormat, zone: String = "UTC") throws -> String {
        let zone = try #require(Zone(identifier: zone))
        let reader = try TimestampReader(format, zone: zone, at: nil)
        do {
            return try reader.read(Array(text.utf8)[...]).description
        } catch {
            return error.code.id + " " + error.message
        }
    }

    @Test(arguments: [
        ("2011-12-09 12:50:00", "yyyy-MM-dd HH:mm:ss", "2011-12-09T12:50:00Z"),
        ("31/1/2026 9:05", "d/M/yyyy H:mm", "2026-01-31T09:05:00Z"),
        ("01/02/2026 00:00", "dd/MM/yyyy HH:mm", "2026-02-01T00:00:00Z"),
        ("19970101", "yyyyMMdd", "1997-01-01T00:00:00Z"),
        ("1.2.69", "d.M.yy", "2069-02-01T00:00:00Z"),
        ("1.2.70", "d.M.yy", "1970-02-01T00:00:00Z"),
        ("Jan 31, 2026 12:00 AM", "MMM d, yyyy hh:mm a", "2026-01-31T00:00:00Z"),
        ("JANUARY 31, 2026 12:30 pm", "MMMM d, yyyy h:mm a", "2026-01-31T12:30:00Z"),
        ("2026-01-31T10:00:00.1234567+05:30", "yyyy-MM-dd'T'HH:mm:ss.SX", "2026-01-31T04:30:00.123456Z"),
        ("2026-01-31 10:00:00.250Z", "yyyy-MM-dd HH:mm:ss.SSSX", "2026-01-31T10:00:00.250Z"),
        ("5 o'clock 2026-01-31 -0330", "H 'o''clock' yyyy-MM-dd X", "2026-01-31T08:30:00Z"),
        (" 2024-02-29 ", "yyyy-MM-dd", "2024-02-29T00:00:00Z"),
        ("29/02/2025", "dd/MM/yyyy", "TN215 '29/02/2025' names a date that does not exist"),
        ("01/31/2026", "dd/MM/yyyy", "TN215 '01/31/2026' names a date that does not exist"),
        ("1/02/2026", "dd/MM/yyyy", "TN215 '1/02/2026' is not a timestamp of the format: the pattern 'dd/MM/yyyy'"),
        (
            "01/02/2026 24:00", "dd/MM/yyyy HH:mm",
            "TN215 '01/02/2026 24:00' is not a timestamp of the format: the pattern 'dd/MM/yyyy HH:mm'"
        ),
        ("01/02/2026x", "dd/MM/yyyy", "TN215 '01/02/2026x' is not a timestamp of the format: the pattern 'dd/MM/yyyy'"),
    ])
    func patterns(_ text: String, _ pattern: String, _ expected: String) throws {
        #expect(try read(text, .pattern(pattern)) == expected)
    }

    @Test func wallTimes() throws {
        let pattern = TimestampFormat.pattern("dd/MM/yyyy H:mm")
        #expect(try read("01/07/2026 9:00", pattern, zone: "Europe/London") == "2026-07-01T08:00:00Z")
        // 02:30 does not occur: moved forward by the gap.
        #expect(try read("08/03/2026 2:30", pattern, zone: "America/New_York") == "2026-03-08T07:30:00Z")
        // 01:30 occurs twice: the first.
        #expect(try read("01/11/2026 1:30", pattern, zone: "America/New_York") == "2026-11-01T05:30:00Z")
        // A day without midnight begins at its first instant.
        #expect(try read("06/09/2026", .pattern("dd/MM/yyyy"), zone: "America/Santiago") == "2026-09-06T04:00:00Z")
        #expect(try read("2026-07-01", .iso8601, zone: "Europe/London") == "2026-06-30T23:00:00Z")
        #expect(try read("2026-07-01T10:00:00+02:00", .iso8601, zone: "Europe/London") == "2026-07-01T08:00:00Z")
    }

    @Test func unix() throws {
        #expect(try read("1604188995199688", .unixMicroseconds) == "2020-11-01T00:03:15.199688Z")
        #expect(try read("1604188995199", .unixMilliseconds) == "2020-11-01T00:03:15.199Z")
        #expect(try read("1604188995", .unixSeconds) == "2020-11-01T00:03:15Z")
        #expect(try read("1604188995.1996887", .unixSeconds) == "2020-11-01T00:03:15.199688Z")
        #expect(try read("1.604188995E9", .unixSeconds) == "2020-11-01T00:03:15Z")
        #expect(try read("-1.5", .unixSeconds) == "1969-12-31T23:59:58.500Z")
        #expect(
            try read("1604188995199688", .unixSeconds)
                == "TN215 '1604188995199688' as seconds since 1970 is not in the years 1 to 9999")
        #expect(try read("NaN", .unixSeconds) == "TN215 'NaN' is not a timestamp of the format: seconds since 1970")
    }

    @Test(arguments: [
        ("DD/MM/YYYY", "'DD' means nothing in it; d is the day of the month"),
        ("dd/MM", "it names no year (yyyy)"),
        ("dd/MM/yyyy hh:mm", "h (hours 1 to 12) and a (AM or PM) only make sense together; H is 0 to 23"),
        ("yyyy-MM-ddTHH:mm", "'T' means nothing in it; a letter that stands for itself is quoted: 'T'"),
        ("yyyy-MM-dd mm", "it has minutes without hours"), ("yyyy-MM-dd 'x", "its quoted text is not closed"),
        ("dd/MM/yyyy d", "it names 'd' twice"),
        ("yyyy-MM-dd Z", "'Z' means nothing in it; X is an offset such as +02:00"),
    ])
    func unusablePatterns(_ pattern: String, _ reason: String) {
        do {
            _ = try TimestampReader(.pattern(pattern), zone: .utc, at: Mappings.place)
            Issue.record("'\(pattern)' should be refused")
        } catch let problem as Diagnostic {
            #expect(golden(problem) == "project.yaml:1:1 TN216 the pattern '\(pattern)' can not be used: \(reason)")
        } catch {
            Issue.record("\(error)")
        }
    }
}
