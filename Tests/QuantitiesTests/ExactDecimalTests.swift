import Quantities
import Testing

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "text is read exactly",
        arguments: [
            ("0", "0"), ("-1234.50", "-1234.50"), ("+.5", "0.5"), ("1e3", "1000"), ("1.5E-2", "0.015"),
            ("8911407.904", "8911407.904"),
            ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ])
    func reads(text: String, expected: String) throws {
        #expect(try #require(ExactDecimal(text)).description == expected)
    }

    @Test(
        "anything else is no number",
        arguments: [
            "", "-", ".", "1,5", "1 000", "NaN", "inf", "0x10", "1e", "1e99", "--1", "1.2.3", "١", "1e-60",
            "170141183460469231731687303715884105728",
        ])
    func refuses(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test(
        "rounding is half away from zero",
        arguments: [
            ("1.005", 2, "1.01"), ("-1.005", 2, "-1.01"), ("2.4", 0, "2"), ("-0.5", 0, "-1"), ("0.125", 2, "0.13"),
        ])
    func rounds(text: String, scale: Int, expected: String) throws {
        #expect(try #require(ExactDecimal(text)).rounded(toScale: scale).description == expected)
    }

    @Test("equal values are equal and hash alike, whatever their scale")
    func equality() throws {
        let (a, b) = (try #require(ExactDecimal("1.50")), try #require(ExactDecimal("1.5")))
        #expect(a == b)
        #expect(Set([a, b]).count == 1)
        #expect(a < (try #require(ExactDecimal("1.5000001"))))
    }

    @Test("sums do not depend on order")
    func sums() throws {
        let values = try ["0.1", "0.2", "1000000000000.3", "-1000000000000.6"].map { try #require(ExactDecimal($0)) }
        #expect(values.reduce(.zero, +) == .zero)
        #expect(values.reversed().reduce(.zero, +) == .zero)
    }
}
