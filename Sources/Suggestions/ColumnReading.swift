import Definitions
import Foundation
import Imports
import Quantities

/// What the values of a surveyed column can be read as.
struct ColumnReading {
    let survey: ColumnSurvey
    let rows: Int
    let concepts: Set<Concept>
    /// Rows with a value.
    let present: Int
    /// Of the rows with a value, the share whose value reads as a number; with the separator that reads most of them.
    let numeric: Double
    let decimalSeparator: UInt8
    /// The format that reads all values; nil where none does.
    let timestamp: String?
    /// Day and month can be read either way.
    let isAmbiguous: Bool

    /// Values that are looked at for a format: enough to tell, and few enough to be quick.
    private static let samples = 2_000

    init(_ survey: ColumnSurvey, rows: Int) {
        self.survey = survey
        self.rows = rows
        concepts = Lexicon.concepts(of: survey.name)
        present = survey.present
        let point = ColumnReading.numericRows(survey, UInt8(ascii: "."))
        let comma = ColumnReading.numericRows(survey, UInt8(ascii: ","))
        decimalSeparator = comma > point ? UInt8(ascii: ",") : UInt8(ascii: ".")
        numeric = present == 0 ? 0 : Double(max(point, comma)) / Double(present)
        (timestamp, isAmbiguous) = ColumnReading.format(survey)
    }

    var name: String { survey.name }

    var distinct: Int { survey.texts.count }

    var coverage: Double { rows == 0 ? 0 : Double(present) / Double(rows) }

    var isNumber: Bool { present > 0 && numeric > 0.98 }

    /// Texts in order of frequency.
    var values: [(text: String, count: Int)] {
        zip(survey.texts, survey.counts).sorted { $0.1 > $1.1 }
            .map { (String(decoding: $0, as: UTF8.self), $1) }
    }

    /// Few different words that are no numbers.
    var isCategory: Bool { present > 0 && distinct <= 40 && timestamp == nil && numeric < 0.5 }

    /// Two kinds of answer, yes and no.
    var isYesOrNo: Bool { distinct <= 8 && Answer.areAnswers(texts) }

    /// Of yes and no, what means yes.
    var yes: [String] { texts.filter(Answer.isYes).sorted() }

    private var texts: [String] { survey.texts.map { String(decoding: $0, as: UTF8.self) } }

    /// All values are ISO 4217 codes.
    var isCurrency: Bool {
        present > 0 && distinct <= 60
            && texts.allSatisfy(Currency.isWellFormed)
    }

    /// Values that stand for no value, where an identifier is expected.
    var placeholders: [String] { texts.filter { ColumnReading.placeholders.contains($0.lowercased()) }.sorted() }

    private static let placeholders: Set<String> = [
        "(not set)", "not set", "(none)", "none", "null", "nil", "nan", "n/a", "#n/a", "undefined", "unknown", "-", "?",
    ]

    /// Rows with one of the values.
    func rows(with values: [String]) -> Int {
        zip(texts, survey.counts).reduce(0) { values.contains($1.0) ? $0 + $1.1 : $0 }
    }

    /// The values are finer than days.
    func hasTimeOfDay(_ format: String) -> Bool {
        switch format {
        case "iso8601": texts.contains { $0.contains(":") }
        case "unix", "unix_ms", "unix_us": true
        default: format.contains("mm")
        }
    }

    /// Share of the rows with a number below zero.
    var negative: Double {
        guard present > 0 else { return 0 }
        let count = zip(survey.texts, survey.counts).reduce(0) { sum, entry in
            entry.0.first == UInt8(ascii: "-") && ExactDecimal(utf8: entry.0, decimalSeparator: decimalSeparator) != nil
                ? sum + entry.1 : sum
        }
        return Double(count) / Double(present)
    }

