import Quantities

// Short names for the values that describe the language.

extension Shape {
    static func text(example: String? = nil) -> Shape { .text(TextShape(example: example)) }

    static func words(_ allowed: [String]) -> Shape { .text(TextShape(allowed: allowed)) }

    static func words<Word: CaseIterable & RawRepresentable<String>>(_ type: Word.Type) -> Shape {
        .words(type.allCases.map(\.rawValue))
    }

    static func form(_ form: TextForm, example: String? = nil) -> Shape {
        .text(TextShape(form: form, example: example))
    }

    static func integer(_ minimum: Int, _ maximum: Int) -> Shape {
        .number(NumberShape(isInteger: true, minimum: minimum, maximum: maximum))
    }

    static let anyNumber = Shape.number(NumberShape(isInteger: false))

    static func list(_ element: Shape, _ limits: ClosedRange<Int> = 1...1000) -> Shape {
        .list(ListShape(element: element, limits: limits))
    }

    static func oneOrMany(_ element: Shape, _ limits: ClosedRange<Int> = 1...1000) -> Shape {
        .oneOrMany(ListShape(element: element, limits: limits))
    }

    static func mapping(_ name: String, _ fields: [Field], groups: [MappingShape.Group] = []) -> Shape {
        .mapping(MappingShape(name: name, fields: fields, groups: groups))
    }

    static func entries(
        _ name: String, key: TextShape = TextShape(), _ value: Shape, _ limits: ClosedRange<Int> = 0...500, doc: String
    ) -> Shape {
        .entries(EntriesShape(name: name, key: key, value: value, doc: doc, limits: limits))
    }
}

extension Field {
    static func required(_ name: String, _ shape: Shape, _ doc: String) -> Field {
        Field(name: name, shape: shape, isRequired: true, doc: doc)
    }

    static func optional(_ name: String, _ shape: Shape, _ doc: String, default defaultText: String? = nil) -> Field {
        Field(name: name, shape: shape, isRequired: false, doc: doc, defaultText: defaultText)
    }
}

extension TextForm {
    static let id = TextForm(
        name: "an id of letters, digits, - and _", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
    ) { text in
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isLetterOrDigit(first), bytes.count <= 100 else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    static let identifier = TextForm(
        name: "a name of letters, digits and _ that begins with a letter", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,99}$"
    ) { text in
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 100, !(48...57).contains(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
    }

    static let parameterName = TextForm(
        name: "a name of letters, digits, _ and - that begins with a letter",
        pattern: "^[A-Za-z_][A-Za-z0-9_-]{0,99}$"
    ) { isParameterName(Array($0.utf8)) }

    /// A name in addresses and on the command line, `product.name`.
    static let dottedName = TextForm(
        name: "a name of letters, digits, ., - and _ that begins with a letter",
        pattern: "^[A-Za-z][A-Za-z0-9._-]{0,99}$"
    ) { text in
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 100, isLetterOrDigit(first), !isDigit(first) else { return false }
        return bytes.allSatisfy {
            isLetterOrDigit($0) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0)
        }
    }

    /// A name in the data: any text that is not empty.
    static let name = TextForm(name: "a text that is not empty", pattern: "^[\\s\\S]+$") { !$0.utf8.isEmpty }

    static let version = TextForm(name: "a version such as 1.0.0", pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$") { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.count < 10 && $0.allSatisfy(isDigit) }
    }

    static let span = TextForm(
        name: "a span such as 12 months or 30 days", pattern: "^[1-9][0-9]{0,4} (day|week|month|quarter|year)s?$"
    ) { Span($0) != nil }

    static let period = TextForm(
        name: "week, month, quarter, year, or a number of days such as 28 days",
        pattern: "^(week|month|quarter|year|[1-9][0-9]{0,4} days?)$"
    ) { Span(period: $0) != nil }

    static let currency = TextForm(name: "an ISO 4217 code such as EUR", pattern: "^[A-Z]{3}$") { text in
        text.utf8.count == 3 && text.utf8.allSatisfy { (65...90).contains($0) }
    }
}

extension Span {
    /// `12 months`, `1 day`; nil for anything else.
    init?(_ text: String) {
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, let first = words.first, let last = words.last, first.first != UInt8(ascii: "0"),
            first.count <= 5, first.allSatisfy(isDigit), let count = Int(String(decoding: first, as: UTF8.self))
        else { return nil }
        var unit = String(decoding: last, as: UTF8.self)
        if unit.utf8.last == UInt8(ascii: "s") { unit.removeLast() }
        guard let unit = CalendarUnit(rawValue: unit) else { return nil }
        self.init(count: count, unit: unit)
    }

    /// As typed: `12 months`, `52w`, `90 days`, `6m`; nil for anything else.
    package init?(length text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let known: [Substring: String] = ["d": "day", "w": "week", "m": "month", "y": "year"]
        self.init("\(digits) \(known[unit] ?? String(unit))")
    }

    /// `month`, `28 days`: a calendar unit stands for one of it, other spans are of days.
    init?(period text: String) {
        if let unit = CalendarUnit(rawValue: text), unit != .day {
            self.init(count: 1, unit: unit)
        } else if let span = Span(text), span.unit == .day {
            self = span
        } else {
            return nil
        }
    }
}

@Sendable func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

@Sendable func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte)
}

func isParameterName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, bytes.count <= 100, !isDigit(first), first != UInt8(ascii: "-") else { return false }
    return bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
}

extension TextForm {
    static let moment = TextForm(
        name: "a date such as 2026-01-31 or an instant such as 2026-01-31T10:00:00Z",
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?$"
    ) { Instant(iso8601: $0, zone: .utc) != nil }
}
