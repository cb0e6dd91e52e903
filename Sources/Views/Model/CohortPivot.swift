import Quantities
package import Queries

/// A table by cohort and age turned into a triangle: a line per cohort, a place per age. Shows the table's first column.
package struct CohortPivot: Sendable {
    package struct Cell: Sendable {
        /// One a column of the table.
        package var values: [Value?]
        package var isIncomplete: Bool
        /// Why there is no value; nil where there is one.
        package var reason: String?

        package var value: Value? { values.first ?? nil }
    }

    package struct Line: Sendable {
        package var label: String
        /// Customers of the cohort; nil where nobody counted them.
        package var size: Int?
        package var currency: String
        /// One per age of `ages`; nil where the cohort has not come that far.
        package var cells: [Cell?]
    }

    package var column: ResultTable.ColumnHeader
    /// The table says how many customers the cohorts have.
    package var hasSizes: Bool
    /// 0, 1, 2, ... without holes.
    package var ages: Range<Int>
    /// `month`: what an age counts.
    package var unit: String
    package var cohorts: [Line]
    /// All cohorts together, per age those that are old enough; nil where none is.
    package var all: Line?
    /// Per age of `ages`: who `all` counts there, and their share of everybody; nil beyond the oldest cohort's age.
    package var counted: [ResultTable.AgeTotal?]
    private var isLarge: Bool

    /// Nil where the table is not grouped by cohort and age and nothing else, or has no column.
    package init?(_ table: ResultTable) {
        guard table.dimensions.count == 2, let column = table.columns.first else { return nil }
        var cohortPlace: Int?
        var agePlace: Int?
        var unit = ""
        for (index, header) in table.dimensions.enumerated() {
            switch header.dimension {
            case .cohort: cohortPlace = index
            case .age(let calendar):
                agePlace = index
                unit = calendar.rawValue
            default: break
            }
        }
        guard let cohortPlace, let agePlace else { return nil }
        let sizes = Dictionary(table.cohorts.map { ($0.key.key, $0.customers) }) { first, _ in first }
        var lines: [Line] = []
        var places: [GroupKey: Int] = [:]
        var last = -1
        for row in table.rows {
            guard case .number(let age) = row.keys[agePlace].key, age >= 0, age < CohortPivot.limit else { continue }
            last = max(last, age)
            let key = row.keys[cohortPlace]
            let place = places[key.key] ?? lines.count
            if place == lines.count {
                places[key.key] = place
                lines.append(Line(label: key.label, size: sizes[key.key] ?? nil, currency: row.currency, cells: []))
            }
            while lines[place].cells.count <= age { lines[place].cells.append(nil) }
            let reason = row.values[0] == nil ? EmptyState.reason(row, 0) : nil
            lines[place].cells[age] = Cell(values: row.values, isIncomplete: row.isIncomplete, reason: reason)
        }
        self.column = column
        self.unit = unit
        ages = 0..<(last + 1)
        cohorts = lines
        hasSizes = table.cohorts.contains { $0.customers != nil }
        isLarge = table.rows.contains { abs(($0.values.first ?? nil)?.double ?? 0) >= 1_000 }
        let totals = Dictionary(table.ages.map { ($0.age, $0) }) { first, _ in first }
        counted = ages.map { totals[$0] }
        let everybody = table.cohorts.compactMap(\.customers).reduce(0, +)
        all =
            totals.isEmpty
            ? nil
            : Line(
                label: ResultTable.allCohorts, size: hasSizes ? everybody : nil, currency: table.total?.currency ?? "",
                cells: counted.map { total in
                    total.map { Cell(values: $0.values, isIncomplete: false, reason: nil) }
                })
    }

    /// Ages from here on are left to the exports: a page of days would be thousands of columns wide.
    package static let limit = 60

    package func cell(_ line: Line, at age: Int) -> Cell? { age < line.cells.count ? line.cells[age] : nil }

    /// The cell in few characters, without its unit. Money has no digits after the point anywhere in a triangle that
    /// reaches 1,000 somewhere.
    package func compact(_ value: Value?, of line: Line) -> String {
        guard let value else { return NumberFormatting.null }
        if column.type == .money, isLarge { return NumberFormatting.number(value, digits: 0) }
        return NumberFormatting.compact(value, type: column.type, currency: line.currency)
    }

    /// What the cells are, with the unit that they leave out: `Cohort CLTV in EUR, by months since the first purchase`.
    package var heading: String {
        let currency = cohorts.first?.currency ?? ""
        let what =
            switch column.type {
            case .money: currency.isEmpty ? column.title : "\(column.title) in \(currency)"
            case .ratio: "\(column.title) in %"
            case .duration: "\(column.title) in days"
            case .count, .number, .periods: column.title
            }
        return "\(what), by \(unit.isEmpty ? "period" : unit)s since the first purchase"
    }

    /// Cohorts that are too young for an age are left out of the last line there, which must be said.
    package var isPartlyCounted: Bool { counted.contains { $0?.coverage.map { $0 < 1 } ?? false } }

    package var hasIncompleteCells: Bool { cohorts.contains { $0.cells.contains { $0?.isIncomplete == true } } }

    /// `1,234`, `–` where nobody counted.
    package static func count(_ customers: Int?) -> String {
        customers.map { NumberFormatting.number(.exact(ExactDecimal($0)), digits: 0) } ?? NumberFormatting.null
    }

    /// A share in whole per cent, `94%`; never 100% for less than all, nor 0% for somebody.
    package static func share(_ coverage: Double?) -> String {
        guard let coverage else { return NumberFormatting.null }
        if coverage < 1, coverage > 0.995 { return ">99%" }
        if coverage > 0, coverage < 0.005 { return "<1%" }
        return NumberFormatting.percent(.real(coverage), digits: 0)
    }
}
