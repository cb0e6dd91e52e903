package import Quantities

/// What names and orders the rows of a result, beside the query.
package struct ResultLabels: Sendable {
    /// By segmentation id, customer and event segmentations alike: the segments' names in order, and the remainder's.
    package var segments: [String: (names: [String], remainder: String)]
    /// By segmentation id: the title of its column.
    package var segmentationTitles: [String: String]

    package init(segments: [String: (names: [String], remainder: String)], segmentationTitles: [String: String]) {
        self.segments = segments
        self.segmentationTitles = segmentationTitles
    }

    /// Those of an evaluation.
    package init(_ evaluation: Evaluation) {
        segments = [:]
        segmentationTitles = [:]
        for segmentation in evaluation.eventSegmentations {
            segments[segmentation.id] = (segmentation.segments.map(\.name), "(other)")
            segmentationTitles[segmentation.id] = segmentation.name
        }
        for segmentation in evaluation.customerSegmentations {
            segments[segmentation.id] = (segmentation.segments.map(\.name), segmentation.remainder)
            segmentationTitles[segmentation.id] = segmentation.name
        }
    }
}

extension ResultTable {
    /// Makes the finished table of a query from its measurement: fills in missing buckets and segments, orders the rows,
    /// computes the formulas, the total and the ages' totals, and marks what is incomplete at `as_of`.
    package init(_ measurement: Measurement, of query: Query, semantics: Semantics, zone: Zone, labels: ResultLabels) {
        let assembly = ResultAssembly(
            measurement: measurement, query: query, semantics: semantics,
            calendar: ResultCalendar(query, semantics, zone),
            labels: labels)
        let total = assembly.totalRow()
        self.init(
            id: query.id, title: query.title, layout: query.layout, window: assembly.calendar.window,
            dimensions: query.groupBy.map { DimensionHeader(title: assembly.title(of: $0), dimension: $0) },
            columns: query.columns.map {
                ColumnHeader(
                    name: $0.name, title: $0.title, type: $0.type, explanation: $0.explanation,
                    expression: $0.expression, isOfWindow: assembly.isOfWindow($0))
            },
            rows: query.groupBy.isEmpty ? [total] : assembly.rows(), total: query.groupBy.isEmpty ? nil : total,
            cohorts: assembly.cohorts().map { Cohort($0, customers: assembly.size(of: $0.key)) },
            cohortMeasure: assembly.cohortUnit == nil ? nil : assembly.cohortMeasure.map { query.measures[$0].name },
            ages: assembly.ages(), notes: assembly.notes(), period: query.period)
    }
}

/// The steps from measurement to table.
struct ResultAssembly {
    let measurement: Measurement
    let query: Query
    let semantics: Semantics
    let calendar: ResultCalendar
    let labels: ResultLabels
    private let byKeys: [[GroupKey]: Measurement.Group]
    private let byCohort: [GroupKey: Measurement.Group]
    private let positions: [String: Int]
    /// By measure and by the keys at age 0: the measure's sums along the ages 0, 1, 2, ….
    private let running: [String: [[GroupKey]: [MeasureValue]]]

    init(
        measurement: Measurement, query: Query, semantics: Semantics, calendar: ResultCalendar, labels: ResultLabels
    ) {
        self.measurement = measurement
        self.query = query
        self.semantics = semantics
        self.calendar = calendar
        self.labels = labels
        byKeys = Dictionary(measurement.groups.map { ($0.keys, $0) }) { first, _ in first }
        byCohort = Dictionary(
            measurement.cohorts.compactMap { group in group.keys.first.map { ($0, group) } }
        ) { first, _ in first }
        positions = Dictionary(
            query.measures.enumerated().map { ($0.element.name, $0.offset) }
        ) { first, _ in first }
        let cumulated = query.columns.reduce(into: Set<String>()) { $0.formUnion($1.formula.cumulated) }
        running = Dictionary(
            uniqueKeysWithValues: cumulated.map { ($0, ResultAssembly.sums(of: $0, measurement, query)) })
    }

    /// Made once: adding up again for every cell would take the cube of the number of ages.
    private static func sums(
        of name: String, _ measurement: Measurement, _ query: Query
    ) -> [[GroupKey]: [MeasureValue]] {
        guard let index = query.measures.firstIndex(where: { $0.name == name }),
            let position = query.groupBy.firstIndex(where: { if case .age = $0 { true } else { false } })
        else { return [:] }
        let zero = MeasureValue.zero(query.measures[index].kind)
        var result: [[GroupKey]: [MeasureValue]] = [:]
        for group in measurement.groups {
            guard case .number(let age) = group.keys[position], age >= 0 else { continue }
            var keys = group.keys
            keys[position] = .number(0)
            var values = result[keys] ?? []
            while values.count <= age { values.append(zero) }
            values[age] = values[age] + group.values[index]
            result[keys] = values
        }
        return result.mapValues { values in
            var sum = zero
            return values.map { value in
                sum = sum + value
                return sum
            }
        }
    }

