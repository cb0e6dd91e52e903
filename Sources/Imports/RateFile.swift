import Definitions
import Diagnostics
package import Foundation
package import Quantities

/// The exchange rates of a project: a CSV with the columns `date,currency,rate`, and `to` where they lead into several
/// currencies.
package enum RateFile {
    /// One unit of a currency in another, from a day on (days since 1970-01-01).
    package struct Rate: Equatable, Sendable {
        package var day: Int
        package var rate: ExactDecimal
    }

    /// The currency that a rate leads into, and what it is a rate of.
    private struct Pair: Hashable {
        var into: String
        var currency: String
    }

    /// The rates by the currency that they lead into and by the currency they are of, each list ascending by day, no day
    /// twice.
    ///
    /// - Parameter display: what rates lead into that name no other currency.
    /// - Throws: a `DiagnosticList` with everything that is wrong, or a `Diagnostic` where the file can not be read to its
    ///   end.
    package static func read(_ url: URL, path: String, into display: String) throws -> [String: [String: [Rate]]] {
        do {
            return try read(TextFile.open(url.path, encoding: .auto), path: path, into: display)
        } catch let problem as ByteProblem {
            let place = Place(.excerpt(path: path, line: []), line: 1, column: 1)
            throw Diagnostic(.error, problem.code, problem.message, at: place, hints: problem.hints)
        }
    }

    package static func read(
        _ text: any ByteSource, path: String, into display: String
    ) throws -> [String: [String: [Rate]]] {
        let reader = try CSVReader(text, path: path, dialect: CSVDialect())
        let columns = Columns(reader.columns, of: path)
        let record = reader.record
        let top = Place(.excerpt(path: path, line: reader.header ?? []), line: 1, column: 1)
        let date = columns.index(of: "date", at: top)
        let currency = columns.index(of: "currency", at: top)
        let rate = columns.index(of: "rate", at: top)
        guard let date, let currency, let rate else { throw DiagnosticList(columns.diagnostics) }
        let target = reader.columns.contains("to") ? columns.index(of: "to", at: top) : nil
        // A column that nothing reads may be a misspelt `to`, and its rates would lead elsewhere.
        let known = ["date", "currency", "rate", "to"]
        if let other = reader.columns.first(where: { !known.contains($0) }) {
            throw DiagnosticList([
                Diagnostic(
                    .error, .importRate, "a rates file has no column '\(other)'", at: top,
                    hints: didYouMean(other, among: known) + ["its columns: \(known.joined(separator: ", "))"])
            ])
        }

        var rates: [Pair: [Int: (rate: ExactDecimal, place: Place)]] = [:]
        var problems: [Diagnostic] = []
        while try reader.next() {
            do {
                if let problem = record.problem { throw problem }
                let day = try day(record, date)
                let code = try code(record, currency)
                let named = target.flatMap { trim(record.text($0)).isEmpty ? nil : $0 }
                var pair = Pair(into: display, currency: code)
                if let named { pair.into = try self.code(record, named) }
                let value = try value(record, rate)
                if pair.into == code, value != ExactDecimal(1) {
                    throw RowProblem(
                        .importRate, "1 \(code) is not \(value) \(code)",
                        hints: [
                            named == nil
                                ? "the rates lead into the display currency, which is \(display)"
                                : "`to` is the currency that the rate leads into"
                        ], at: .field(rate))
                }
                // One of itself says nothing, and is no way into a currency.
                if pair.into == code { continue }
                let place = record.place(from: record.range.lowerBound, to: record.range.lowerBound + 1)
                if let first = rates[pair]?[day] {
                    guard first.rate != value else { continue }
                    var diagnostic = record.diagnostic(
                        RowProblem(
                            .importRate,
                            "\(code) has two rates into \(pair.into) on \(CivilDate(dayNumber: day)): \(first.rate) and"
                                + " \(value)",
                            at: .field(rate)))
                    diagnostic.related = [.init("the first is here", at: first.place)]
                    problems.append(diagnostic)
                } else {
                    rates[pair, default: [:]][day] = (value, place)
                }
            } catch let problem as RowProblem {
                problems.append(record.diagnostic(problem))
            }
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        var result: [String: [String: [Rate]]] = [:]
        for (pair, days) in rates {
            result[pair.into, default: [:]][pair.currency] =
                days.map { Rate(day: $0, rate: $1.rate) }.sorted { $0.day < $1.day }
        }
        return result
    }

    private static func day(_ record: Record, _ column: Int) throws(RowProblem) -> Int {
        let text = trim(record.text(column))
        // A time would name an instant; a rate holds for a day.
        guard text.count == 10, let instant = Instant(iso8601: Array(text), zone: .utc) else {
            throw RowProblem(
                .importRate, "\(shown(text)) is not a date", hints: ["dates are written 2026-01-31"], at: .field(column)
            )
        }
        return Zone.utc.dayNumber(at: instant)
    }

    private static func code(_ record: Record, _ column: Int) throws(RowProblem) -> String {
        let text = String(decoding: trim(record.text(column)), as: UTF8.self)
        guard Currency.isWellFormed(text) else {
            throw RowProblem(
                .importRate, "\(shown(Array(text.utf8))) is not a currency's code",
                hints: ["three capital letters (ISO 4217), such as EUR"], at: .field(column))
        }
        return text
    }

    private static func value(_ record: Record, _ column: Int) throws(RowProblem) -> ExactDecimal {
        let value: ExactDecimal
        do throws(RowProblem) {
            value = try NumberText.read(record.text(column), decimalSeparator: UInt8(ascii: "."))
        } catch {
            throw error.placed(at: column)
        }
        guard value > .zero else {
            throw RowProblem(.importRate, "the rate \(value) is not above zero", at: .field(column))
        }
        return value
    }
}
