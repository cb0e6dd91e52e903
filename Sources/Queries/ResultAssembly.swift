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
            measurement: measurement, query: query, semantics: semantics, calendar: ResultCalendar(query, semantics, zone),
            labels: labels)
        let totalValues = assembly.values(.init(keys: [], values: measurement.total), cohort: nil)
        let totalRow = Row(keys: [], values: totalValues, currency: semantics.displayCurrency)
        self.init(
            id: query.id, title: query.title, layout: query.layout,
            dimensions: query.groupBy.map { DimensionHeader(title: assembly.title(of: $0), dimension: $0) },
            columns: query.columns.map {
                ColumnHeader(name: $0.name, title: $0.title, type: $0.type, explanation: $0.explanation)
            },
            rows: query.groupBy.isEmpty ? [totalRow] : assembly.rows(),
            total: query.groupBy.isEmpty ? nil : totalRow,
            ages: assembly.cohortUnit == nil ? [] : assembly.ages(),
            notes: assembly.notes())
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
            measurement.cohorts.compactMap { group in group.keys.first.map { ($0, group) } }) { first, _ in first }
        positions = Dictionary(
            query.measures.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
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
            return ResultTable.Row(
                keys: zip(keys, query.groupBy).map { ResultTable.Key($0, label: label(of: $0, $1)) },
                values: values(group, cohort: cohortKey(of: keys)),
                currency: currency(of: keys),
                isIncomplete: isIncomplete(keys))
        }
    }

    /// The columns of a group.
    func values(_ group: Measurement.Group, cohort: GroupKey?) -> [Value?] {
        let context = FormulaContext(
            row: { value($0, of: group.values) },
            total: { value($0, of: measurement.total) },
            cohort: { name in
                cohort.flatMap { byCohort[$0] }.flatMap { value(name, of: $0.values) }
            },
            cumulative: { name in cohort == nil ? nil : cumulative(name, upTo: group.keys) })
        return query.columns.map { $0.formula.value(in: context) }
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
        guard let position = agePosition(), case .number(let age) = keys[position],
            let index = positions[measure], age >= 0
        else { return nil }
        var sum = MeasureValue.zero(query.measures[index].kind)
        var cell = keys
        for earlier in 0...age {
            cell[position] = .number(earlier)
            if let group = byKeys[cell] { sum = sum + group.values[index] }
        }
        return sum
    }

    private func currency(of keys: [GroupKey]) -> String {
        for (key, dimension) in zip(keys, query.groupBy) where dimension == .currency {
            if case .text(let code) = key { return code }
        }
        return semantics.displayCurrency
    }

    private func isIncomplete(_ keys: [GroupKey]) -> Bool {
        var cohort: Int?
        for (key, dimension) in zip(keys, query.groupBy) {
            switch (key, dimension) {
            case (.bucket(let index), .calendar(let unit)):
                if calendar.isCut(unit, index) { return true }
            case (.bucket(let index), .cohort): cohort = index
            case (.number(let age), .age(let unit)):
                if let cohort, !calendar.isOver(unit, cohort + age) { return true }
            default: break
            }
        }
        return false
    }

    /// Per age the columns over the cohorts that are old enough to have lived it.
    func ages() -> [ResultTable.AgeTotal] {
        guard let unit = cohortUnit, let agePosition = agePosition(), query.groupBy.count == 2 else { return [] }
        let cohorts = orderedKeys().compactMap { keys -> Int? in
            guard case .bucket(let index)? = cohortKey(of: keys), keys[agePosition] == .number(0) else { return nil }
            return index
        }
        let cohortPosition = 1 - agePosition
        func cell(_ cohort: Int, _ age: Int) -> [GroupKey] {
            var keys: [GroupKey] = [.remainder, .remainder]
            keys[cohortPosition] = .bucket(cohort)
            keys[agePosition] = .number(age)
            return keys
        }
        let everybody = cohorts.reduce(0) { $0 + size(of: $1) }
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
            let customers = old.reduce(0) { $0 + size(of: $1) }
            result.append(
                ResultTable.AgeTotal(
                    age: age, values: query.columns.map { $0.formula.value(in: context) }, customers: customers,
                    coverage: everybody == 0 ? nil : Double(customers) / Double(everybody)))
        }
        return result
    }

    /// Customers of a cohort, where a measure counts buyers.
    private func size(of cohort: Int) -> Int {
        guard let index = query.measures.firstIndex(where: { $0.kind == .buyers }),
            case .count(let count)? = byCohort[.bucket(cohort)]?.values[index]
        else { return 0 }
        return count
    }

    func notes() -> [String] {
        var notes: [String] = []
        if let unit = cohortUnit {
            let window = query.window ?? semantics.window
            let first = calendar.bucket(unit, window.from)
            if calendar.isCut(unit, first), byCohort[.bucket(first)] != nil {
                notes.append(
                    "The window cuts the first cohort: \(unit.label(of: first)) holds those acquired in the window only.")
            }
        }
        return notes
    }
}
