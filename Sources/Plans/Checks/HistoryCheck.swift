import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// The event's first row lies at least that far before its last.
    func checkHistory(_ event: String, atLeast span: Span, _ requirement: Requirement) -> RequirementResult {
        let subject = "history of \(event), \(span)"
        let absent: RequirementResult.Status = requirement.level == .required ? .missing : .default
        guard let found = profile.events.first(where: { $0.name == event }), let first = found.first,
            let last = found.last
        else {
            return RequirementResult(
                subject, level: requirement.level, status: absent, evidence: ["no such event in the data"],
                place: requirement.place)
        }
        let zone = project.timezone.value
        let (start, end) = (zone.date(at: first), zone.date(at: last))
        let reaches = start.adding(span) <= end
        return RequirementResult(
            subject, level: requirement.level, status: reaches ? .matched : absent,
            evidence: ["\(start) to \(end), \(grouped(end.dayNumber - start.dayNumber)) days"],
            hints: reaches
                ? [] : ["import older data: retention and lifetime value need \(span) of it to be read with trust"],
            place: requirement.place)
    }

    /// Enough buyers, enough of them with several purchases, and fresh data.
    func checkSufficiency(_ sufficiency: Sufficiency, _ requirement: Requirement) -> [RequirementResult] {
        let absent: RequirementResult.Status = requirement.level == .required ? .missing : .default
        var results: [RequirementResult] = []
        func add(_ subject: String, _ holds: Bool, _ evidence: String, _ hint: String) {
            results.append(
                RequirementResult(
                    subject, level: requirement.level, status: holds ? .matched : absent, evidence: [evidence],
                    hints: holds ? [] : [hint], place: requirement.place))
        }
        if let least = sufficiency.buyers {
            let found = buyers?.buyers
            add(
                "at least \(grouped(least)) buyers", (found ?? 0) >= least,
                found.map { "\(grouped($0)) customers with a purchase that counts" }
                    ?? "not counted: the purchase definition does not fit the data yet",
                "with few buyers, rates and segments are mostly chance")
        }
        if let wanted = sufficiency.withPurchases {
            let found = buyers?.withPurchases[wanted.atLeast]
            add(
                "at least \(grouped(wanted.buyers)) buyers with \(wanted.atLeast) purchases",
                (found ?? 0) >= wanted.buyers,
                found.map { "\(grouped($0)) customers" }
                    ?? "not counted: the purchase definition does not fit the data yet",
                "repurchase and retention need customers who came back")
        }
        if let span = sufficiency.newestEventWithin {
            let name = useCase.purchases.event.value
            let newest = profile.events.compactMap(\.last).max()
            let last = profile.events.first { $0.name == name }?.last
            let zone = project.timezone.value
            let fresh =
                if let last, let newest { zone.date(at: last).adding(span) >= zone.date(at: newest) } else { false }
            add(
                "newest \(name) within \(span)", fresh,
                last.map {
                    "newest \(name) on \(zone.date(at: $0)), newest event on \(newest.map { zone.date(at: $0).description } ?? "–")"
                }
                    ?? "no such event in the data", "import newer data")
        }
        return results
    }
}

extension CivilDate {
    func adding(_ span: Span) -> CivilDate {
        switch span.unit {
        case .day: adding(days: span.count)
        case .week: adding(days: 7 * span.count)
        case .month: adding(months: span.count)
        case .quarter: adding(months: 3 * span.count)
        case .year: adding(months: 12 * span.count)
        }
    }
}
