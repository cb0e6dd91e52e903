import Quantities
import Queries

/// Sums of queries, all in one go:
///
///     facts          each booking with what is known of its customer and of the purchase it stands under       FactsSQL
///     scoped         what sums ask of bookings: conditions, groups, amounts; those that fulfil any              SumsSQL
///     customers_…    rows of a grouping added up by customer, where distinct customers are counted              SumGrouping
///     periods_…      when each customer bought, in periods                                                      PeriodSums
///     buckets_…, …   the gaps between purchases around a quantile                                               QuantileSums
///
/// Queries that group by the same keys share a grouping, and measures that add up the same share a sum, so that there are as
/// many groupings as there are ways to group and not as many as there are reports. Spark writes `scoped` down once and has all
/// groupings read that: up to `customers_…` nothing leaves the customer's partition.
final class SumsSQL {
    private let owner: EvaluationSQL
    private let facts: FactsSQL
    private var conditions = NamedExpressions("in")
    private var filters = NamedExpressions("if")
    private var keys = NamedExpressions("key")
    private var periods: [PeriodSums] = []
    private var groupings: [SumGrouping] = []
    private var quantiles: [QuantileSums] = []
    private let troubles = TroubleSums()
    private var findings: [String] = []
    private(set) var plan: SumPlan

    init(_ owner: EvaluationSQL) {
        self.owner = owner
        facts = FactsSQL(owner)
        // Findings have one key, and periods stand beside the others.
        let isOfPeriods = owner.evaluation.queries.flatMap(\.measures).contains { $0.kind.isOfPeriods }
        plan = SumPlan(keyCount: max(1, owner.keyCount + (isOfPeriods ? 1 : 0)))
    }

    private var evaluation: Evaluation { owner.evaluation }
    private var text: SQLText { owner.text }

    /// Adds all steps, and gives the query that reads them. Its columns are `grouping`, the keys, and `sums`: a JSON object of
    /// texts (see `SumPlan`).
    func select() throws -> String {
        for query in evaluation.queries { try owner.check(query) }
        for pass in Pass.all(evaluation.queries) {
            if pass.isOfPeriods { try addPeriods(pass) } else { try addRows(pass) }
        }
        let others = try addFindings()
        try facts.add()
        troubles.missingOfQuantiles = owner.missingRateOfQuantiles
        let trouble = troubles.select(keyCount: plan.keyCount)
        // Quantiles look at it twice.
        let isShared = groupings.count + 2 * quantiles.count + (trouble == nil ? 0 : 1) > 1
        let customer = isShared ? ["place", "customer"] : ["customer"]
        let selects =
            groupings.map { $0.select(keyCount: plan.keyCount) } + quantiles.map { $0.select(keyCount: plan.keyCount) }
            + [trouble].compactMap(\.self)
        let steps =
            groupings.compactMap { $0.customers(customer) } + periods.map { $0.step(customer) }
            + quantiles.flatMap(\.steps)
        addScoped(selects + steps.map(\.body), isShared)
        for step in steps { text.add(step.name, step.comment, step.body) }
        return (selects + others).joined(separator: "\nUNION ALL\n")
    }

    /// - Parameters:
    ///   - texts: what reads the step.
    ///   - isShared: it is read in several places.
    private func addScoped(_ texts: [String], _ isShared: Bool) {
        let all = texts.joined(separator: "\n")
        var columns = ["r.customer"]
        // Rows stay with their customer. They are already by the customer's id, and would not be moved for that.
        if isShared { columns.insert("XXHASH64(r.customer) AS place", at: 0) }
        // No column more than is read: Spark would cut it off after the rows were brought to their places, and forget these.
        columns += SumsSQL.columns.filter { name in all.contains(word: "r.\(name)") }.map { "r.\($0)" }
        columns += (keys.all + filters.all).map { "\($0.sql) AS \($0.name)" }
        columns += conditions.all.map { "(\($0.sql)) AND r.kind <> 'unclassified' AS \($0.name)" }
        let isAny = (conditions.all.map(\.name) + findings).joined(separator: " OR ")
        var select = """
            SELECT *
            FROM (
              SELECT \(columns.joined(separator: ",\n    "))
              FROM facts r
            )
            WHERE (\(isAny))
            """
        var comment = "what sums ask of bookings"
        if isShared {
            // What is the same each time would be evaluated in each place instead.
            select += " AND RAND() >= 0\nDISTRIBUTE BY place"
            comment += "; RAND() has Spark write it down once for all that reads it, rows of a customer in one place"
        }
        text.add("scoped", comment, select)
    }

