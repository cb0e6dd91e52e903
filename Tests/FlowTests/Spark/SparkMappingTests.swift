import Foundation
import Quantities
import Testing

extension OnSpark {
    /// What mappings make of texts is what they make of the same rows in files.
    @Suite("mappings", .serialized)
    struct SparkMappingTests {
        private static let header = "id,customer,iso,wall,unix,pattern,amount,quantity,price,word,flag,nothing"

        private static let isoForms = [
            "2025-01-31T10:00:00Z", "2025-01-31T10:00:00.123456Z", "2025-01-31 10:00:00", "2025-01-31T10:00",
            "2025-02-28",
            "2025-03-30T02:30:00", "2025-10-26T02:30:00", "2025-10-26T02:30:00+01:00", "2025-06-01T00:00:00+0530",
            " 2025-07-04T12:00:00z", "2025-07-04 12:00:00 UTC", "2024-02-29T23:59:59.9999999Z", "2025-03-30",
            "1999-12-31t23:59:59,5Z", "2025-02-03T10:00Z", "2025-02-03 10:00+01:00", "2025-02-03 10:00 UTC",
            "2025-02-03T10:00:00+02", "2025-02-03t10:00 -0330", "2025-02-03T10:00:00.25-07",
        ]
        private static let walls = [
            "30.03.2025 02:30", "26.10.2025 02:30", "01.01.2025 00:00", "29.02.2024 23:59", "15.08.2025 12:00",
        ]
        private static let units = ["1735689600", "1735689600.5", "0", "1750000000.1234567", " 1750000001 "]
        private static let patterns = ["3/1/2025 7:05", "31/12/2024 23:59", "1/6/2025 0:00"]
        private static let amounts = [
            "12", "12.50", " 7 ", "-3.25", "+1", "007.10", ".5", "1e2", "0", "1234567.891", "-0", "",
        ]
        private static let quantities = ["1", "2", "10", "", "n/a"]
        private static let prices = ["9.99", "0.1", "100", "2.55", ""]
        private static let words = [
            "alpha", " alpha ", "ALPHA", "pre-x", "pre-", "x.0", ".0", "000", "0012", "é", "e\u{301}", "İ", "ΣΑΣ",
            "Σας", "", "NULL",
            "it's",
            "a\\b", "tab\there", "\"quoted\"", "😀", "ß", "n/a",
        ]

        private static func rows(_ random: inout SeededGenerator) -> [[String]] {
            (0..<240).map { number in
                [
                    "o\(number)", number % 17 == 0 ? "" : "c\(number % 40)", pick(isoForms, &random),
                    pick(walls, &random),
                    pick(units, &random), pick(patterns, &random), pick(amounts, &random), pick(quantities, &random),
                    pick(prices, &random), pick(words, &random), pick(["true", "false", ""], &random), "",
                ]
            }
        }

        private static func pick(_ list: [String], _ random: inout SeededGenerator) -> String {
            list[Int.random(in: list.indices, using: &random)]
        }

        private static func csv(_ rows: [[String]]) -> String {
            let lines = rows.map { row in
                row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
            }
            return ([header] + lines).joined(separator: "\n") + "\n"
        }

