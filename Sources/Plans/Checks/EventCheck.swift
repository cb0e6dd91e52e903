import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// The event itself, then each of its attributes, then its key.
    func checkEvent(
        _ name: String, _ attributes: [AttributeRequirement], key: RequirementLevel?, _ requirement: Requirement
    ) throws -> [RequirementResult] {
        guard let event = profile.events.first(where: { $0.name == name }), event.rows > 0 else {
            let known = profile.events.map(\.name)
            let evidence = known.isEmpty ? "the store holds no events" : "the data has \(known.joined(separator: ", "))"
            return [
                RequirementResult(
                    "event \(name)", level: requirement.level,
                    status: requirement.level == .required ? .missing : .default,
                    evidence: [evidence], hints: didYouMean(name, among: known), place: requirement.place)
            ]
        }
        var evidence = ["\(grouped(event.rows)) rows of \(grouped(event.customers)) customers"]
        if let first = event.first, let last = event.last {
            let zone = project.timezone.value
            evidence.append("\(zone.date(at: first)) to \(zone.date(at: last))")
        }
        var results = [
            RequirementResult(
                "event \(name)", level: requirement.level, status: .matched, evidence: evidence,
                place: requirement.place)
        ]
        for attribute in attributes {
            let subject = "attribute \(name).\(attribute.name.value)"
            results.append(
                try checkAttribute(
                    attribute, of: event.attributes, named: subject, requirement, event: event.name
                ) { found in
                    try seen(found, of: event)
                })
        }
        if let key {
            results.append(checkKey(event, level: key, requirement))
            results += checkOrder(event, requirement)
        }
        return results
    }

    /// First and last seen, where not every row has the attribute; the range of its numbers.
    private func seen(_ attribute: AttributeProfile, of event: EventProfile) throws -> [String] {
        let isPartial = attribute.present < attribute.rows
        guard isPartial || attribute.kind == .number,
            let found = try evidence.attribute(event.name, attribute.name)
        else { return [] }
        let zone = project.timezone.value
        var sentences: [String] = []
        if let least = found.numbers.first, let greatest = found.numbers.last {
            sentences.append("from \(least.normalized) to \(greatest.normalized)")
        }
        if isPartial { sentences.append("seen \(zone.date(at: found.first)) to \(zone.date(at: found.last))") }
        return sentences
    }

    /// Presence, type, coverage and allowed values of an attribute or property.
    ///
    /// - Parameter more: sentences about an attribute that is there.
    func checkAttribute(
        _ attribute: AttributeRequirement, of profiles: [AttributeProfile], named subject: String,
        _ requirement: Requirement, event: String? = nil,
        more: (AttributeProfile) throws -> [String] = { _ in [] }
    ) throws -> RequirementResult {
        let name = attribute.name.value
        func result(_ status: RequirementResult.Status, _ evidence: [String], _ hints: [String] = [])
            -> RequirementResult
        {
            RequirementResult(
                subject, level: attribute.level, status: status, evidence: evidence, hints: hints,
                place: attribute.name.place)
        }
        let absent: RequirementResult.Status = attribute.level == .required ? .missing : .default
        if let empty = profiles.first(where: { $0.name == name }), empty.present == 0 {
            return result(
                absent, ["none of the \(grouped(empty.rows)) rows has a value"],
                ["is another column mapped to it, or were its values left out by `missing`?"])
        }
        guard let found = profiles.first(where: { $0.name == name }) else {
            let known = profiles.map(\.name)
            return result(
                absent, ["the data has \(known.isEmpty ? "none" : known.joined(separator: ", "))"],
                didYouMean(name, among: known))
        }
        var evidence = ["in \(share(found.present, of: found.rows)) of the rows"]
        if !found.values.isEmpty {
            let shown = found.values.prefix(5).map { "\($0.value) \(share($0.count, of: found.rows))" }
            evidence.append(shown.joined(separator: ", ") + (found.values.count > 5 ? ", …" : ""))
        }
        evidence += try more(found)
        if let problem = typeProblem(attribute.type, found) {
            return result(absent, evidence + [problem.evidence], [problem.hint])
        }
        if let least = attribute.minimumCoverage,
            ExactDecimal(found.present) < least * ExactDecimal(found.rows)
        {
            return result(absent, evidence + ["at least \(least) of the rows should have it"])
        }
        if !attribute.allowed.isEmpty {
            let other = found.values.filter { !attribute.allowed.contains($0.value) }
            if other.isEmpty, (found.distinct ?? 0) > found.values.count {
                // There are values that the profile does not show.
                let rows = try attribute.allowed.reduce(0) { $0 + (try self.evidence.rows($1, event, name)) }
                if rows < found.present {
                    return result(
                        absent,
                        evidence + [
                            "\(share(found.present - rows, of: found.present)) have values that are not allowed"
                        ],
                        ["allowed: \(attribute.allowed.joined(separator: ", "))"])
                }
            }
            if !other.isEmpty {
                let names = other.map { "'\($0.value)'" }.joined(separator: ", ")
                return result(
                    absent, evidence + ["values that are not allowed: \(names)"],
                    ["allowed: \(attribute.allowed.joined(separator: ", "))"])
            }
        }
        return result(.matched, evidence)
    }

    private func typeProblem(
        _ type: AttributeType, _ found: AttributeProfile
    ) -> (evidence: String, hint: String)? {
        switch (type, found.kind) {
        case (.string, _), (.number, .number), (.timestamp, .timestamp): return nil
        case (.number, .string):
            let numeric = found.numeric ?? 0
            return (
                "stored as text; \(share(numeric, of: found.present)) of the values read as numbers",
                "give it `type: number` in project.yaml and import again"
            )
        case (.number, .timestamp): return ("stored as a timestamp", "map a column of numbers")
        case (.timestamp, _):
            return ("stored as \(found.kind.rawValue)", "give it `type: timestamp` in project.yaml and import again")
        }
    }

    /// A table has no order of its rows, so that of two states of one instant it is a guess which one holds.
    private func checkOrder(_ event: EventProfile, _ requirement: Requirement) -> [RequirementResult] {
        guard case .spark = project.engine.value, let keys = event.keys, event.rows > keys else { return [] }
        return project.sources.compactMap { source in
            guard source.table != nil, source.rowOrder == nil else { return nil }
            if case .fixed(let name)? = source.event?.type, name.value != event.name { return nil }
            if source.event == nil { return nil }
            return RequirementResult(
                "order of \(event.name) in '\(source.name.value)'", level: .recommended, status: .default,
                evidence: ["the source has no row_order: which of two rows of one instant is newer is a guess"],
                hints: ["name a column that says which came later as `row_order` in project.yaml"],
                place: source.name.place)
        }
    }

    private func checkKey(
        _ event: EventProfile, level: RequirementLevel, _ requirement: Requirement
    ) -> RequirementResult {
        let subject = "key of \(event.name)"
        if let keys = event.keys, keys > 0 {
            return RequirementResult(
                subject, level: level, status: .matched,
                evidence: ["\(grouped(keys)) distinct keys in \(grouped(event.rows)) rows"], place: requirement.place)
        }
        return RequirementResult(
            subject, level: level, status: level == .required ? .missing : .default,
            evidence: ["no key: every row is a purchase of its own, and a changed status would count twice"],
            hints: ["name the attribute that identifies a purchase as `key` in project.yaml"], place: requirement.place)
    }
}