    /// What sums may read of facts beside keys and conditions.
    private static let columns = [
        "kind", "is_purchase", "charge", "n", "own_at", "previous_at", "display", "booked", "booked_currency",
        "rate_day",
        "missing_segment_rate",
    ]

    // MARK: - Findings

    /// Adds the grouping of findings, and gives the queries of those that are no bookings.
    private func addFindings() throws -> [String] {
        let grouping = grouping([keys.name(try owner.detailOfFinding())])
        for (kind, condition) in try owner.findings() {
            let name = filters.name(condition)
            findings.append(name)
            plan.findings.append((grouping.name, grouping.count("r.\(name)", kind.rawValue), kind))
        }
        return owner.otherFindings().enumerated().map { place, other in
            let name = "finding_\(place + 1)"
            plan.findings.append((name, "findings", other.kind))
            let keys = (0..<plan.keyCount).map { ",\n  \(EvaluationSQL.none) AS g\($0)" }.joined()
            return """
                SELECT '\(name)' AS grouping\(keys),
                  TO_JSON(NAMED_STRUCT('findings', CAST(COUNT_IF(\(other.condition)) AS STRING))) AS sums
                FROM \(other.source)
                """
        }
    }

    // MARK: - Sums of bookings

    private func addRows(_ pass: Pass) throws {
        let query = evaluation.queries[pass.query]
        let row = owner.rowColumns(pass)
        let isIn = try owner.condition(pass, facts)
        let condition = "r.\(conditions.name(isIn))"
        let groups = try owner.keys(pass, facts).compactMap(\.self)
        let groupKeys = groups.map { keys.name($0) }
        var parts: [(part: PartReading.Part, keys: [String], condition: String)] = [(.total, [], condition)]
        if !groups.isEmpty { parts.append((.group, groupKeys, condition)) }
        if let cohort = try owner.cohortKey(pass) { parts.append((.cohort, [keys.name(cohort)], condition)) }
        // All purchases of a customer are in one group: then what is asked of all of them is asked of the group's.
        let isOfCustomers = query.groupBy.allSatisfy { dimension in
            if case .segmentation = dimension, owner.isAtPurchase { false } else { dimension.isOfCustomers }
        }
        for (part, keys, condition) in parts {
            let grouping = self.grouping(keys)
            var reading = PartReading(query: pass.query, part: part)
            if part != .total { reading.rows = grouping.count(condition, "rows") }
            for index in pass.measures {
                let measure = query.measures[index]
                let filter =
                    try measure.filter.map { " AND r." + filters.name(try owner.rowPredicate($0, from: row)) } ?? ""
                let sums = Sums(measure.kind, " AND \(condition)\(filter)", owner.semantics.revenueBasis)
                if let amounts = sums.amounts {
                    let isNative = part == .group && query.groupBy.contains(.currency)
                    if isNative {
                        let isMixed = filters.name("r.booked_currency <> \(row.home).home_currency")
                        let isGrouped = keys.map { " AND r.\($0) IS NOT NULL" }.joined()
                        troubles.addMixed("\(amounts)\(isGrouped) AND r.\(isMixed)")
                    }
                    if part == .total, owner.canMissRates { troubles.addMissing(amounts) }
                    let amount = sums.signed(isNative ? "r.booked" : "r.display")
                    reading.add(index, grouping.sum(amount, where: amounts, measure.name))
                    continue
                }
                switch measure.kind {
                case .gapQuantile(let share):
                    var ofGaps = PartReading(query: pass.query, part: part)
                    let quantiles = self.quantiles(keys)
                    ofGaps.add(index, quantiles.quantile(share, where: sums.condition, measure.name))
                    // Groups are those of all rows; here are those with a gap.
                    ofGaps.rows = quantiles.count(sums.condition, "gaps")
                    plan.readings[quantiles.name, default: []].append(ofGaps)
                case .buyers:
                    reading.add(index, grouping.customers(1, sums.condition, measure.name))
                case .repeatBuyers(let least):
                    if part == .total || isOfCustomers {
                        reading.add(index, grouping.customers(least, sums.condition, measure.name))
                        break
                    }
                    // Of all of a buyer's purchases in the measure, whatever their group.
                    let whole = try measure.filter.map { " AND " + (try owner.rowPredicate($0, from: row)) } ?? ""
                    let all = filters.name("\(facts.count("(\(isIn)) AND r.is_purchase\(whole)")) >= \(least)")
                    reading.add(index, grouping.customers(1, "\(sums.condition) AND r.\(all)", measure.name))
                case .gapSum: reading.add(index, grouping.duration(sums.gap, where: sums.condition, measure.name))
                default: reading.add(index, grouping.count(sums.condition, measure.name))
                }
            }
            plan.readings[grouping.name, default: []].append(reading)
        }
        addUntold(pass)
    }

