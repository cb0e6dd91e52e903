package import Diagnostics
import Foundation
import Quantities

extension Project {
    /// Reads `project.yaml`: parses it, fills in `${env:NAME}`, checks form and meaning.
    ///
    /// - Parameter environment: the value of an environment variable; nil where it is not set.
    /// - Returns: the project, nil where there is any error; and all that was found, in the order of the file.
    package static func load(
        file: SourceFile, environment: @escaping @Sendable (String) -> String?
    ) -> (project: Project?, diagnostics: [Diagnostic]) {
        let (root, problems) = Node.parse(file)
        guard let root else { return (nil, problems) }
        var filling = EnvironmentFilling(environment)
        let body = filling.fill(root)
        var decoding = ProjectDecoding()
        let form = ShapeChecker.check(body, .project)
        let project = body.entries == nil ? nil : decoding.project(Fields(body))
        let meaning = project.map { ProjectValidation.check($0, decoding.names) } ?? []
        let diagnostics = (problems + filling.diagnostics + form + decoding.diagnostics + meaning)
            .withoutRepetition.inOrder
        return (diagnostics.hasErrors ? nil : project, diagnostics)
    }

    /// The name of a project, without anything else of it being right: for listings and messages.
    package static func name(of file: SourceFile) -> String? {
        Node.parse(file).root.flatMap { Fields($0).string("name") }
    }
}

/// Turns the checked tree into a project; what a shape cannot say about single values is checked here.
struct ProjectDecoding {
    var diagnostics: [Diagnostic] = []
    /// What the sources make, as written: also where the rest of a source could not be read.
    var names = Names()

    struct Names {
        var events: [(name: String, hasKey: Bool)] = []
        /// Any event type can occur in the data.
        var isOpen = false
        var properties: [String] = []
    }

    /// Nil only where the head of the project is not there. Sources that are wrong are left out.
    mutating func project(_ fields: Fields) -> Project? {
        let zone = fields.node("timezone").flatMap { self.zone($0) }
        let currency = self.currency(fields, "currency")
        let display = self.currency(fields, "display_currency")
        let asOf = self.asOf(fields, zone?.value ?? .utc)
        let engine = self.engine(fields)
        let sources = fields.elements("sources").compactMap { source($0) }
        let catalogs = fields.entries("catalogs").compactMap { entry -> Project.Catalog? in
            guard let name = Fields.text(entry.key), let input = input(Fields(entry.value)),
                let key = Fields(entry.value).text("key")
            else { return nil }
            return Project.Catalog(name: name, input: input, key: key)
        }
        let consents = fields.entries("consents").compactMap { entry -> Project.ConsentMapping? in
            guard let category = Fields.text(entry.key), let property = Fields(entry.value).text("property") else {
                return nil
            }
            let valid = Fields(entry.value).texts("valid").map(\.value)
            return Project.ConsentMapping(category: category, property: property, valid: valid)
        }
        let fx = fields.node("fx").flatMap { node in
            Fields(node).text("file").map { Project.FX(file: $0, policy: Fields(node).text("policy")) }
        }
        guard let name = fields.text("name") else { return nil }
        return Project(
            name: name, timezone: zone ?? Located(.utc, at: name.place),
            currency: currency ?? Located("XXX", at: name.place), displayCurrency: display, asOf: asOf, engine: engine,
            fx: fx, revenueBasis: fields.text("revenue_basis"), refundDating: fields.text("refund_dating"),
            consentAsOf: fields.text("consent_as_of"), attribution: fields.text("attribution"), sources: sources,
            catalogs: catalogs, consents: consents, consentEvents: fields.node("consent_events").map(consentEvents))
    }

    /// The zone of a name; reports an unknown one.
    mutating func zone(_ node: Node) -> Located<Zone>? {
        guard let text = Fields.text(node) else { return nil }
        if let zone = Zone(identifier: text.value) { return Located(zone, at: text.place) }
        let known = TimeZone.knownTimeZoneIdentifiers + ["UTC"]
        let cities = Dictionary(known.map { ($0.split(separator: "/").last.map(String.init) ?? $0, $0) }) { $1 }
        let close = didYouMean(text.value, among: known)
        let city = nearest(to: text.value, among: cities.keys.sorted()).flatMap { cities[$0] }
        report(
            .unknownTimezone, "unknown timezone '\(text.value)'", text.place,
            close.isEmpty ? city.map { ["did you mean '\($0)'?"] } ?? ["for example Europe/London, or UTC"] : close)
        return nil
    }

    private mutating func currency(_ fields: Fields, _ key: String) -> Located<String>? {
        guard let code = fields.text(key), Currency.isWellFormed(code.value) else { return nil }
        let known = Locale.Currency.isoCurrencies.map { $0.identifier.uppercased() }
        if !known.contains(code.value) {
            let common = Locale.commonISOCurrencyCodes
            report(
                .unknownCurrency, "unknown currency '\(code.value)'", code.place, didYouMean(code.value, among: common))
        }
        return code
    }

    private mutating func asOf(_ fields: Fields, _ zone: Zone) -> Located<Project.AsOf> {
        guard let text = fields.text("as_of") else { return Located(.data, at: fields.mapping.headPlace) }
        switch text.value {
        case "data": return Located(.data, at: text.place)
        case "now": return Located(.now, at: text.place)
        default:
            if let instant = Instant(iso8601: text.value, zone: zone) {
                return Located(.instant(instant), at: text.place)
            }
            report(
                .badValue, "'\(text.value)' is no value of 'as_of'", text.place,
                ["expected data, now, or a date such as 2026-01-31"])
            return Located(.data, at: text.place)
        }
    }

    /// `embedded`, `spark`, or `{spark: {…}}`.
    private mutating func engine(_ fields: Fields) -> Located<Project.EngineChoice> {
        guard let node = fields.node("engine") else { return Located(.embedded, at: fields.mapping.headPlace) }
        if let text = Fields.text(node) {
            switch text.value {
            case "embedded": return Located(.embedded, at: text.place)
            case "spark": return Located(.spark(Project.Spark()), at: text.place)
            default:
                report(
                    .badValue, "'\(text.value)' is no value of 'engine'", text.place,
                    didYouMean(text.value, among: ProjectShapes.engines)
                        + ["allowed: \(listed(ProjectShapes.engines))"])
                return Located(.embedded, at: text.place)
            }
        }
        let spark = Fields(node).node("spark").map { Fields($0) }
        return Located(
            .spark(
                Project.Spark(
                    remote: spark?.text("remote"), token: spark?.text("token"), timeout: spark?.integer("timeout"),
                    views: spark?.text("views"))),
            at: node.headPlace)
    }

    private func consentEvents(_ node: Node) -> Project.ConsentEventMapping {
        let fields = Fields(node)
        func text(_ key: String, _ defaultText: String) -> Located<String> {
            fields.text(key) ?? Located(defaultText, at: node.headPlace)
        }
        return Project.ConsentEventMapping(
            event: text("event", "consent"), category: text("category", "category"), action: text("action", "action"),
            validUntil: text("valid_until", "valid_until"))
    }

    mutating func report(_ code: Code, _ message: String, _ place: Place, _ hints: [String] = []) {
        diagnostics.append(Diagnostic(code, message, at: place, hints: hints))
    }
}