    /// The unit of the cohort dimension, where the query has one with its age.
    var cohortUnit: CalendarUnit? {
        for case .cohort(let unit) in query.groupBy where query.groupBy.contains(.age(unit)) { return unit }
        return nil
    }

    /// The rows in order, with rows of zeros for buckets and segments that have none.
    func rows() -> [ResultTable.Row] {
        orderedKeys().map { keys in
            let group = byKeys[keys] ?? Measurement.Group(keys: keys, values: zeros)
            let (values, reasons) = columns(context(of: group, cohort: cohortKey(of: keys)), isUnfinished(keys))
            return ResultTable.Row(
                keys: zip(keys, query.groupBy).map { ResultTable.Key($0, label: label(of: $0, $1)) },
                values: values, currency: currency(of: keys), isIncomplete: isIncomplete(keys), nullReasons: reasons)
        }
    }

    /// Everybody, whatever the keys; the only row of a query without dimensions.
    func totalRow() -> ResultTable.Row {
        let (values, reasons) = columns(context(of: .init(keys: [], values: measurement.total), cohort: nil))
        return ResultTable.Row(
            keys: [], values: values, currency: semantics.displayCurrency, nullReasons: reasons)
    }

    /// All that the column reads is counted where the window has it.
    func isOfWindow(_ column: Column) -> Bool {
        let names = column.formula.measures
        return query.measures.allSatisfy { !names.contains($0.name) || $0.scope == .window || $0.scope == .charges }
    }

    /// The columns of a group.
    func values(_ group: Measurement.Group, cohort: GroupKey?) -> [Value?] {
        let context = context(of: group, cohort: cohort)
        return query.columns.map { $0.formula.value(in: context) }
    }

    private func columns(
        _ context: FormulaContext, _ isUnfinished: (String) -> Bool = { _ in false }
    ) -> (values: [Value?], reasons: [Int: String]) {
        var reasons: [Int: String] = [:]
        let values = query.columns.enumerated().map { index, column in
            let value = column.formula.value(in: context)
            if value == nil {
                reasons[index] = column.formula.nullReason(column.expression, in: context, isUnfinished: isUnfinished)
            }
            return value
        }
        return (values, reasons)
    }

    private func context(of group: Measurement.Group, cohort: GroupKey?) -> FormulaContext {
        let isUnfinished = isUnfinished(group.keys)
        return FormulaContext(
            row: { isUnfinished($0) ? nil : value($0, of: group.values) },
            total: { value($0, of: measurement.total) },
            cohort: { name in
                cohort.flatMap { byCohort[$0] }.flatMap { value(name, of: $0.values) }
            },
            cumulative: { name in cohort == nil ? nil : cumulative(name, upTo: group.keys) })
    }

    /// Counts over complete periods have no value in a bucket that is itself a period and not complete: there 0 would say
    /// that nobody came back.
    private func isUnfinished(_ keys: [GroupKey]) -> (String) -> Bool {
        let isCut = zip(keys, query.groupBy).contains { key, dimension in
            guard case .bucket(let index) = key, case .calendar(let unit) = dimension else { return false }
            return query.period == .calendar(unit) && calendar.isCut(unit, index)
        }
        guard isCut else { return { _ in false } }
        return { name in positions[name].map { query.measures[$0].kind.isOfPeriods } ?? false }
    }

    private var zeros: [MeasureValue] { query.measures.map { MeasureValue.zero($0.kind) } }

    private func value(_ measure: String, of values: [MeasureValue]) -> MeasureValue? {
        positions[measure].map { values[$0] }
    }

    private func cohortKey(of keys: [GroupKey]) -> GroupKey? {
        query.groupBy.firstIndex { if case .cohort = $0 { true } else { false } }.map { keys[$0] }
    }

    private func agePosition() -> Int? {
        query.groupBy.firstIndex { if case .age = $0 { true } else { false } }
    }

    /// Sum of a measure over the cohort's ages 0 ... that of `keys`.
    private func cumulative(_ measure: String, upTo keys: [GroupKey]) -> MeasureValue? {
        guard let position = agePosition(), case .number(let age) = keys[position], let index = positions[measure],
            age >= 0
        else { return nil }
        var start = keys
        start[position] = .number(0)
        guard let sums = running[measure]?[start], let last = sums.indices.last else {
            return MeasureValue.zero(query.measures[index].kind)
        }
        return sums[min(age, last)]
    }

