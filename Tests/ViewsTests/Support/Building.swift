import Quantities
import Queries

/// Shorthand for tables made by hand.
func column(
    _ name: String, _ title: String, _ type: ValueType, _ explanation: String = "",
    _ expression: MetricExpression? = nil
) -> ResultTable.ColumnHeader {
    ResultTable.ColumnHeader(name: name, title: title, type: type, explanation: explanation, expression: expression)
}

func metric(_ name: String, _ title: String) -> MetricExpression { .metric(.init(name: name, title: title)) }

func exact(_ text: String) -> Value? { ExactDecimal(text).map { .exact($0) } }

func count(_ number: Int) -> Value? { .exact(ExactDecimal(number)) }

func real(_ number: Double) -> Value? { .real(number) }

func row(
    _ keys: [ResultTable.Key], _ values: [Value?], currency: String = "GBP", part: Bool = false,
    reasons: [Int: String] = [:]
) -> ResultTable.Row {
    ResultTable.Row(keys: keys, values: values, currency: currency, isIncomplete: part, nullReasons: reasons)
}

func month(_ index: Int) -> ResultTable.Key { .init(.bucket(index), label: CalendarUnit.month.label(of: index)) }

func segment(_ name: String) -> ResultTable.Key { .init(.text(name), label: name) }

func instant(_ text: String) -> Instant {
    guard let instant = Instant(iso8601: text, zone: .utc) else { preconditionFailure("\(text) is no instant") }
    return instant
}

let year2025 = Window(from: instant("2025-01-01"), to: instant("2026-01-01"))
let year2024 = Window(from: instant("2024-01-01"), to: instant("2025-01-01"))
let spring2026 = Window(from: instant("2026-01-01"), to: instant("2026-04-01"))
let shop2025 = Window(from: year2025.from, to: instant("2025-12-10"))
