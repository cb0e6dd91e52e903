import Definitions
import Diagnostics
import Plans
import Projects
import Quantities

/// Reads the parameters of a request one by one, and knows at the end which were read by nobody: an unknown name is an
/// error, so that nothing that was asked is silently ignored.
struct ParameterReader {
    private let query: QueryString
    private(set) var errors: [Problem.ParameterError] = []
    private var known: [String] = []

    init(_ query: QueryString) {
        self.query = query
    }

    /// The one value of a parameter; nil where it is not there.
    mutating func value(_ name: String) -> String? {
        known.append(name)
        let values = query.all(name)
        if values.count > 1 { errors.append(.init(name, "is given \(values.count) times")) }
        return values.first
    }

    /// A list in one value, `a,b`; `\,` is a comma within an element. Empty where it is not there.
    mutating func list(_ name: String) -> [String] {
        guard let value = value(name) else { return [] }
        let list = splitList(value)
        if list.isEmpty { errors.append(.init(name, "is an empty list")) }
        return list
    }

    mutating func boolean(_ name: String) -> Bool {
        switch value(name) {
        case nil, "false": return false
        case "true": return true
        case let text?:
            errors.append(.init(name, "'\(text)' is not true or false", allowed: ["true", "false"]))
            return false
        }
    }

    /// A whole number.
    mutating func integer(_ name: String) -> Int? {
        guard let text = value(name) else { return nil }
        let number = Int(text)
        if number == nil { errors.append(.init(name, "'\(text)' is no whole number")) }
        return number
    }

    /// One of some words.
    mutating func word(_ name: String, among allowed: [String]) -> String? {
        guard let value = value(name) else { return nil }
        if allowed.contains(value) { return value }
        refuse(name, "'\(value)' is not possible here", value, allowed)
        return nil
    }

    mutating func words(_ name: String, among allowed: [String]) -> [String] {
        let values = list(name)
        for (index, value) in values.enumerated() {
            if !allowed.contains(value) {
                refuse(name, "'\(value)' is not possible here", value, allowed)
            } else if values[..<index].contains(value) {
                errors.append(.init(name, "'\(value)' is given twice"))
            }
        }
        return values
    }

    /// A currency that sums can be shown in.
    mutating func currency(_ name: String, among allowed: [String]?) -> String? {
        allowed.map { word(name, among: $0) } ?? value(name)
    }

    mutating func refuse(_ name: String, _ detail: String, _ value: String = "", _ allowed: [String] = []) {
        let meant = didYouMean(value, among: allowed).first.map { ": " + $0 } ?? ""
        errors.append(.init(name, detail + meant, allowed: allowed))
    }

    /// - Throws: `Problem` 400 with all that was wrong.
    mutating func finish() throws {
        for item in query.items where !known.contains(item.name) {
            refuse(item.name, "is no parameter of this request", item.name, known)
        }
        if !errors.isEmpty { throw Problem.parameters(errors) }
    }
}