    private func currency(of keys: [GroupKey]) -> String {
        for (key, dimension) in zip(keys, query.groupBy) where dimension == .currency {
            if case .text(let code) = key { return code }
        }
        return semantics.displayCurrency
    }

    private func isIncomplete(_ keys: [GroupKey]) -> Bool {
        zip(keys, query.groupBy).contains { key, dimension in
            switch (key, dimension) {
            case (.bucket(let index), .calendar(let unit)): calendar.isCut(unit, index)
            case (.number(let age), .age(let unit)):
                if case .bucket(let cohort)? = cohortKey(of: keys) {
                    !calendar.isOver(unit, cohort + age)
                } else {
                    false
                }
            default: false
            }
        }
    }

    /// The cohorts of a table by cohort and age, in order; else none.
    func cohorts() -> [ResultTable.Key] {
        guard let agePosition = agePosition(), query.groupBy.count == 2 else { return [] }
        return orderedKeys().compactMap { keys in
            guard keys[agePosition] == .number(0), let key = cohortKey(of: keys) else { return nil }
            return ResultTable.Key(key, label: label(of: key, query.groupBy[1 - agePosition]))
        }
    }

    /// The measure that counts the customers of cohorts; nil where none does.
    var cohortMeasure: Int? {
        let counts = query.measures.indices.filter { query.measures[$0].kind == .buyers }
        return counts.first { query.measures[$0].filter == nil } ?? counts.first
    }

    /// Customers of a cohort; nil where no measure counts them.
    func size(of cohort: GroupKey) -> Int? {
        guard let index = cohortMeasure else { return nil }
        guard case .count(let count)? = byCohort[cohort]?.values[index] else { return 0 }
        return count
    }

    /// Per age the columns over the cohorts that are old enough to have lived it.
    func ages() -> [ResultTable.AgeTotal] {
        guard let unit = cohortUnit, let agePosition = agePosition(), query.groupBy.count == 2 else { return [] }
        let cohorts = cohorts().map(\.key).compactMap { key -> Int? in
            if case .bucket(let index) = key { index } else { nil }
        }
        let cohortPosition = 1 - agePosition
        func cell(_ cohort: Int, _ age: Int) -> [GroupKey] {
            var keys: [GroupKey] = [.remainder, .remainder]
            keys[cohortPosition] = .bucket(cohort)
            keys[agePosition] = .number(age)
            return keys
        }
        func customers(_ cohorts: [Int]) -> Int? {
            cohorts.reduce(Optional(0)) { sum, cohort in
                sum.flatMap { sum in size(of: .bucket(cohort)).map { sum + $0 } }
            }
        }
        let everybody = customers(cohorts) ?? 0
        var result: [ResultTable.AgeTotal] = []
        for age in 0... {
            let old = cohorts.filter { calendar.isOver(unit, $0 + age) }
            if old.isEmpty { break }
            func sum(_ name: String, _ part: (Int) -> MeasureValue?) -> MeasureValue? {
                guard let index = positions[name] else { return nil }
                return old.reduce(MeasureValue.zero(query.measures[index].kind)) { total, cohort in
                    part(cohort).map { total + $0 } ?? total
                }
            }
            let context = FormulaContext(
                row: { name in sum(name) { value(name, of: byKeys[cell($0, age)]?.values ?? zeros) } },
                total: { value($0, of: measurement.total) },
                cohort: { name in sum(name) { value(name, of: byCohort[.bucket($0)]?.values ?? zeros) } },
                cumulative: { name in sum(name) { cumulative(name, upTo: cell($0, age)) } })
            let counted = customers(old)
            result.append(
                ResultTable.AgeTotal(
                    age: age, cohorts: old.count, values: query.columns.map { $0.formula.value(in: context) },
                    customers: counted,
                    coverage: everybody == 0 ? nil : counted.map { Double($0) / Double(everybody) }))
        }
        return result
    }

    func notes() -> [String] {
        var notes: [String] = []
        if let unit = cohortUnit {
            let window = query.window ?? semantics.window
            let first = calendar.bucket(unit, window.from)
            if calendar.isCut(unit, first), byCohort[.bucket(first)] != nil {
                notes.append(
                    "The window cuts the first cohort: \(unit.label(of: first)) holds those acquired in the window only."
                )
            }
        }
        return notes
    }
}
