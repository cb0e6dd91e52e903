import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// The event's newest row is not older than that.
    func checkFreshness(_ event: String, within span: Span, _ requirement: Requirement) -> RequirementResult {
        let subject = "\(event) within \(span)"
        guard let last = profile.events.first(where: { $0.name == event })?.last else {
            return RequirementResult(
                subject, level: requirement.level, status: requirement.absent, evidence: ["no such event in the data"],
                place: requirement.place)
        }
        let zone = project.timezone.value
        let (newest, today) = (zone.date(at: last), zone.date(at: evidence.now))
        let days = today.dayNumber - newest.dayNumber
        let isFresh = newest.adding(span) >= today
        return RequirementResult(
            subject, level: requirement.level, status: isFresh ? .matched : requirement.absent,
            evidence: ["newest row on \(newest), \(grouped(max(0, days))) day\(days == 1 ? "" : "s") before \(today)"],
            hints: isFresh ? [] : ["import newer data, or look at the source: has it stopped?"],
            place: requirement.place)
    }

    /// The catalog is there, its items are told apart, and it has the columns that are needed.
    func checkCatalog(
        _ name: String, _ attributes: [AttributeRequirement], _ requirement: Requirement
    ) throws -> [RequirementResult] {
        let known = evidence.catalogs.keys.sorted()
        if case .failure(let problems)? = evidence.catalogs[name] {
            return [
                RequirementResult(
                    "catalog \(name)", level: requirement.level, status: requirement.absent,
                    evidence: ["it cannot be read: \(problems.diagnostics.map(\.message).joined(separator: "; "))"],
                    hints: problems.diagnostics.flatMap(\.hints), place: requirement.place)
            ]
        }
        guard case .success(let catalog)? = evidence.catalogs[name], catalog.items > 0 else {
            let isEmpty = evidence.catalogs[name] != nil
            return [
                RequirementResult(
                    "catalog \(name)", level: requirement.level, status: requirement.absent,
                    evidence: [
                        isEmpty
                            ? "it has no items"
                            : known.isEmpty
                                ? "the project has no catalogs" : "the project has \(known.joined(separator: ", "))"
                    ],
                    hints: didYouMean(name, among: known) + ["name its file under `catalogs` in project.yaml"],
                    place: requirement.place)
            ]
        }
        var sentences = [catalog.items == 1 ? "1 item" : "\(grouped(catalog.items)) items"]
        if catalog.repeated > 0 {
            let keys = catalog.repeated == 1 ? "1 key stands" : "\(grouped(catalog.repeated)) keys stand"
            sentences.append("\(keys) there more than once")
        }
        let result = RequirementResult(
            "catalog \(name)", level: requirement.level, status: .matched, evidence: sentences, place: requirement.place
        )
        return try [result]
            + attributes.map { attribute in
                // Catalogs are not typed when they are read: texts that are numbers are numbers.
                let profiles = catalog.attributes.map { profile in
                    var profile = profile
                    if attribute.type == .number, profile.numeric == profile.present { profile.kind = .number }
                    return profile
                }
                return try checkAttribute(
                    attribute, of: profiles, named: "catalog \(name).\(attribute.name.value)", requirement)
            }
    }

    /// Not too many are in no segment.
    func checkRemainder(_ id: String, _ maximum: ExactDecimal, _ requirement: Requirement) -> RequirementResult {
        let isOfEvents = useCase.eventSegmentations.contains { $0.id.value == id }
        let subject = "at most \(percent(maximum)) outside of \(id)"
        guard let remainder = buyers?.remainders[id] else {
            return RequirementResult(
                subject, level: requirement.level, status: requirement.absent,
                evidence: ["not counted: the purchase definition does not fit the data yet"], place: requirement.place)
        }
        let holds = ExactDecimal(remainder.outside) <= maximum * ExactDecimal(remainder.all)
        let noun = isOfEvents ? "purchases" : "customers"
        return RequirementResult(
            subject, level: requirement.level, status: holds ? .matched : requirement.absent,
            evidence: [
                "\(share(remainder.outside, of: remainder.all)) of the \(noun), "
                    + "\(grouped(remainder.outside)) of \(grouped(remainder.all)), are in no segment"
            ],
            hints: holds ? [] : ["name the values that they have in values.yaml"], place: requirement.place)
    }

    /// One of several sources is there.
    func checkAnyOf(
        _ title: String, _ alternatives: [Requirement], _ requirement: Requirement
    ) throws -> RequirementResult {
        var sentences: [String] = []
        var hints: [String] = []
        var isThere = false
        for alternative in alternatives {
            var asked = alternative
            asked.level = .required
            let results = try results(asked)
            let holds = results.allSatisfy { $0.status != .missing }
            isThere = isThere || holds
            let shown = results.first { $0.status == .missing } ?? results.first
            sentences.append(
                "\(holds ? "✓" : "–") \(shown?.subject ?? ""): \(shown?.evidence.joined(separator: "; ") ?? "")")
            hints += results.filter { $0.status == .missing }.flatMap(\.hints)
        }
        return RequirementResult(
            "one of: \(title)", level: requirement.level, status: isThere ? .matched : requirement.absent,
            evidence: sentences, hints: isThere ? [] : hints, place: requirement.place)
    }

    private func percent(_ share: ExactDecimal) -> String {
        "\((share * ExactDecimal(100)).normalized) %"
    }
}
