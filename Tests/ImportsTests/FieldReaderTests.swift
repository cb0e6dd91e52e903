import Definitions
import Diagnostics
import EventStores
import Imports
import Quantities
import Testing

/// The value of a mapping for one row, or its problem; or what is wrong with the mapping.
private func value(
    _ mapping: FieldMapping, _ row: [String], columns: [String] = ["a", "b", "c"],
    decimalSeparator: Unicode.Scalar = "."
) -> String {
    let header = columns.joined(separator: ";")
    let text = header + "\n" + row.joined(separator: ";") + "\n"
    let named = Columns(columns, of: "f.csv")
    let context = FieldContext(columns: named, decimalSeparator: UInt8(ascii: decimalSeparator), zone: .utc)
    guard let reader = FieldReader(mapping, context) else {
        return named.diagnostics.map { golden($0) + $0.hints.map { " (\($0))" }.joined() }.joined(separator: "\n")
    }
    do {
        let rows = try CSVReader(
            MemoryBytes(Array(text.utf8)), path: "f.csv", dialect: CSVDialect(delimiter: .byte(UInt8(ascii: ";"))))
        guard try rows.next() else { return "no row" }
        do throws(RowProblem) {
            return MemorySink.text(try reader.cell(rows.record))
        } catch {
            return golden(rows.record.diagnostic(error)) + error.hints.map { " (\($0))" }.joined()
        }
    } catch {
        return "unexpected \(error)"
    }
}

private typealias M = Mappings

