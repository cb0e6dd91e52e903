import Foundation
import Quantities

/// What `tenure evaluate --format json` prints, read the way another program would.
struct Evaluated: Decodable {
    let schemaVersion: Int
    let semantics: Semantics
    let warnings: [String]
    let reports: [Report]

    private enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case semantics, warnings, reports
    }

    struct Semantics: Decodable {
        let asOf: String
        let window: [String: String]
        let timezone: String
        let displayCurrency: String

        private enum CodingKeys: String, CodingKey {
            case asOf = "as_of"
            case displayCurrency = "display_currency"
            case window, timezone
        }
    }

    func report(_ id: String) throws -> Report {
        guard let report = reports.first(where: { $0.id == id }) else {
            throw TenureRun.Failure(description: "no report '\(id)' among \(reports.map(\.id))")
        }
        return report
    }
}

/// Values by column.
typealias Figures = [String: Figure]

struct Report: Decodable {
    let id: String
    let rows: [Row]
    /// Nil where the report has no rows to total.
    private let totalRow: Row?
    let previous: Rows?

    struct Rows: Decodable {
        let rows: [Row]
    }

    struct Row: Decodable {
        let keys: [String: Key]
        let values: Figures
        let currency: String
        let incomplete: Bool
    }

    struct Key: Decodable {
        let label: String
    }

    /// The names of the dimensions in order.
    private let dimensions: [Dimension]

    private struct Dimension: Decodable {
        let name: String
    }

    private enum CodingKeys: String, CodingKey {
        case id, rows, previous, dimensions
        case totalRow = "total"
    }

    /// The total of a table; for key figures their only row.
    var total: Figures { totalRow?.values ?? (rows.count == 1 ? rows[0].values : [:]) }

    /// The labels of the rows in the order in which they are printed, several dimensions joined by a blank.
    var labels: [String] { rows.map(label) }

    /// Values by row label.
    var byLabel: [String: Figures] {
        Dictionary(rows.map { (label($0), $0.values) }) { first, _ in first }
    }

    func row(_ label: String) throws -> Figures {
        guard let row = byLabel[label] else {
            throw TenureRun.Failure(description: "the report '\(id)' has no row '\(label)' among \(labels)")
        }
        return row
    }

    private func label(_ row: Row) -> String {
        dimensions.map { row.keys[$0.name]?.label ?? "?" }.joined(separator: " ")
    }
}

/// A value of a result: null, or a number with all its digits. Literals are exact: `"8911407.904"`, `2`, `.null`.
enum Figure: Decodable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
    case null
    case number(ExactDecimal)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
            return
        }
        // Foundation's Decimal keeps the digits of the text, a Double would not.
        let text = try container.decode(Decimal.self).description
        guard let number = ExactDecimal(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no decimal number")
        }
        self = .number(number)
    }

    init(integerLiteral value: Int) { self = .number(ExactDecimal(value)) }

    init(stringLiteral value: String) { self.init(exactly: value) }

    init(exactly text: String) {
        guard let number = ExactDecimal(text) else { preconditionFailure("'\(text)' is no decimal number") }
        self = .number(number)
    }

    init(_ count: Int) { self = .number(ExactDecimal(count)) }

    /// For ratios; null is NaN, which equals nothing.
    var double: Double {
        switch self {
        case .null: .nan
        case .number(let number): number.double
        }
    }

    func isClose(to expected: Double, within tolerance: Double = 1e-6) -> Bool { abs(double - expected) <= tolerance }

    var description: String {
        switch self {
        case .null: "null"
        case .number(let number): number.normalized.description
        }
    }
}
