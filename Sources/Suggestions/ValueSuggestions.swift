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
    private let load: ([Values.Setting]) -> UseCase?
    private let profile: DataProfile
    /// The proposed values as settings, for whoever looks further with them in force.
    package private(set) var settings: [Values.Setting] = []
    private var suggestions: [Suggestion] = []

    /// - Parameters:
    ///   - file: that values are proposed for, `values.yaml`.
    ///   - load: the use case with values on top of those in force; nil where it is not valid with them.
    package init(
        _ useCaseID: String, file: String, profile: DataProfile, load: @escaping ([Values.Setting]) -> UseCase?
    ) {
        self.useCaseID = useCaseID
        self.file = file
        self.profile = profile
        self.load = load
    }

    /// The proposed values, events first.
    package mutating func make() -> [Suggestion] {
        let stages: [(inout ValueSuggestions, Parameter, ParameterRole) -> Void] = [
            { $0.suggestEvent($1, $2) }, { $0.suggestAttribute($1, $2) }, { $0.suggestValues($1, $2) },
            { $0.suggestConsent($1, $2) },
        ]
        for stage in stages {
            guard let useCase = load(settings) else { break }
            let load = load
            let settings = settings
            let roles = ParameterRoles(useCase) { load(settings + $0) }
            for parameter in useCase.parameters {
                for role in roles[parameter.name.value] { stage(&self, parameter, role) }
            }
        }
        return suggestions
    }

    private mutating func suggest(_ parameter: Parameter, _ value: [String], _ reasons: [String]) {
        if parameter.value == value { return }
        let text =
            "\(useCaseID).\(parameter.name.value)=\(value.map { $0.replacing("\\", with: "\\\\").replacing(",", with: "\\,") }.joined(separator: ","))"
        let plain = "\(useCaseID).\(parameter.name.value)=\(value.joined())"
        guard case .success(let setting) = Values.Setting.parse(parameter.type == .list ? text : plain),
            load(settings + [setting]) != nil
        else { return }
        settings.removeAll { $0.name.value == parameter.name.value }
        settings.append(setting)
        suggestions.removeAll { $0.title.hasPrefix("\(useCaseID).\(parameter.name.value):") }
        suggestions.append(
            .parameter(
                parameter.name.value, of: useCaseID, value, isList: parameter.type == .list, in: file,
                reasons: reasons))
    }

    private func event(_ name: String) -> EventProfile? { profile.events.first { $0.name == name && $0.rows > 0 } }

    // MARK: - Events

    private mutating func suggestEvent(_ parameter: Parameter, _ role: ParameterRole) {
        guard case .event = role, let wanted = parameter.value.first, event(wanted) == nil else { return }
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
        suggest(
            parameter, [best.name],
            [
                "the data has no event '\(wanted)'; '\(best.name)' has \(grouped(best.rows)) rows of \(grouped(best.customers)) customers"
            ])
    }

    // MARK: - Attributes

    private mutating func suggestAttribute(_ parameter: Parameter, _ role: ParameterRole) {
        let wantedEvent: String
        var needsNumber = false
        var needsCurrency = false
        switch role {
        case .attribute(let event, let type, _): (wantedEvent, needsNumber) = (event, type == .number)
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
            let isCurrency = isCurrencyCodes(attribute)
            if needsNumber, !isNumber { return nil }
            if needsCurrency || meant.contains(.currency), !isCurrency { return nil }
            let concepts = Lexicon.concepts(of: attribute.name)
            var score = nearest(to: wanted, among: [attribute.name]) == nil ? 0 : 3
            if !meant.intersection(concepts).isEmpty { score += 2 }
            if isCurrency, needsCurrency || meant.contains(.currency) { score += 2 }
            if meant.contains(.status), let states = states(attribute) {
                // Words of states tell a status apart, whatever it is called.
                score += states.known * 10 >= attribute.present * 9 ? 3 : states.known * 2 >= attribute.present ? 1 : 0
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
        suggest(parameter, [best.name], [reason])
    }

    private func isCurrencyCodes(_ attribute: AttributeProfile) -> Bool {
        !attribute.values.isEmpty && (attribute.distinct ?? .max) <= 60
            && attribute.values.allSatisfy {
                $0.value.utf8.count == 3 && $0.value.utf8.allSatisfy { (65...90).contains($0) }
            }
    }

    private func states(_ attribute: AttributeProfile) -> (known: Int, all: Int)? {
        guard attribute.kind == .string, !attribute.values.isEmpty else { return nil }
        let known = attribute.values.reduce(0) { $0 + (StateWord.of($1.value) == nil ? 0 : $1.count) }
        return (known, attribute.present)
    }

    // MARK: - Values

    private mutating func suggestValues(_ parameter: Parameter, _ role: ParameterRole) {
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
                return suggest(
                    parameter, said.map(\.value),
                    [all, "said to be a sale by the words: \(shown(said))"]
                        + (open.isEmpty ? [] : ["left out, as they say nothing or the opposite: \(shown(open))"]))
            }
            // One value that is in most rows, where words say nothing.
            guard let first = found.first, StateWord.of(first.value) == nil, first.count * 2 > attribute.rows else {
                return
            }
            suggest(
                parameter, [first.value],
                [all, "no value says success by its word; '\(first.value)' is the most frequent"])
        case .canceled:
            if !present.isEmpty, parameter.origin != "default" { return }
            let said = found.filter { present.contains($0.value) || StateWord.of($0.value) == .canceled }.map(\.value)
            if said.isEmpty { return }
            suggest(parameter, said, [all])
        case .testOrder:
            let said = found.filter { StateWord.yes.contains(Lexicon.words(of: $0.value).joined()) }.map(\.value)
            if !present.isEmpty || said.isEmpty { return }
            suggest(parameter, said, [all])
        case .other: return
        }
    }

    // MARK: - Consents

    private mutating func suggestConsent(_ parameter: Parameter, _ role: ParameterRole) {
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
        suggest(
            parameter, [best.value],
            [
                "categories in the data: \(categories.prefix(6).map { "\($0.value) \(grouped($0.count))" }.joined(separator: ", "))"
            ])
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
