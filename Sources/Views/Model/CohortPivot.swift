import Quantities
package import Queries

/// A cohort table turned into a triangle: a line per cohort, a place per age. Shows the table's first column.
package struct CohortPivot: Sendable {
    package struct Cell: Sendable {
        package var value: Value?
        package var isIncomplete: Bool
        /// The whole row that the cell comes from.
        package var row: ResultTable.Row
    }

    package struct Line: Sendable {
        package var label: String
        /// Customers of the cohort; nil where the table does not say.
        package var size: Value?
        package var currency: String
        /// One per age of `ages`; nil where the cohort has not come that far.
        package var cells: [Cell?]
    }

    package var column: ResultTable.ColumnHeader
    /// The heading of the sizes, from the first count column; nil where the table has none.
    package var sizeTitle: String?
    /// 0, 1, 2, ... without holes.
    package var ages: Range<Int>
    /// `month`: what an age counts.
    package var unit: String
    package var cohorts: [Line]
    /// All cohorts together: rows whose cohort is no calendar bucket, else the total, with nothing but its size.
    package var all: Line?
    private var isLarge: Bool

    /// Nil where the table is not grouped by cohort and age and nothing else, or has no column.
    ///
    /// A cohort's size is the value of the first count column at age 0: everybody of a cohort buys then.
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
        let sizePlace = table.columns.firstIndex { $0.type == .count }
        var lines: [(key: GroupKey, line: Line)] = []
        var places: [GroupKey: Int] = [:]
        var last = -1
        for row in table.rows {
            guard case .number(let age) = row.keys[agePlace].key, age >= 0, age < CohortPivot.limit else { continue }
            last = max(last, age)
            let key = row.keys[cohortPlace]
            let place = places[key.key] ?? lines.count
            if place == lines.count {
                places[key.key] = place
                lines.append((key.key, Line(label: key.label, size: nil, currency: row.currency, cells: [])))
            }
            var line = lines[place].line
            while line.cells.count <= age { line.cells.append(nil) }
            line.cells[age] = Cell(value: row.values[0], isIncomplete: row.isIncomplete, row: row)
            if age == 0, let sizePlace { line.size = row.values[sizePlace] }
            lines[place].line = line
        }
        self.column = column
        self.sizeTitle = sizePlace.map { table.columns[$0].title }
        self.ages = 0..<(last + 1)
        self.unit = unit
        isLarge = table.rows.contains { abs($0.values[0]?.double ?? 0) >= 1_000 }
        cohorts = []
        for (key, line) in lines {
            if case .bucket = key { cohorts.append(line) } else { all = line }
        }
        if all == nil, let total = table.total, let sizePlace {
            all = Line(label: "All cohorts", size: total.values[sizePlace], currency: total.currency, cells: [])
        }
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

    package var hasIncompleteCells: Bool { cohorts.contains { $0.cells.contains { $0?.isIncomplete == true } } }
}