    private var nextNumber: Int { groupings.count + quantiles.count + 1 }

    /// The grouping by keys, which are columns of `scoped`.
    private func grouping(_ keys: [String]) -> SumGrouping {
        if let known = groupings.first(where: { $0.isOver(keys) }) { return known }
        let grouping = SumGrouping(number: nextNumber, keys: keys)
        groupings.append(grouping)
        return grouping
    }

    private func quantiles(_ keys: [String]) -> QuantileSums {
        if let known = quantiles.first(where: { $0.isOver(keys) }) { return known }
        let sums = QuantileSums(number: nextNumber, keys: keys)
        quantiles.append(sums)
        return sums
    }

    // MARK: - Sums of periods

    private func addPeriods(_ pass: Pass) throws {
        guard let complete = try owner.completePeriods(pass), let index = pass.measures.first else { return }
        let query = evaluation.queries[pass.query]
        let condition = conditions.name(try owner.condition(pass, facts))
        let period = keys.name(owner.period(pass, complete))
        let kind = query.measures[index].kind
        let isShifted = kind == .previousPeriodBuyers
        let shown = isShifted ? "period + 1" : "period"
        let isComplete = complete.complete.map { "\(shown) BETWEEN \($0.lowerBound) AND \($0.upperBound)" } ?? "FALSE"
        let groups = try owner.keys(pass, facts)
        for part in query.groupBy.isEmpty ? [PartReading.Part.total] : [.total, .group] {
            // A period is under the bucket of its first day, so that its calendar is none of the customer's keys.
            let own = part == .total ? [] : groups.compactMap(\.self).map { keys.name($0) }
            let grouping = self.grouping(periods(own, condition, period))
            let counted =
                kind == .retainedBuyers ? "\(isComplete) AND before = period - 1" : isComplete
            var reading = PartReading(query: pass.query, part: part)
            reading.periods = (complete, isShifted ? 1 : 0)
            if part == .group { reading.rows = grouping.count(isComplete, "rows") }
            let name = query.measures[index].name
            let sum =
                kind == .periodPurchases
                ? grouping.sum("purchases", where: counted, name) : grouping.count(counted, name)
            reading.add(index, sum)
            plan.readings[grouping.name, default: []].append(reading)
        }
        addUntold(pass)
    }

    /// Rows of which it cannot be told whether they are in the pass end the evaluation.
    private func addUntold(_ pass: Pass) {
        guard let untold = owner.untold(pass, facts) else { return }
        troubles.addMissingOfConditions("r.\(conditions.name(untold))")
    }

    private func periods(_ keys: [String], _ condition: String, _ period: String) -> PeriodSums {
        if let known = periods.first(where: { $0.keys == keys && $0.condition == condition && $0.period == period }) {
            return known
        }
        let sums = PeriodSums(number: periods.count + 1, keys: keys, condition: condition, period: period)
        periods.append(sums)
        return sums
    }

    private func grouping(_ source: PeriodSums) -> SumGrouping {
        let keys = source.keys.indices.map { "k\($0)" } + ["period"]
        if let known = groupings.first(where: { $0.isOver(keys, from: source.name) }) { return known }
        let grouping = SumGrouping(number: nextNumber, keys: keys, from: source.name)
        groupings.append(grouping)
        return grouping
    }
}

/// Expressions that have one name each, however often they are asked for.
struct NamedExpressions {
    private let prefix: String
    private(set) var all: [(name: String, sql: String)] = []

    init(_ prefix: String) { self.prefix = prefix }

    mutating func name(_ sql: String) -> String {
        if let known = all.first(where: { $0.sql.utf8.elementsEqual(sql.utf8) }) { return known.name }
        all.append(("\(prefix)_\(all.count + 1)", sql))
        return "\(prefix)_\(all.count)"
    }
}

extension String {
    /// Whether a name stands in it that goes on on neither side.
    fileprivate func contains(word: String) -> Bool {
        func isOfNames(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || Character(Unicode.Scalar(byte)).isLetter
                || Character(Unicode.Scalar(byte)).isNumber
        }
        var rest = self[...]
        while let found = rest.firstRange(of: word) {
            let before = found.lowerBound == startIndex ? nil : utf8[utf8.index(before: found.lowerBound)]
            let after = found.upperBound == endIndex ? nil : utf8[found.upperBound]
            if !isOfNames(before), !isOfNames(after) { return true }
            rest = self[found.upperBound...]
        }
        return false
    }
}
