import Definitions
import Imports

private typealias M = Mappings

/// A number generator that repeats itself for a seed (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// CSV files of all that a CSV can have, right and wrong, and a mapping for them.
struct RandomCSV {
    private var generator: SeededGenerator
    private let hasMistakes: Bool
    private let hasQuotes: Bool
    private let withoutCustomer: Source.WithoutCustomer
    private let typeIsFixed: Bool
    private let hasKey: Bool
    /// Else the rows are of properties alone.
    private let hasEvent: Bool
    let isCompressed: Bool

    init(seed: UInt64) {
        generator = SeededGenerator(state: seed)
        hasMistakes = Int.random(in: 0..<4, using: &generator) > 0
        hasQuotes = Int.random(in: 0..<4, using: &generator) > 0
        withoutCustomer = [.reject, .skip, .guest].randomElement(using: &generator) ?? .reject
        typeIsFixed = Bool.random(using: &generator)
        hasKey = Bool.random(using: &generator)
        hasEvent = Int.random(in: 0..<6, using: &generator) > 0
        isCompressed = Int.random(in: 0..<5, using: &generator) == 0
    }

    private mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &generator) == 0 }

    private mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    func source(files: [String]) -> Source {
        let attributes = [
            M.named("key", M.column("key")), M.named("total", M.column("total", .number)),
            M.named("note", M.column("note")),
            M.named("code", M.column("note", .string, [.lowercase, .stripPrefix("a")], missing: ["-"])),
            M.named("due", M.column("due", .timestamp)), M.named("fix", M.field(.constant("x"))),
        ]
        return M.source(
            .csv(files: files.map { M.at($0) }, M.csv()), without: withoutCustomer,
            filter: hasMistakes ? .not(M.at(M.when("note", .startsWith("drop")))) : nil,
            event: !hasEvent
                ? nil
                : M.event(
                    type: typeIsFixed ? .fixed(M.at("purchase")) : .column(M.at("event")), key: hasKey ? "key" : nil,
                    amount: hasKey ? "total" : nil, attributes),
            properties: [M.named("note", M.column("note")), M.named("total", M.column("total", .number))])
    }

    /// About two hundred rows.
    mutating func file() -> [UInt8] {
        let lineEnd = pick(["\n", "\n", "\r\n", "\r"])
        var bytes = Array("customer,time,event,key,total,note,due".utf8)
        for _ in 0..<number(0..<400) {
            bytes += (one(in: 20) ? pick(["\n", "\r\n", "\r", "\n\n\n"]) : lineEnd).utf8
            bytes += row()
        }
        if !one(in: 3) { bytes += lineEnd.utf8 }
        if hasMistakes, one(in: 10) { bytes += Array("c1,\"never closed".utf8) }
        return bytes
    }

    private mutating func row() -> [UInt8] {
        var fields = [
            one(in: 12) ? "" : "c\(number(0..<60))", time(), pick(["view", "purchase", "consent"]),
            one(in: 4) ? "" : "\(number(0..<150))", total(), note(), one(in: 2) ? "" : time(),
        ]
        if hasMistakes, one(in: 15) {
            switch number(0..<5) {
            case 0: fields.removeLast()
            case 1: fields.append("one more")
            case 2: fields[2] = ""
            case 3: fields[0] = "guest:\(number(0..<9))"
            default: fields[5] = "dropped"
            }
        }
        var bytes: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += quoted(field)
        }
        if hasMistakes, one(in: 40), let position = bytes.indices.randomElement(using: &generator) {
            // A stray quote, NUL, a byte that is no UTF-8, a line end where none should be.
            bytes.insert([0x22, 0x22, 0x00, 0xFF, 0x0A].randomElement(using: &generator) ?? 0, at: position)
        }
        return bytes
    }

    private mutating func quoted(_ field: String) -> [UInt8] {
        let mustQuote = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        guard mustQuote || (hasQuotes && one(in: 6)) else { return Array(field.utf8) }
        return [0x22] + field.utf8.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] } + [0x22]
    }

    private mutating func time() -> String {
        let day = "2026-0\(number(1..<10))-\(number(10..<29))"
        if hasMistakes, one(in: 60) { return pick(["2026-02-30", "yesterday", "2026-01-01T25:00:00Z", "2026-01-0٣"]) }
        return pick([
            "\(day)T10:00:0\(number(0..<10))Z", "\(day)T10:00:00Z", day, "\(day) 11:30", "\(day)T01:00:00.5+02:00",
        ])
    }

    private mutating func total() -> String {
        if hasMistakes, one(in: 60) {
            return pick([
                "1,5", "nan", "9223372036854775807", "0.000000000000001", "-9223372036854775808", "1e30", "1e-30",
                "123456789012345678901234567890",
            ])
        }
        return pick([
            "", "\(number(-50..<900))", "\(number(0..<99)).\(number(10..<99))", "+7", " 8.250 ", "1e2", "0.125",
        ])
    }

    private mutating func note() -> String {
        if hasQuotes, one(in: 3) {
            return pick([
                "a\nb", "x,y", "say \"hi\"", "two\r\nlines", "\r", "\"", "\n\n", "tail\n", ",\n,\"\",\n",
                "Größe \n größer",
            ])
        }
        return pick([
            "", "-", "plain", "Änderung", "ABC", "a", "exactly8", "a text longer than eight bytes \(number(0..<40))",
        ])
    }
}