    /// An ending that all values have and that is no part of them: `.0` of numbers that a spreadsheet wrote.
    var suffix: String? {
        let ending = Array(".0".utf8)
        guard distinct > 0, survey.texts.allSatisfy({ $0.count > 2 && $0.suffix(2).elementsEqual(ending) }) else {
            return nil
        }
        return ".0"
    }

    /// Of the groups of several rows with equal values in another column: how many there are, and in how many of them this
    /// column has more than one value. Single rows say nothing, nor do values that stand for none.
    func variation(within key: ColumnReading) -> (varying: Int, groups: Int) {
        let placeholders = Set(key.placeholders)
        let isKey = key.texts.map { !placeholders.contains($0) }
        var first: [Int32: Int32] = [:]
        var several: Set<Int32> = []
        var varying: Set<Int32> = []
        for (group, code) in zip(key.survey.codes, survey.codes) where group != 0 && isKey[Int(group) - 1] {
            guard let known = first[group] else {
                first[group] = code
                continue
            }
            several.insert(group)
            if known != code { varying.insert(group) }
        }
        return (varying.count, several.count)
    }

    private static func numericRows(_ survey: ColumnSurvey, _ separator: UInt8) -> Int {
        zip(survey.texts, survey.counts).reduce(0) { sum, entry in
            ExactDecimal(utf8: entry.0, decimalSeparator: separator) == nil ? sum : sum + entry.1
        }
    }

    // MARK: - Timestamps

    private static let patterns = [
        "dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm", "d/M/yyyy H:mm:ss", "d/M/yyyy H:mm", "dd/MM/yyyy", "d/M/yyyy",
        "MM/dd/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm", "M/d/yyyy H:mm:ss", "M/d/yyyy H:mm", "M/d/yyyy h:mm a", "MM/dd/yyyy",
        "M/d/yyyy", "M/d/yy H:mm", "d/M/yy H:mm", "dd.MM.yyyy HH:mm:ss", "dd.MM.yyyy HH:mm", "d.M.yyyy H:mm:ss",
        "d.M.yyyy H:mm", "dd.MM.yyyy", "d.M.yyyy", "dd-MM-yyyy HH:mm:ss", "dd-MM-yyyy HH:mm", "dd-MM-yyyy",
        "yyyy/MM/dd HH:mm:ss", "yyyy/MM/dd HH:mm", "yyyy/MM/dd", "yyyyMMddHHmmss", "yyyyMMdd", "dd MMM yyyy",
        "d MMM yyyy H:mm", "MMM d yyyy",
    ]

    /// Instants that timestamps of a shop lie between.
    private static let plausible = Instant(seconds: 631_152_000)...Instant(seconds: 4_102_444_800)

    private static func format(_ survey: ColumnSurvey) -> (String?, Bool) {
        let texts = survey.texts.prefix(samples)
        if texts.isEmpty { return (nil, false) }
        // That a format does not read a text is the answer here, and no failure.
        func reads(_ format: TimestampFormat) -> Bool {
            guard let reader = try? TimestampReader(format, zone: .utc, at: nil) else { return false }
            return texts.allSatisfy { text in
                guard let instant = try? reader.read(text[...]) else { return false }
                return plausible.contains(instant)
            }
        }
        if reads(.iso8601) { return ("iso8601", false) }
        for pattern in patterns where reads(.pattern(pattern)) {
            // The same text with day and month the other way round.
            let other = pattern.replacing("dd", with: "#").replacing("MM", with: "dd").replacing("#", with: "MM")
            let swapped = pattern.hasPrefix("d/") ? pattern.replacing("d/M", with: "M/d") : other
            return (pattern, swapped != pattern && pattern.contains("/") && reads(.pattern(swapped)))
        }
        guard texts.allSatisfy({ $0.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") } }) else {
            return (nil, false)
        }
        for (format, name) in [
            (TimestampFormat.unixSeconds, "unix"), (.unixMilliseconds, "unix_ms"), (.unixMicroseconds, "unix_us"),
        ] where reads(format) { return (name, false) }
        return (nil, false)
    }
}