extension ParameterReader {
    /// The window and policies that every report takes.
    ///
    /// - Parameters:
    ///   - currencies: what sums can be shown in; nil for any.
    ///   - exclusions: the names that can be left out by, as `name[nin]`.
    mutating func evaluation(zone: Zone, currencies: [String]?, exclusions: [String]) -> EvaluationOptions {
        var texts = EvaluationTexts()
        texts.timezone = value("timezone")
        texts.asOf = value("asOf")
        texts.currency = currency("displayCurrency", among: currencies)
        texts.fx = value("fx")
        texts.revenueBasis = value("revenueBasis")
        texts.refundDating = value("refundDating")
        texts.consentAsOf = value("consentAsOf")
        texts.attribution = value("attribution")
        texts.allTime = boolean("allTime")
        let bounds = WindowBounds(
            greaterOrEqual: value("createdAt[gte]"), greater: value("createdAt[gt]"),
            less: value("createdAt[lt]"), lessOrEqual: value("createdAt[lte]"))
        for name in exclusions {
            let given = list("\(name)[nin]")
            let values = given.indices.filter { !given[..<$0].contains(given[$0]) }.map { given[$0] }
            if !values.isEmpty { texts.exclusions.append(EvaluationOptions.Exclusion(name: name, values: values)) }
        }
        var (options, mistakes) = texts.options(zone: zone)
        for mistake in mistakes {
            let hint = mistake.allowed.isEmpty ? mistake.hints.first.map { ": " + $0 } ?? "" : ""
            errors.append(.init(mistake.choice.parameter, mistake.message + hint, allowed: mistake.allowed))
        }
        let (from, to, wrong) = bounds.window(zone: options.timezone ?? zone)
        errors += wrong
        if options.allTime, from != nil || to != nil { refuse("allTime", "goes without createdAt") }
        if let from, let to, from >= to {
            refuse("createdAt", "the window ends at \(to), not after its beginning \(from)")
        }
        if let from { limit(from, to ?? Machine.now, "createdAt") }
        options.from = from
        options.to = to
        return options
    }
}

extension ParameterReader {
    /// A row a day of some decades is a table, of some centuries an attack.
    static let years = 60

    mutating func limit(_ from: Instant, _ to: Instant, _ name: String) {
        let longest = Int64(ParameterReader.years) * 366 * 86_400_000_000
        if to.microseconds.subtractingReportingOverflow(from.microseconds).partialValue > longest {
            refuse(name, "a window has at most \(ParameterReader.years) years")
        }
    }
}

extension EvaluationTexts.Choice {
    /// As it is called in addresses.
    var parameter: String {
        switch self {
        case .asOf: "asOf"
        case .from, .to: "createdAt"
        case .allTime: "allTime"
        case .timezone: "timezone"
        case .currency: "displayCurrency"
        case .fx: "fx"
        case .revenueBasis: "revenueBasis"
        case .refundDating: "refundDating"
        case .consentAsOf: "consentAsOf"
        case .attribution: "attribution"
        }
    }
}

/// `createdAt[gte]` and the like: the window as bounds of an instant.
struct WindowBounds {
    var greaterOrEqual: String?
    var greater: String?
    var less: String?
    var lessOrEqual: String?

    /// The half-open window. A date is the local midnight at which it begins. `lte` with a whole second includes that whole
    /// second, and `gt` leaves all of it out.
    func window(zone: Zone) -> (from: Instant?, to: Instant?, errors: [Problem.ParameterError]) {
        var errors: [Problem.ParameterError] = []
        func instant(_ text: String?, _ name: String) -> Instant? {
            guard let text else { return nil }
            if let instant = Instant(iso8601: text, zone: zone) { return instant }
            // An offset whose plus was not encoded: 10:00:00 02:00.
            let isBlank = text.contains(" ")
            let hint = isBlank ? "; a plus sign is written %2B" : ""
            errors.append(
                .init(
                    "createdAt[\(name)]",
                    "'\(text)' is not a date or an instant, such as 2026-01-31 or 2026-01-31T10:00:00Z\(hint)"))
            return nil
        }
        func after(_ instant: Instant) -> Instant {
            let second: Int64 = 1_000_000
            return instant.microseconds % second == 0
                ? Instant(microseconds: instant.microseconds + second) : instant.successor
        }
        if greater != nil, greaterOrEqual != nil {
            errors.append(.init("createdAt[gt]", "goes without createdAt[gte]"))
        }
        if less != nil, lessOrEqual != nil { errors.append(.init("createdAt[lte]", "goes without createdAt[lt]")) }
        let from = instant(greaterOrEqual, "gte") ?? instant(greater, "gt").map(after)
        let to = instant(less, "lt") ?? instant(lessOrEqual, "lte").map(after)
        return (from, to, errors)
    }
}

extension WebRequest {
    /// - Throws: `Problem` 400 that names the parameters, where there are some.
    func checkNoParameters() throws {
        var reader = ParameterReader(query)
        try reader.finish()
    }
}
