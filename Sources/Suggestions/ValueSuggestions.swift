package import Definitions
import Diagnostics
import Quantities
package import Queries

/// Proposes values of a use case's parameters: names that the data has instead of those that are expected, by spelling, by
/// meaning and by what their values are.
///
///     UseCase + DataProfile + ParameterRoles -> [Suggestion]
///
/// Events come first, then attributes of these, then values of these: each with what was proposed before in force.
package struct ValueSuggestions {
    private let useCaseID: String
    private let file: String
    private let load: ([Values.Setting]) throws -> UseCase?
    private let profile: DataProfile
    private let catalogs: [String]
    private var proposals: [Proposal] = []

    private struct Proposal {
        var parameter: String
        var setting: Values.Setting
        var suggestion: Suggestion
    }

    /// The proposed values as settings, for whoever looks further with them in force.
    package var settings: [Values.Setting] { proposals.map(\.setting) }

    /// - Parameters:
    ///   - file: that values are proposed for, `values.yaml`.
    ///   - catalogs: names of the project's catalogs.
    ///   - load: the use case with values on top of those in force; nil where it is not valid with them.
    package init(
        _ useCaseID: String, file: String, profile: DataProfile, catalogs: [String],
        load: @escaping ([Values.Setting]) throws -> UseCase?
    ) {
        self.useCaseID = useCaseID
        self.file = file
        self.profile = profile
        self.catalogs = catalogs
        self.load = load
    }

    /// The proposed values, events first.
    ///
    /// - Throws: what loading the use case throws.
    package mutating func make() throws -> [Suggestion] {
        let stages: [(inout ValueSuggestions, Parameter, ParameterRole) throws -> Void] = [
            { try $0.suggestEvent($1, $2) }, { try $0.suggestAttribute($1, $2) }, { try $0.suggestValues($1, $2) },
            { try $0.suggestConsent($1, $2) }, { try $0.suggestProperty($1, $2) }, { try $0.suggestCatalog($1, $2) },
        ]
        for stage in stages {
            guard let useCase = try load(settings) else { break }
            let load = load
            let settings = settings
            let roles = try ParameterRoles(useCase) { try load(settings + $0) }
            for parameter in useCase.parameters {
                for role in roles[parameter.name.value] { try stage(&self, parameter, role) }
            }
        }
        return proposals.map(\.suggestion)
    }

    private mutating func suggest(_ parameter: Parameter, _ value: [String], _ reasons: [String]) throws {
        if parameter.value == value { return }
        let name = parameter.name.value
        let isList = parameter.type == .list
        let text =
            isList
            ? value.map { $0.replacing("\\", with: "\\\\").replacing(",", with: "\\,") }.joined(separator: ",")
            : value.joined()
        guard case .success(let setting) = Values.Setting.parse("\(useCaseID).\(name)=\(text)"),
            try load(settings + [setting]) != nil
        else { return }
        proposals.removeAll { $0.parameter == name }
        proposals.append(
            Proposal(
                parameter: name, setting: setting,
                suggestion: .parameter(name, of: useCaseID, value, isList: isList, in: file, reasons: reasons)))
    }

    private func event(_ name: String) -> EventProfile? { profile.events.first { $0.name == name && $0.rows > 0 } }

    // MARK: - Events

    private mutating func suggestEvent(_ parameter: Parameter, _ role: ParameterRole) throws {
        guard role == .event, let wanted = parameter.value.first, event(wanted) == nil else { return }
        let meant = Lexicon.concepts(of: wanted).union(Lexicon.concepts(of: parameter.name.value))
        let candidates = profile.events.filter { $0.rows > 0 }.map { event -> (EventProfile, Int) in
            let concepts = Lexicon.concepts(of: event.name)
            var score = nearest(to: wanted, among: [event.name]) == nil ? 0 : 3
            // A refund is no order, though both speak of orders.
            if meant.contains(.refund) == concepts.contains(.refund) {
                score += meant.intersection(concepts).subtracting([.time, .amount]).isEmpty ? 0 : 2
            } else {
                score -= 4
            }
            if event.keys != nil, meant.contains(.order) { score += 1 }
            if event.attributes.contains(where: { Lexicon.concepts(of: $0.name).contains(.amount) }) { score += 1 }
            return (event, score)
        }.sorted { $0.1 > $1.1 }
        guard let (best, score) = candidates.first, score >= 3,
            candidates.dropFirst().first.map({ $0.1 < score }) ?? true
        else { return }
        try suggest(
            parameter, [best.name],
            [
                "the data has no event '\(wanted)'; '\(best.name)' has \(grouped(best.rows)) rows of \(grouped(best.customers)) customers"
            ])
    }

    // MARK: - Attributes

    private mutating func suggestAttribute(_ parameter: Parameter, _ role: ParameterRole) throws {
        let wantedEvent: String
        var needsNumber = false
        var needsCurrency = false
        switch role {
        case .attribute(let event, let type): (wantedEvent, needsNumber) = (event, type == .number)
        case .amount(let event): (wantedEvent, needsNumber) = (event, true)
        case .currency(let event): (wantedEvent, needsCurrency) = (event, true)
        default: return
        }
        guard let wanted = parameter.value.first, let event = event(wantedEvent),
            event.attributes.first(where: { $0.name == wanted && $0.present > 0 }) == nil
        else { return }
        let meant = Lexicon.concepts(of: wanted).union(Lexicon.concepts(of: parameter.name.value))
            .subtracting([.order])
        let candidates = event.attributes.filter { $0.present > 0 }.compactMap {
            attribute -> (AttributeProfile, Int)? in
            let isNumber = attribute.kind == .number
            let isCurrency = attribute.isCurrency
            if needsNumber, !isNumber { return nil }
            if needsCurrency || meant.contains(.currency), !isCurrency { return nil }
            let concepts = Lexicon.concepts(of: attribute.name)
            var score = nearest(to: wanted, among: [attribute.name]) == nil ? 0 : 3
            if !meant.intersection(concepts).isEmpty { score += 2 }
            if isCurrency, needsCurrency || meant.contains(.currency) { score += 2 }
            if meant.contains(.status), let known = stateRows(attribute) {
                // Words of states tell a status apart, whatever it is called.
                score += known * 10 >= attribute.present * 9 ? 3 : known * 2 >= attribute.present ? 1 : 0
            }
            if meant.contains(.status), (attribute.distinct ?? .max) > 40 { score -= 3 }
            if attribute.present * 10 >= attribute.rows * 9 { score += 1 }
            return (attribute, score)
        }.sorted { $0.1 > $1.1 }
        guard let (best, score) = candidates.first, score >= 3,
            candidates.dropFirst().first.map({ $0.1 < score }) ?? true
        else { return }
        var reason =
            "'\(event.name)' has no '\(wanted)'; '\(best.name)' is in \(share(best.present, of: best.rows)) of its rows"
        let shown = best.values.prefix(4).map { "\($0.value) \(share($0.count, of: best.rows))" }
        if !shown.isEmpty { reason += ": \(shown.joined(separator: ", "))" }
        try suggest(parameter, [best.name], [reason])
    }

    /// Rows whose value says a state; nil where it is no text.
    private func stateRows(_ attribute: AttributeProfile) -> Int? {
        guard attribute.kind == .string, !attribute.values.isEmpty else { return nil }
        return attribute.values.reduce(0) { $0 + (StateWord.of($1.value) == nil ? 0 : $1.count) }
    }

    // MARK: - Values

    private mutating func suggestValues(_ parameter: Parameter, _ role: ParameterRole) throws {
        guard case .values(let eventName, let name, let meaning) = role, let event = event(eventName),
            let attribute = event.attributes.first(where: { $0.name == name }), attribute.kind == .string,
            (attribute.distinct ?? .max) <= attribute.values.count
        else { return }
        func shown(_ values: [AttributeProfile.ValueCount]) -> String {
            values.map { "\($0.value) \(share($0.count, of: attribute.rows))" }.joined(separator: ", ")
        }
        let found = attribute.values
        let present = parameter.value.filter { value in found.contains { $0.value == value } }
        let all = "\(attribute.name): \(shown(Array(found.prefix(8))))"
        switch meaning {
        case .success:
            // Values that somebody chose and that occur are not touched.
            if !present.isEmpty, parameter.origin != "default" { return }
            let said = found.filter { present.contains($0.value) || StateWord.of($0.value) == .success }
            if !said.isEmpty {
                let others = found.filter { value in !said.contains { $0.value == value.value } }
                let open = others.filter { StateWord.of($0.value) != .canceled }
                return try suggest(
                    parameter, said.map(\.value),
                    [all, "said to be a sale by the words: \(shown(said))"]
                        + (open.isEmpty ? [] : ["left out, as they say nothing or the opposite: \(shown(open))"]))
            }
            // One value that is in most rows, where words say nothing.
            guard let first = found.first, StateWord.of(first.value) == nil, first.count * 2 > attribute.rows else {
                return
            }
            try suggest(
                parameter, [first.value],
                [all, "no value says success by its word; '\(first.value)' is the most frequent"])
        case .canceled:
            if !present.isEmpty, parameter.origin != "default" { return }
            let said = found.filter { present.contains($0.value) || StateWord.of($0.value) == .canceled }.map(\.value)
            if said.isEmpty { return }
            try suggest(parameter, said, [all])
        case .testOrder:
            let said = found.map(\.value).filter(Answer.isYes)
            if !present.isEmpty || said.isEmpty { return }
            try suggest(parameter, said, [all])
        case .other: return
        }
    }

    // MARK: - Consents

    private mutating func suggestConsent(_ parameter: Parameter, _ role: ParameterRole) throws {
        guard role == .consent, let wanted = parameter.value.first else { return }
        let categories = profile.consentCategories
        if categories.contains(where: { $0.value == wanted }) { return }
        let meant = Lexicon.concepts(of: wanted).union(Lexicon.concepts(of: parameter.name.value))
            .intersection([.email, .sms])
        let matching = categories.filter { category in
            nearest(to: wanted, among: [category.value]) != nil
                || !meant.isDisjoint(with: Lexicon.concepts(of: category.value))
        }
        guard matching.count == 1, let best = matching.first else { return }
        try suggest(
            parameter, [best.value],
            [
                "categories in the data: \(categories.prefix(6).map { "\($0.value) \(grouped($0.count))" }.joined(separator: ", "))"
            ])
    }

    // MARK: - Properties and catalogs

    private mutating func suggestProperty(_ parameter: Parameter, _ role: ParameterRole) throws {
        guard case .property(let type) = role, let wanted = parameter.value.first,
            !profile.properties.contains(where: { $0.name == wanted && $0.present > 0 })
        else { return }
        let fitting = profile.properties.filter { $0.present > 0 && (type != .number || $0.kind == .number) }
        let meant = Lexicon.concepts(of: wanted).union(Lexicon.concepts(of: parameter.name.value))
            .subtracting([.customer])
        let speaking = fitting.filter { !meant.isDisjoint(with: Lexicon.concepts(of: $0.name)) }
        let name = nearest(to: wanted, among: fitting.map(\.name)) ?? (speaking.count == 1 ? speaking[0].name : nil)
        guard let best = fitting.first(where: { $0.name == name }) else { return }
        try suggest(
            parameter, [best.name],
            [
                "customers have no property '\(wanted)'; \(share(best.present, of: best.rows)) of them have '\(best.name)'"
                    + (best.values.isEmpty ? "" : ": ")
                    + best.values.prefix(4).map(\.value).joined(separator: ", ")
            ])
    }

    private mutating func suggestCatalog(_ parameter: Parameter, _ role: ParameterRole) throws {
        guard role == .catalog, let wanted = parameter.value.first, !catalogs.contains(wanted),
            let best = nearest(to: wanted, among: catalogs) ?? (catalogs.count == 1 ? catalogs[0] : nil)
        else { return }
        try suggest(
            parameter, [best],
            ["the project has no catalog '\(wanted)'; it has \(catalogs.joined(separator: ", "))"])
    }
}

extension DataProfile {
    /// The categories of consent events: of an event with attributes that speak of a category and of an action.
    var consentCategories: [AttributeProfile.ValueCount] {
        for event in events where event.rows > 0 {
            let isConsent = Lexicon.concepts(of: event.name).contains(.consent)
            guard
                let category = event.attributes.first(where: {
                    $0.name == "category" || (isConsent && Lexicon.concepts(of: $0.name).contains(.category))
                }),
                event.attributes.contains(where: {
                    $0.name == "action" || Lexicon.concepts(of: $0.name).contains(.action)
                })
            else { continue }
            return category.values
        }
        return []
    }
}

extension AttributeProfile {
    /// All values are ISO 4217 codes, as far as the profile knows them.
    var isCurrency: Bool {
        !values.isEmpty && (distinct ?? .max) <= 60 && values.allSatisfy { Currency.isWellFormed($0.value) }
    }

    /// Two kinds of answer, yes and no, and the profile knows all of them.
    var isYesOrNo: Bool { distinct == values.count && Answer.areAnswers(values.map(\.value)) }
}
