import Quantities
import Queries

extension ExactDecimal {
    /// As Spark writes decimals: `12.50`, and `0E-10` for a zero of many digits.
    init?(sql text: String) {
        guard let mark = text.firstIndex(where: { $0 == "E" || $0 == "e" }) else {
            self.init(text)
            return
        }
        guard let mantissa = ExactDecimal(text[..<mark]), let exponent = Int(text[text.index(after: mark)...]),
            abs(exponent) <= 37
        else { return nil }
        if exponent >= 0 {
            self = mantissa * ExactDecimal(units: ExactDecimal.power(exponent), scale: 0)
        } else {
            self = mantissa * ExactDecimal(units: 1, scale: -exponent)
        }
    }
}

extension GroupKey {
    /// - Throws: `SparkFailure` for a text that is no key.
    init(sql text: String) throws {
        let rest = String(decoding: text.utf8.dropFirst(), as: UTF8.self)
        func number() throws -> Int {
            guard let number = Int(rest) else { throw SparkFailure(.malformedAnswer, "no key: \(text)") }
            return number
        }
        switch text.utf8.first.map({ Character(UnicodeScalar($0)) }) {
        case "t": self = .text(rest)
        case "m": self = .missing
        case "r": self = .remainder
        case "b": self = .bucket(try number())
        case "n": self = .number(try number())
        case "d":
            guard let decimal = ExactDecimal(sql: rest) else {
                throw SparkFailure(.malformedAnswer, "no key: \(text)")
            }
            self = .text(decimal.normalized.description)
        case "i": self = .text(Instant(microseconds: Int64(try number())).description)
        default: throw SparkFailure(.malformedAnswer, "no key: \(text)")
        }
    }
}

/// A row of an answer, read field by field.
struct RowReader {
    private let row: [String?]
    private let what: String

    /// - Parameter what: the kind of row, for messages.
    /// - Throws: `SparkFailure` for another number of fields.
    init(_ row: [String?], fields: Int, _ what: String) throws {
        guard row.count == fields else {
            throw SparkFailure(.malformedAnswer, "a row of \(what) with \(row.count) columns")
        }
        (self.row, self.what) = (row, what)
    }

    /// Nil for null.
    subscript(_ place: Int) -> String? { row[place] }

    /// - Throws: `SparkFailure` for null.
    func text(_ place: Int) throws -> String { try value(place) { $0 } }
    func number(_ place: Int) throws -> Int { try value(place) { Int($0) } }
    func decimal(_ place: Int) throws -> ExactDecimal { try value(place) { ExactDecimal(sql: $0) } }
    func instant(_ place: Int) throws -> Instant { try value(place) { Int64($0).map { Instant(microseconds: $0) } } }

    private func value<Value>(_ place: Int, _ read: (String) -> Value?) throws -> Value {
        guard let text = row[place], let value = read(text) else {
            throw SparkFailure(
                .malformedAnswer, "a row of \(what) with '\(row[place] ?? "null")' in column \(place + 1)")
        }
        return value
    }
}

extension Array {
    subscript(ifThere index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
