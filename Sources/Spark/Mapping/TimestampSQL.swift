import Definitions
import Diagnostics
import Quantities

/// Timestamps in SQL as microseconds. Wall times are those of a zone: one that occurs twice is its first occurrence, one
/// that the clocks skip is moved forward by the gap, a date alone is local midnight.
struct TimestampSQL {
    private let fields: FieldSQL
    private let format: TimestampFormat
    private let zone: Zone

    init(_ fields: FieldSQL, _ format: TimestampFormat, _ zone: Zone) {
        self.fields = fields
        self.format = format
        self.zone = zone
    }

    /// The instant in a column of any kind; nil, and a diagnostic, where it holds none.
    func sql(_ column: TableSchema.Column, at place: Place) -> String? {
        switch column.type {
        case .instant: return "UNIX_MICROS(\(column.sql))"
        case .wallTime, .date: return wall("CAST(\(column.sql) AS TIMESTAMP)")
        case .whole, .decimal, .floating:
            guard let unit, let number = fields.number(typed: column) else {
                fields.report(
                    "the column '\(column.name)' is a number, and its format is not said", at: place,
                    ["format: unix, unix_ms or unix_us"])
                return nil
            }
            return counted(number.sql, fields.text(of: column), column.name, unit)
        case .text: return sql(text: fields.text(of: column), column.name, at: place)
        default:
            fields.report("the column '\(column.name)' is \(column.type.words), and a timestamp is needed", at: place)
            return nil
        }
    }

    /// The instant that a text is; null for blanks.
    func sql(text: String, _ name: String, at place: Place) -> String? {
        let trimmed = "NULLIF(\(fields.trimmed(text)), '')"
        func read(_ value: String, _ words: String) -> String {
            let refusal = fields.refusal(trimmed, name, "is not a timestamp of the format: \(words)", as: "BIGINT")
            return "CASE WHEN \(trimmed) IS NOT NULL THEN COALESCE(\(value), \(refusal)) END"
        }
        switch format {
        case .iso8601:
            let zone = fields.text.text(zone.identifier, "zone")
            return read(
                TimestampTextSQL.microseconds(of: trimmed, zone: zone, fields.text),
                "ISO 8601, such as 2026-01-31T10:00:00Z")
        case .unixSeconds, .unixMilliseconds, .unixMicroseconds:
            guard let unit else { return nil }
            let number = fields.number(text: text, name, scale: FieldSQL.scale, hasComma: false)
            return counted(number.sql, trimmed, name, unit)
        case .pattern(let pattern):
            let (java, letters) = TimestampSQL.java(pattern)
            if letters.filter({ $0 == "y" }).count == 2 {
                fields.report(
                    "the pattern '\(pattern)' has years of two digits, whose century Spark takes otherwise", at: place,
                    ["make it a column of the table"])
                return nil
            }
            let parsed = "TRY_TO_TIMESTAMP(\(trimmed), \(fields.text.text(java, "pattern")))"
            return read(letters.contains("X") ? "UNIX_MICROS(\(parsed))" : wall(parsed), "the pattern '\(pattern)'")
        }
    }

    /// The pattern as Java reads it, and its letters outside of apostrophes: fractions have up to six digits, offsets any form.
    private static func java(_ pattern: String) -> (pattern: String, letters: [Character]) {
        var isQuoted = false
        var letters: [Character] = []
        var result = ""
        for character in pattern {
            if character == "'" { isQuoted.toggle() }
            guard !isQuoted, character == "S" || character == "X" else {
                result.append(character)
                if !isQuoted { letters.append(character) }
                continue
            }
            if letters.last != character {
                result += character == "S" ? "[SSSSSS][SSSSS][SSSS][SSS][SS][S]" : "[XXX][XX][X]"
            }
            letters.append(character)
        }
        return (result, letters)
    }

    private func wall(_ timestamp: String) -> String {
        "UNIX_MICROS(TO_UTC_TIMESTAMP(\(timestamp), \(fields.text.text(zone.identifier, "zone"))))"
    }

    /// Microseconds of one unit.
    private var unit: Int? {
        switch format {
        case .unixSeconds: 1_000_000
        case .unixMilliseconds: 1_000
        case .unixMicroseconds: 1
        default: nil
        }
    }

    /// Past the microsecond it is cut towards the past; outside of the years 1 to 9999 it was counted in another unit.
    private func counted(_ number: String, _ shown: String, _ name: String, _ unit: Int) -> String {
        let micros = "FLOOR(\(number) * \(unit))"
        let refusal = fields.refusal(
            "CAST(\(shown) AS STRING)", name, "is not in the years 1 to 9999: unix, unix_ms and unix_us are the units",
            as: "BIGINT")
        return """
            CASE WHEN \(micros) BETWEEN -62135596800000000 AND 253402300799999999 THEN CAST(\(micros) AS BIGINT)
              WHEN \(micros) IS NOT NULL THEN \(refusal) END
            """
    }
}
