import Quantities
import Queries

/// What can be refused before anything is computed. Names of attributes and the like are checked where they are read.
extension ReferenceRun {
    func check() throws {
        try checkEvent(evaluation.purchases.event)
        if let refunds = evaluation.purchases.refunds { try checkEvent(refunds.event) }
        for consent in evaluation.consents {
            if case .events(let source) = consent.source { try checkEvent(source.event) }
        }
        for segmentation in evaluation.eventSegmentations {
            try checkEvent(segmentation.event)
            try checkNotCircular(segmentation.id, [])
        }
        for segmentation in evaluation.customerSegmentations { try checkNotCircular(segmentation.id, []) }
        for query in evaluation.queries { try check(query) }
    }

    /// The type of an attribute of an event type.
    func type(of attribute: String, event: String) throws -> RawType {
        let columns = project.eventColumns[event] ?? [:]
        guard let type = columns[attribute] else {
            throw QueryError.unknownAttribute(attribute, event: event, known: columns.keys.sorted())
        }
        return type
    }

    func type(ofProperty property: String) throws -> RawType {
        guard let type = project.propertyColumns[property] else {
            throw QueryError.unknownProperty(property, known: project.propertyColumns.keys.sorted())
        }
        return type
    }

    private func checkEvent(_ event: String) throws {
        guard project.eventColumns[event] != nil else {
            throw QueryError.unknownEvent(event, known: project.eventColumns.keys.sorted())
        }
    }

    private func checkNotCircular(_ id: String, _ path: [String]) throws {
        if path.contains(id) { throw QueryError.unsupported("segmentation \(id) refers to itself") }
        let conditions =
            evaluation.customerSegmentations.filter { $0.id == id }.flatMap { $0.segments.map(\.when) }
            + evaluation.eventSegmentations.filter { $0.id == id }.flatMap { $0.segments.map(\.when) }
        for subject in conditions.flatMap(subjects(of:)) {
            switch subject {
            case .segmentation(let other), .eventSegmentation(let other): try checkNotCircular(other, path + [id])
            default: break
            }
        }
    }

    private func check(_ query: Query) throws {
        for case .age(let unit) in query.groupBy where !query.groupBy.contains(.cohort(unit)) {
            throw QueryError.unsupported("age without the cohort of the same unit")
        }
        for measure in query.measures {
            let isAnchored = measure.scope == .charges && semantics.attribution == .anchored
            let hasCharges = evaluation.purchases.charges != nil
            if isAnchored, !hasCharges { throw QueryError.unsupported("scope charges without charge kinds") }
            switch measure.kind {
            case .chargeCount, .chargeAmount:
                if !hasCharges { throw QueryError.unsupported("charges without charge kinds") }
            case .periodBuyers, .periodPurchases, .retainedBuyers, .previousPeriodBuyers:
                if isAnchored { throw QueryError.unsupported("periods of anchored charges") }
                for dimension in query.groupBy { try check(dimension, with: query.period) }
            default: break
            }
        }
    }

    /// A period has a group only where its first day decides the group.
    private func check(_ dimension: Dimension, with period: Period) throws {
        switch dimension {
        case .cohort, .age: throw QueryError.unsupported("periods by cohort")
        case .calendar(let unit):
            let isCoarser =
                switch period {
                case .calendar(let length): shortestLength(unit) >= shortestLength(length)
                case .days(let days): shortestLength(unit) >= days
                }
            if !isCoarser { throw QueryError.unsupported("periods longer than \(unit.rawValue)") }
        default: break
        }
    }

    private func shortestLength(_ unit: CalendarUnit) -> Int {
        switch unit {
        case .day: 1
        case .week: 7
        case .month: 28
        case .quarter: 90
        case .year: 365
        }
    }
}

/// What a predicate looks at, in the order of its text.
func subjects(of predicate: Predicate) -> [Subject] {
    switch predicate {
    case .all(let parts), .any(let parts): parts.flatMap(subjects(of:))
    case .not(let inner): subjects(of: inner)
    case .test(let subject, _): [subject]
    }
}
