import Quantities

/// The calendar of one result: which buckets the window touches, and which of them are over.
struct ResultCalendar {
    let window: Window
    let asOf: Instant
    let zone: Zone

    init(_ query: Query, _ semantics: Semantics, _ zone: Zone) {
        window = query.window ?? semantics.window
        asOf = semantics.asOf
        self.zone = zone
    }

    func bucket(_ unit: CalendarUnit, _ instant: Instant) -> Int {
        unit.index(ofDay: zone.dayNumber(at: instant))
    }

    /// The last bucket of the window that has begun by `as_of`.
    func lastBucket(_ unit: CalendarUnit) -> Int {
        bucket(unit, Instant(microseconds: min(window.to.microseconds - 1, asOf.microseconds)))
    }

    /// The bucket has ended by `as_of`.
    func isOver(_ unit: CalendarUnit, _ index: Int) -> Bool {
        zone.startOfDay(unit.start(of: index + 1)) <= asOf.successor
    }

    /// The bucket is not over, or the window holds only a part of it.
    func isCut(_ unit: CalendarUnit, _ index: Int) -> Bool {
        !isOver(unit, index) || zone.startOfDay(unit.start(of: index)) < window.from
            || zone.startOfDay(unit.start(of: index + 1)) > window.to
    }
}

extension ResultAssembly {
    /// Every row's keys, in the order of display: dimensions with an order of their own are complete and in it, the
    /// others descend by the first column, ties and the rest by the bytes of their labels, missing last.
    func orderedKeys() -> [[GroupKey]] {
        if let unit = cohortUnit, query.groupBy.count == 2 { return cohortKeys(unit) }
        let domains = query.groupBy.enumerated().map { position, dimension in
            domain(of: dimension) ?? seenKeys(at: position, of: dimension)
        }
        var combinations: [[GroupKey]] = [[]]
        for domain in domains {
            combinations = combinations.flatMap { prefix in domain.map { prefix + [$0] } }
        }
        // Only combinations of dimensions that are complete by themselves show rows of zeros.
        let complete = query.groupBy.allSatisfy { domain(of: $0) != nil }
        let seen = Set(measurement.groups.map(\.keys))
        return complete ? combinations : combinations.filter { seen.contains($0) || filled($0, seen) }
    }

    /// A combination of a seen open key with a calendar bucket is shown, so that lines have no holes.
    private func filled(_ keys: [GroupKey], _ seen: Set<[GroupKey]>) -> Bool {
        guard query.layout == .trend else { return false }
        return seen.contains { other in
            zip(zip(keys, other), query.groupBy).allSatisfy { pair, dimension in
                domain(of: dimension) != nil || pair.0 == pair.1
            }
        }
    }

    private func cohortKeys(_ unit: CalendarUnit) -> [[GroupKey]] {
        let cohorts = measurement.cohorts.compactMap { group -> Int? in
            if case .bucket(let index)? = group.keys.first { index } else { nil }
        }
        guard let first = cohorts.min(), let last = cohorts.max() else { return [] }
        let newest = calendar.bucket(unit, semantics.asOf)
        let ageFirst = query.groupBy.first == .age(unit)
        var keys: [[GroupKey]] = []
        for cohort in first...last {
            for age in 0...max(0, newest - cohort) {
                keys.append(ageFirst ? [.number(age), .bucket(cohort)] : [.bucket(cohort), .number(age)])
            }
        }
        return keys
    }

    /// All keys of a dimension that is complete by itself, in order; nil for open ones.
    private func domain(of dimension: Dimension) -> [GroupKey]? {
        switch dimension {
        case .calendar(let unit):
            let first = calendar.bucket(unit, calendar.window.from)
            let last = max(first, calendar.lastBucket(unit))
            // Lifetime measures are booked outside of the window as well: beside measures of the window, its buckets show.
            if query.measures.contains(where: { $0.scope == .window || $0.scope == .charges }) {
                return (first...last).map { .bucket($0) }
            }
            let buckets = measurement.groups.compactMap { group -> Int? in
                for (key, other) in zip(group.keys, query.groupBy) where other == dimension {
                    if case .bucket(let index) = key { return index }
                }
                return nil
            }
            return (min(first, buckets.min() ?? first)...max(last, buckets.max() ?? last)).map { .bucket($0) }
        case .segmentation(let id):
            return (labels.segments[id]?.names ?? []).map { .text($0) } + [.remainder]
        case .eventSegmentation(let id):
            return (labels.segments[id]?.names ?? []).map { .text($0) } + [.remainder]
        case .purchaseCount(let classes):
            return classes.map { .number($0) }
        case .daysToSecondPurchase(let classes):
            return classes.map { .number($0) } + [.remainder]
        case .attribute, .property, .currency, .cohort, .age:
            return nil
        }
    }

    private func seenKeys(at position: Int, of dimension: Dimension) -> [GroupKey] {
        var weights: [GroupKey: Double] = [:]
        for group in measurement.groups {
            let first = values(group, cohort: nil).first ?? nil
            weights[group.keys[position], default: 0] += first?.double ?? 0
        }
        return weights.sorted { a, b in
            if (a.key == .missing) != (b.key == .missing) { return b.key == .missing }
            if case .bucket(let x) = a.key, case .bucket(let y) = b.key { return x < y }
            if case .number(let x) = a.key, case .number(let y) = b.key { return x < y }
            if a.value != b.value { return a.value > b.value }
            return label(of: a.key, dimension).utf8.lexicographicallyPrecedes(label(of: b.key, dimension).utf8)
        }.map(\.key)
    }

    /// The label of a key.
    func label(of key: GroupKey, _ dimension: Dimension) -> String {
        switch (key, dimension) {
        case (.text(let text), _): return text
        case (.missing, _): return "(none)"
        case (.bucket(let index), .calendar(let unit)), (.bucket(let index), .cohort(let unit)):
            return unit.label(of: index)
        case (.bucket(let index), _), (.number(let index), .age): return String(index)
        case (.number(let lower), .purchaseCount(let classes)),
            (.number(let lower), .daysToSecondPurchase(let classes)):
            guard let next = classes.first(where: { $0 > lower }) else { return "\(lower)+" }
            return next == lower + 1 ? String(lower) : "\(lower)–\(next - 1)"
        case (.number(let number), _): return String(number)
        case (.remainder, .segmentation(let id)), (.remainder, .eventSegmentation(let id)):
            return labels.segments[id]?.remainder ?? "(other)"
        case (.remainder, .daysToSecondPurchase): return "no second purchase"
        case (.remainder, _): return "(other)"
        }
    }

    /// The title of a dimension's column.
    func title(of dimension: Dimension) -> String {
        switch dimension {
        case .attribute(let name), .property(let name): name
        case .segmentation(let id), .eventSegmentation(let id): labels.segmentationTitles[id] ?? id
        case .currency: "Currency"
        case .calendar(let unit): unit.title
        case .cohort: "Cohort"
        case .age(let unit): "Age in \(unit.rawValue)s"
        case .purchaseCount: "Purchases"
        case .daysToSecondPurchase: "Days"
        }
    }
}

extension CalendarUnit {
    /// As a heading.
    fileprivate var title: String {
        switch self {
        case .day: "Day"
        case .week: "Week"
        case .month: "Month"
        case .quarter: "Quarter"
        case .year: "Year"
        }
    }
}
