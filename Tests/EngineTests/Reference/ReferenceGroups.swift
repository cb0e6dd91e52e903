import Quantities
import Queries

/// The keys of a group, compared byte for byte.
struct ReferenceGroup: Hashable, Comparable {
    var keys: [GroupKey]

    private var identity: [RawText] { keys.map(text(of:)) }

    static func == (left: ReferenceGroup, right: ReferenceGroup) -> Bool { left.identity == right.identity }

    static func < (left: ReferenceGroup, right: ReferenceGroup) -> Bool {
        left.identity.lexicographicallyPrecedes(right.identity)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(identity) }

    private func text(of key: GroupKey) -> RawText {
        switch key {
        case .text(let text): RawText("text \(text)")
        case .missing: "missing"
        case .bucket(let number): RawText("bucket \(number)")
        case .number(let number): RawText("number \(number)")
        case .remainder: "remainder"
        }
    }
}

extension ReferenceRun {
    /// The row's group; nil where the row is in none: no cohort, or booked before the cohort.
    func group(
        of row: ReferenceRow, by dimensions: [Dimension], _ measure: Measure, _ query: Query
    ) throws -> ReferenceGroup? {
        var keys: [GroupKey] = []
        for dimension in dimensions {
            guard let key = try key(of: row, dimension, measure, query) else { return nil }
            keys.append(key)
        }
        return ReferenceGroup(keys: keys)
    }

    private func key(
        of row: ReferenceRow, _ dimension: Dimension, _ measure: Measure, _ query: Query
    ) throws -> GroupKey? {
        switch dimension {
        case .attribute(let name):
            _ = try type(of: name, event: row.home.row.type)
            return key(of: row.home.row.attributes[name])
        case .property(let name):
            _ = try type(ofProperty: name)
            return key(of: row.customer.raw.properties[name])
        case .segmentation(let id):
            let segment = try segment(id, of: row.customer, at: consentInstant(of: row.home))
            return segment.map { .text($0.string) } ?? .remainder
        case .eventSegmentation(let id):
            return try eventSegment(id, of: row.home.row).map { .text($0.string) } ?? .remainder
        case .currency: return .text(row.home.currency.string)
        case .calendar(let unit): return .bucket(bucket(of: row.instant, unit))
        case .cohort(let unit): return row.customer.firstPurchase.map { .bucket(bucket(of: $0.instant, unit)) }
        case .age(let unit):
            guard let first = row.customer.firstPurchase else { return nil }
            let age = bucket(of: row.instant, unit) - bucket(of: first.instant, unit)
            return age < 0 ? nil : .number(age)
        case .purchaseCount(let classes):
            let inScope = try rows(of: row.customer, in: measure.scope, window(of: query))
            return key(of: inScope.filter(\.booking.isPurchase).count, in: classes)
        case .daysToSecondPurchase(let classes):
            let counted = row.customer.counted
            guard counted.count >= 2 else { return .remainder }
            let elapsed = counted[1].instant.microseconds - counted[0].instant.microseconds
            return key(of: Int(elapsed / 86_400_000_000), in: classes)
        }
    }

    private func key(of value: RawValue?) -> GroupKey {
        value.map { .text($0.text.string) } ?? .missing
    }

    /// The lower bound of the class that a number is in; the remainder for a number below all classes.
    private func key(of number: Int, in classes: [Int]) -> GroupKey {
        classes.last { $0 <= number }.map { .number($0) } ?? .remainder
    }

    func bucket(of instant: Instant, _ unit: CalendarUnit) -> Int { unit.index(of: zone.date(at: instant)) }
}