        /// One source for each form of timestamps, each with other fields.
        private static func project(_ tables: (String) -> String) -> String {
            func source(_ name: String, _ timestamp: String, _ more: String) -> String {
                """
                  - name: \(name)
                    file: rows.csv
                    \(tables(name))
                    row_order: line
                    customer: {column: customer, missing: ["c7"]}
                    \(more)
                    event:
                      type: \(name)
                      timestamp: \(timestamp)
                      key: purchase_id
                      attributes:
                        purchase_id: {column: id, strip_prefix: o}
                        total_price: {column: amount, type: number}
                        line_price: {expression: "quantity * price / 4 - 0.5", type: number, missing: ["n/a"]}
                        trimmed: {column: word, trim: true}
                        lower: {column: word, trim: true, lowercase: true, missing: ["n/a"]}
                        upper: {column: word, uppercase: true}
                        stripped: {column: word, strip_prefix: "pre-", strip_suffix: ".0"}
                        zeros: {column: word, strip_leading_zeros: true, missing: ["NULL", "0"]}
                        flag: flag
                        class:
                          cases:
                            - {when: {column: amount, at_least: 100}, value: large}
                            - {when: {all: [{column: word, exists: true}, {not: {column: word, contains: a}}]}, value: no a}
                            - {when: {column: flag, not_in: ["true"]}, value: untrue}
                            - {when: {column: word, starts_with: "a"}, value: a}
                        when: {column: iso, type: timestamp}
                        purchase_status: {value: success}
                """
            }
            return """
                name: Forms
                timezone: Europe/Prague
                currency: EUR
                as_of: data
                sources:
                \(source("isos", "iso", "without_customer: skip"))
                \(source("walls", "{column: wall, format: \"dd.MM.yyyy HH:mm\"}", "without_customer: guest"))
                \(source("units", "{column: unix, format: unix}", "without_customer: skip\n    where: {any: [{column: word, ends_with: a}, {column: iso, before: 2025-06-01}, {column: price, less_than: 3}]}"))
                \(source("patterns", "{column: pattern, format: \"d/M/yyyy H:mm\", zone: America/New_York}", "without_customer: skip\n    properties: {favourite: {column: word, trim: true}, score: {column: amount, type: number}}"))

                """
        }

        /// Everything about an event's attributes.
        private static func useCase(_ event: String) -> String {
            let attributes = ["trimmed", "lower", "upper", "stripped", "zeros", "flag", "class"]
            let tables = attributes.map {
                "    - {table: \($0), title: \($0), by: {attribute: \($0)}, metrics: [revenue, purchases, buyers]}"
            }
            return """
                use_case: \(event)
                version: 1.0.0
                title: \(event)
                event_segmentations:
                  - id: done
                    name: Done
                    event: \(event)
                    segments: [{name: all, when: {attribute: purchase_status, equals: success}}]
                purchases:
                  event: \(event)
                  amount: AMOUNT
                  success: {segmentation: done, in: [all]}
                metrics:
                  revenue: {measure: revenue}
                  purchases: {measure: purchases}
                  buyers: {measure: buyers}
                  gap: {measure: gap_sum}
                dashboard:
                  id: \(event)
                  name: \(event)
                  reports:
                    - {kpi: headline, title: All, metrics: [revenue, purchases, buyers, gap]}
                    - {trend: days, title: Days, by: {calendar: day}, metrics: [revenue, purchases]}
                \(tables.joined(separator: "\n"))

                """
        }

        @Test func textsOfTables() throws {
            guard let spark = try SparkServer.find() else { return }
            let seed =
                ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
            print("seed \(seed)")
            var random = SeededGenerator(seed: seed)
            let events = ["isos", "walls", "units", "patterns"]
            var files = ["rows.csv": SparkMappingTests.csv(SparkMappingTests.rows(&random))]
            files["project.yaml"] = SparkMappingTests.project { _ in "table: form_rows" }
            for event in events {
                for (name, amount) in [(event, "total_price"), ("\(event)-lines", "line_price")] {
                    files["usecases/\(name)/usecase.yaml"] = SparkMappingTests.useCase(event)
                        .replacing("use_case: \(event)", with: "use_case: \(name)").replacing("AMOUNT", with: amount)
                }
            }
            let project = try TenureProject(files)
            try spark.makeTable("form_rows", csv: project.url("rows.csv"))
            try project.succeed("import", "--progress", "none")
            // What lines amount to does not hang on how times are written.
            let names = events + ["units-lines"]
            var expected: [String: String] = [:]
            for name in names {
                try project.succeed("deploy", name, "--yes")
                expected[name] = try project.succeed("evaluate", name, "--all-time", "--format", "json").output
            }
            project.limit = 300
            try project.edit(
                "project.yaml", replace: "as_of: data\n",
                with: "as_of: data\nengine: {spark: {remote: \"\(spark.address)\"}}\n")
            for name in names {
                let found = try project.succeed("evaluate", name, "--all-time", "--format", "json").output
                let differences = try ComparedJSON.differences(try #require(expected[name]), found)
                #expect(differences.isEmpty, "seed \(seed), \(name): \(differences.prefix(10))")
            }
        }
    }
}

/// Sebastiano Vigna's SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