@Suite struct FieldReaderTests {
    @Test func transformsAndMissing() {
        #expect(value(M.column("a", .string, [.stripSuffix(".0")]), ["17850.0", "", ""]) == "17850")
        #expect(
            value(M.column("a", .string, [.trim, .stripPrefix("#"), .stripLeadingZeros]), [" #00012 ", "", ""]) == "12")
        #expect(value(M.column("a", .string, [.stripLeadingZeros]), ["000", "", ""]) == "0")
        #expect(value(M.column("a", .string, [.lowercase]), ["ÄB@C", "", ""]) == "äb@c")
        #expect(value(M.column("a", .string, [.uppercase]), ["straße", "", ""]) == "STRASSE")
        #expect(value(M.column("a", .string, [.trim]), ["   ", "", ""]) == "–")
        #expect(value(M.column("a", .string, missing: ["N/A", "(not set)"]), ["(not set)", "", ""]) == "–")
        #expect(value(M.column("a", .string, [.trim], missing: ["N/A"]), [" N/A ", "", ""]) == "–")
        #expect(value(M.column("a"), ["1604188995199688", "", ""]) == "1604188995199688")
    }

    @Test func numbers() {
        #expect(value(M.column("a", .number), [" -12.340 ", "", ""]) == "-12.340")
        #expect(value(M.column("a", .number), ["1234,5", "", ""], decimalSeparator: ",") == "1234.5")
        #expect(value(M.column("a", .number), ["1e3", "", ""]) == "1000")
        #expect(
            value(M.column("a", .number), ["99999999999999999999.000000000001", "", ""])
                == "99999999999999999999.000000000001")
        #expect(value(M.column("a", .number), ["  ", "", ""]) == "–")
        let separator =
            "(the decimal separator of this source is '.'; csv: {decimal: \",\"} changes it, thousands separators are not read)"
        #expect(
            value(M.column("b", .number), ["ä", "1,234.50", ""])
                == "f.csv:2:3 TN214 '1,234.50' is not a number \(separator)")
        #expect(
            value(M.column("a", .number), ["€5", "", ""])
                == "f.csv:2:1 TN214 '€5' is not a number (currency signs are not read: strip_prefix or strip_suffix removes them)"
        )
        #expect(
            value(M.column("a", .number), ["NaN", "", ""])
                == "f.csv:2:1 TN214 'NaN' is not a number (missing: [...] lists texts that mean no value)")
        #expect(value(M.column("a", .number), ["1 000", "", ""]) == "f.csv:2:1 TN214 '1 000' is not a number")
    }

    @Test func constants() {
        #expect(value(M.field(.constant("success")), ["", "", ""]) == "success")
        // What is written in YAML has the point, whatever the file has.
        #expect(value(M.field(.constant("1.5"), .number), ["", "", ""], decimalSeparator: ",") == "1.5")
        #expect(value(M.field(.constant("x"), .number), ["", "", ""]) == "project.yaml:1:1 TN214 'x' is not a number")
    }

    @Test func cases() {
        let mapping = M.field(
            .cases(
                [
                    (M.at(M.when("a", .startsWith("C"))), "canceled"),
                    (M.at(M.when("b", .lessThan(ExactDecimal(0)))), "returned"),
                    (M.at(M.when("a", .isIn(["1", "2"]))), "success"),
                ], otherwise: nil))
        #expect(value(mapping, ["C1", "5", ""]) == "canceled")
        #expect(value(mapping, ["1", "-0.5", ""]) == "returned")
        #expect(value(mapping, ["2", "", ""]) == "success")
        #expect(value(mapping, ["3", "1", ""]) == "–")
        #expect(value(mapping, ["3", "x", ""]) == "f.csv:2:3 TN214 'x' is not a number")
        #expect(value(mapping, ["C3", "x", ""]) == "canceled")
    }

    @Test func expressions() {
        #expect(value(M.product("a", "b"), ["6", "2.55", ""]) == "15.30")
        #expect(value(M.product("a", "b"), ["6", "", ""]) == "–")
        #expect(value(M.binary(.divide, .name(M.at("a")), .number(ExactDecimal(100))), ["1999", "", ""]) == "19.99")
        #expect(value(M.binary(.divide, .name(M.at("a")), .name(M.at("b"))), ["1", "0.004", ""]) == "250")
        #expect(
            value(M.binary(.divide, .name(M.at("a")), .name(M.at("b"))), ["10", "3", ""])
                == "f.csv:2:1 TN221 10 / 3 is not exact: the division does not come out even")
        #expect(
            value(M.binary(.divide, .name(M.at("a")), .name(M.at("b"))), ["10", "0.0", ""])
                == "f.csv:2:1 TN221 10 / 0.0 is not exact: division by zero")
        let nines = String(repeating: "9", count: 30)
        #expect(
            value(M.product("a", "b"), [nines, nines, ""])
                == "f.csv:2:1 TN221 \(nines) * \(nines) is not exact: it has more digits than 36")
        #expect(
            value(M.binary(.subtract, .number(ExactDecimal(1)), .negate(M.at(.name(M.at("a"))))), ["0.5", "", ""])
                == "1.5")
    }

    @Test func mappingProblems() {
        #expect(
            value(M.column("B2"), [], columns: ["b_1", "b_2"])
                == "project.yaml:1:1 TN206 'f.csv' has no column 'B2' (did you mean 'b_2'?) (its columns: b_1, b_2)")
        #expect(
            value(M.field(.expression(M.at(.call(M.at("share"), []))), .number), ["", "", ""])
                == "project.yaml:1:1 TN222 an expression over columns has no functions, 'share' is one (+ - * / and parentheses)"
        )
        #expect(
            value(
                M.field(.cases([(M.at(.test(M.at(.consent("x")), M.at(.valid))), "y")], otherwise: nil)), ["", "", ""])
                == "project.yaml:1:1 TN222 a condition of a source asks for a column, not for another subject ({column: name, …})"
        )
    }

    /// Two-valued logic: a test of a missing value is false, except those that ask for its absence.
    @Test func conditions() {
        func holds(_ condition: Condition, _ row: [String]) -> Bool {
            value(M.field(.cases([(M.at(condition), "yes")], otherwise: "no")), row) == "yes"
        }
        let tests: [Condition.Test] = [
            .isIn(["x"]), .startsWith("x"), .endsWith("x"), .contains("x"), .atLeast(ExactDecimal(1)),
            .lessThan(ExactDecimal(1)), .from("2026-01-01"), .before("2026-01-01"), .exists(true),
        ]
        for test in tests {
            #expect(!holds(M.when("a", test), ["", "", ""]), "\(test)")
            #expect(holds(.not(M.at(M.when("a", test))), ["", "", ""]))
        }
        #expect(holds(M.when("a", .notIn(["x"])), ["", "", ""]))
        #expect(holds(M.when("a", .exists(false)), ["", "", ""]))
        #expect(holds(M.when("a", .contains("ell")), ["hello", "", ""]))
        #expect(!holds(M.when("a", .contains("hello!")), ["hello", "", ""]))
        #expect(holds(M.when("a", .endsWith("lo")), ["hello", "", ""]))
        #expect(holds(M.when("a", .atMost(ExactDecimal(1))), ["1.00", "", ""]))
        #expect(!holds(M.when("a", .greaterThan(ExactDecimal(1))), ["1.00", "", ""]))
        #expect(holds(M.when("a", .from("2026-01-01")), ["2026-01-01T00:00:00Z", "", ""]))
        #expect(!holds(M.when("a", .before("2026-01-01")), ["2026-01-01T00:00:00Z", "", ""]))
        // NFC and NFD are different bytes.
        #expect(!holds(M.when("a", .isIn(["\u{E9}"])), ["e\u{301}", "", ""]))
        let both = Condition.all([M.at(M.when("a", .exists(true))), M.at(.any([M.at(M.when("b", .exists(true)))]))])
        #expect(holds(both, ["1", "2", ""]) && !holds(both, ["1", "", ""]))
    }
}
