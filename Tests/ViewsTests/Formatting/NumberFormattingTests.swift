import Quantities
import Queries
import Testing
import Views

@Suite struct NumberFormattingTests {
    @Test(arguments: [
        ("1234567.5", "JPY", "¥1,234,568"), ("12.3455", "KWD", "KWD 12.346"), ("-12.3455", "KWD", "-KWD 12.346"),
        ("1234.505", "USD", "$1,234.51"), ("-1234.505", "USD", "-$1,234.51"), ("0.005", "EUR", "€0.01"),
        ("-0.004", "EUR", "€0.00"), ("0", "CZK", "CZK 0.00"), ("999.995", "GBP", "£1,000.00"), ("5", "", "5.00"),
        ("99999999999999999999999999999999999", "JPY", "¥99,999,999,999,999,999,999,999,999,999,999,999"),
    ])
    func money(text: String, currency: String, expected: String) {
        #expect(NumberFormatting.display(exact(text), type: .money, currency: currency) == expected)
    }

    @Test func realMoneyRoundsTheDecimalThatIsExported() {
        // As a binary number 1.005 lies below the half; the exported text does not.
        #expect(NumberFormatting.display(real(1.005), type: .money, currency: "USD") == "$1.01")
        #expect(NumberFormatting.display(real(-2.675), type: .money, currency: "USD") == "-$2.68")
        #expect(NumberFormatting.display(real(1e-30), type: .money, currency: "USD") == "$0.00")
    }

    @Test func otherTypes() {
        func shown(_ value: Value?, _ type: ValueType) -> String {
            NumberFormatting.display(value, type: type, currency: "GBP")
        }
        #expect(shown(count(1_234_567), .count) == "1,234,567")
        #expect(shown(count(-1000), .count) == "-1,000")
        #expect(shown(real(0.45555), .ratio) == "45.6%")
        #expect(shown(exact("1"), .ratio) == "100.0%")
        #expect(shown(exact("0.0005"), .ratio) == "0.1%")
        #expect(shown(real(12.5), .ratio) == "1,250.0%")
        #expect(shown(real(4.275), .number) == "4.28")
        #expect(shown(real(39.914), .duration) == "39.9 days")
        #expect(shown(real(1.75), .periods) == "1.8 periods")
        for type in ValueType.allCases { #expect(shown(nil, type) == "–") }
    }

    @Test func rawKeepsEveryDigit() {
        #expect(NumberFormatting.raw(exact("8911407.904")) == "8911407.904")
        #expect(NumberFormatting.raw(exact("100.500")) == "100.5")
        #expect(NumberFormatting.raw(exact("-0.001")) == "-0.001")
        #expect(NumberFormatting.raw(real(0.1)) == "0.1")
        #expect(NumberFormatting.raw(real(1.0 / 3)) == "0.3333333333333333")
        #expect(NumberFormatting.raw(real(100)) == "100")
        #expect(NumberFormatting.raw(real(-0.0)) == "0")
        #expect(NumberFormatting.raw(nil) == nil)
        #expect(NumberFormatting.raw(real(.nan)) == nil)
        #expect(NumberFormatting.raw(real(.infinity)) == nil)
    }

    @Test func notANumberIsShownAsNull() {
        for type in ValueType.allCases where type != .money {
            #expect(NumberFormatting.display(real(.nan), type: type, currency: "GBP").hasPrefix("–"))
        }
    }

    @Test func changes() throws {
        let up = try #require(Change(from: count(100), to: count(104), type: .count))
        #expect(up.text == "+4.0%" && up.arrow == "▲")
        let down = try #require(Change(from: exact("-50"), to: exact("-75"), type: .money))
        #expect(down.text == "-50.0%" && down.direction == .down)
        let points = try #require(Change(from: real(0.3125), to: real(0.35), type: .ratio))
        #expect(points.text == "+3.8 pp")
        let same = try #require(Change(from: count(100_000), to: count(100_001), type: .count))
        #expect(same.text == "0.0%" && same.direction == .same)
        let factor = try #require(Change(from: count(17), to: count(500), type: .count))
        #expect(factor.text == "×29.4" && factor.direction == .up)
        #expect(Change(from: real(0.0098), to: real(22.3), type: .duration)?.text == "×2,276")
        #expect(Change(from: exact("-1"), to: exact("20"), type: .money)?.text == "+2,100.0%")
        #expect(Change(from: count(0), to: count(4), type: .count) == nil)
        #expect(Change(from: nil, to: count(4), type: .count) == nil)
        #expect(Change(from: count(4), to: nil, type: .count) == nil)
    }

    @Test func windows() {
        let london = Times(timezone: "Europe/London")
        // Summer time: local midnight is 23:00 UTC the day before.
        let june = Window(from: instant("2026-05-31T23:00:00Z"), to: instant("2026-06-30T23:00:00Z"))
        #expect(london.display(june) == "2026-06-01 – 2026-06-30")
        let cut = Window(from: instant("2026-05-31T23:00:00Z"), to: instant("2026-06-10T12:30:00Z"))
        #expect(london.display(cut) == "2026-06-01 – before 2026-06-10 13:30")
        let seconds = Window(from: instant("2025-06-30T19:25:57Z"), to: instant("2026-06-30T19:25:57.000001Z"))
        #expect(london.short(seconds) == "2025-06-30 20:25 – 2026-06-30 20:25")
        #expect(london.short(june) == london.display(june))
        #expect(london.touches(.month, CalendarUnit.month.index(of: CivilDate(year: 2025, month: 6, day: 1)), seconds))
        #expect(!london.touches(.month, CalendarUnit.month.index(of: CivilDate(year: 2026, month: 5, day: 1)), june))
        #expect(!london.touches(.month, CalendarUnit.month.index(of: CivilDate(year: 2026, month: 7, day: 1)), june))
        let day = Window(from: instant("2026-01-01"), to: instant("2026-01-02"))
        #expect(Times(timezone: "UTC").display(day) == "2026-01-01")
        #expect(Times(timezone: "No/Where").display(instant("2026-01-01")) == "2026-01-01T00:00:00Z")
    }
}
