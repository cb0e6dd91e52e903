import Definitions
import Diagnostics
import Quantities
import Queries

/// The part of an evaluation that all reports share: what a purchase is, consents, segmentations. Optional parts that
/// the project's data does not have are left out, each with a note.
struct EvaluationBase {
    let purchases: PurchaseDefinition
    let consents: [ConsentDefinition]
    let eventSegmentations: [EventSegmentation]
    let customerSegmentations: [CustomerSegmentation]
    let notes: [String]

    init(_ useCase: UseCase, project: Project, profile: DataProfile, conditions: ConditionLowering) throws {
        var notes: [String] = []
        purchases = try EvaluationBase.purchases(useCase, project, profile, conditions, &notes)
        eventSegmentations = try useCase.eventSegmentations.map { segmentation in
            EventSegmentation(
                id: segmentation.id.value, name: segmentation.name.value, event: segmentation.event.value,
                segments: try EvaluationBase.segments(segmentation.segments, conditions))
        }
        customerSegmentations = try useCase.customerSegmentations.map { segmentation in
            CustomerSegmentation(
                id: segmentation.id.value, name: segmentation.name.value,
                segments: try EvaluationBase.segments(segmentation.segments, conditions),
                remainder: segmentation.remainder.value)
        }
        var filters = customerSegmentations.flatMap { $0.segments.map(\.when) } + [purchases.exclude].compactMap(\.self)
        for metric in useCase.metrics {
            if case .measure(let measure) = metric.source, let filter = measure.filter {
                filters.append(try conditions.predicate(filter))
            }
        }
        filters += try (useCase.dashboard?.reports ?? []).compactMap { try $0.filter.map(conditions.predicate) }
        consents = EvaluationBase.categories(in: filters).map { category in
            let definition = ConsentDefinition(category: category, project: project, profile: profile)
            if definition.source == .absent {
                notes.append("The data has no consent '\(category)': every customer counts as not subscribed.")
            }
            return definition
        }
        self.notes = notes
    }

    private static func segments(
        _ segments: [SegmentDefinition], _ conditions: ConditionLowering
    ) throws -> [Segment] {
        try segments.map { Segment(name: $0.name.value, when: try conditions.predicate($0.when)) }
    }

    private static func purchases(
        _ useCase: UseCase, _ project: Project, _ profile: DataProfile, _ conditions: ConditionLowering,
        _ notes: inout [String]
    ) throws -> PurchaseDefinition {
        let definition = useCase.purchases
        let event = profile.events.first { $0.name == definition.event.value }
        func has(_ attribute: String) -> Bool { event?.attributes.contains { $0.name == attribute } ?? false }
        var currency = definition.currency?.value
        if let name = currency, event != nil, !has(name) {
            notes.append("The purchases have no attribute '\(name)': every amount is in the project's currency.")
            currency = nil
        }
        if currency == nil, let name = currencyAttribute(of: event, besides: project.currency.value) {
            notes.append(
                "The purchases have currencies in '\(name)' that the use case does not read: every amount is taken as "
                    + "\(project.currency.value).")
        }
        var refunds: RefundDefinition?
        if let definition = definition.refunds {
            if let table = profile.events.first(where: { $0.name == definition.event.value }) {
                let known = Set(table.attributes.map(\.name))
                refunds = RefundDefinition(
                    event: definition.event.value, amount: definition.amount.value,
                    currency: definition.currency.flatMap { known.contains($0.value) ? $0.value : nil })
            } else {
                notes.append("The data has no event '\(definition.event.value)': there are no refunds of that kind.")
            }
        }
        func selection(_ choice: PurchasesDefinition.SegmentChoice) -> SegmentSelection {
            SegmentSelection(segmentation: choice.segmentation.value, segments: choice.segments.map(\.value))
        }
        let charges = definition.charges.map { charges in
            func kind(_ segments: [Located<String>]) -> SegmentSelection {
                SegmentSelection(segmentation: charges.segmentation.value, segments: segments.map(\.value))
            }
            return ChargeDefinition(
                kinds: [
                    .firstCharge: kind(charges.firstCharge), .upsell: kind(charges.upsell),
                    .rebill: kind(charges.rebill),
                ],
                links: charges.links.map(\.value).filter(has))
        }
        for link in definition.charges?.links ?? [] where event != nil && !has(link.value) {
            notes.append(
                "The purchases have no attribute '\(link.value)': charges are not linked by it, but belong to the "
                    + "customer's latest first charge.")
        }
        return PurchaseDefinition(
            event: definition.event.value, amount: definition.amount.value, currency: currency,
            success: selection(definition.success),
            canceled: definition.canceled.map(selection)
                ?? SegmentSelection(segmentation: definition.success.segmentation.value, segments: []),
            exclude: try exclusion(definition, isThere: has, conditions),
            zeroAmount: definition.zeroAmount.flatMap { ZeroAmount(rawValue: $0.value) } ?? .count, refunds: refunds,
            charges: charges)
    }

    /// A text attribute that holds nothing but ISO 4217 codes, and others than the project's own.
    private static func currencyAttribute(of event: EventProfile?, besides own: String) -> String? {
        event?.attributes.first { attribute in
            !attribute.values.isEmpty && attribute.distinct == attribute.values.count
                && attribute.values.allSatisfy { Currency.isWellFormed($0.value) }
                && attribute.values.contains { $0.value != own }
        }?.name
    }

    /// Test orders; nil where no purchase has the attribute that would mark them, as then none is one. `check` says so.
    private static func exclusion(
        _ definition: PurchasesDefinition, isThere: (String) -> Bool, _ conditions: ConditionLowering
    ) throws -> Predicate? {
        guard let exclude = definition.exclude else { return nil }
        if case .test(let subject, _) = exclude.value, case .attribute(let name) = subject.value, !isThere(name) {
            return nil
        }
        return try conditions.predicate(exclude)
    }

    /// Consent categories that the predicates test, in order of first use.
    private static func categories(in predicates: [Predicate]) -> [String] {
        var found: [String] = []
        func visit(_ predicate: Predicate) {
            switch predicate {
            case .all(let parts), .any(let parts): parts.forEach(visit)
            case .not(let part): visit(part)
            case .test(.consent(let category), _): if !found.contains(category) { found.append(category) }
            case .test: break
            }
        }
        predicates.forEach(visit)
        return found
    }
}

extension ConsentDefinition {
    /// Where the project's data has that consent: a mapped property, else consent events of that category, else nowhere.
    init(category: String, project: Project, profile: DataProfile) {
        if let mapping = project.consents.first(where: { $0.category.value == category }) {
            let isThere = profile.properties.contains { $0.name == mapping.property.value }
            self.init(
                category: category,
                source: isThere ? .property(name: mapping.property.value, valid: mapping.valid) : .absent)
            return
        }
        let events = ConsentEvents(project.consentEvents)
        let attribute = profile.events.first { $0.name == events.event }?.attributes.first {
            $0.name == events.category
        }
        // The most frequent values only are in the profile, and none where they were not counted: the category may be among
        // the rest.
        let isThere = attribute.map { attribute in
            attribute.kind == .string
                && (attribute.values.contains { $0.value == category }
                    || (attribute.distinct ?? .max) > attribute.values.count)
        }
        self.init(category: category, source: isThere == true ? .events(events) : .absent)
    }
}

extension ConsentEvents {
    /// The project's names, else the defaults.
    init(_ mapping: Project.ConsentEventMapping?) {
        self.init()
        if let mapping {
            self.init(
                event: mapping.event.value, category: mapping.category.value, action: mapping.action.value,
                validUntil: mapping.validUntil.value)
        }
    }
}
