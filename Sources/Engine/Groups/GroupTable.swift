import Quantities
import Queries

/// The sums of one query: a row a group, a cell a measure. Row 0 is the total.
///
/// Groups are found by their combined code, through a dense table where there are few combinations and a hash table
/// where there are many.
struct GroupTable {
    /// What a row stands for.
    enum Row: Hashable {
        case total
        /// The combined code of all dimensions.
        case group(Int)
        /// The code of the cohort.
        case cohort(Int)
    }

    let measures: Int
    private(set) var rows: [Row] = [.total]
    private var values: [Int128]
    /// The customer that last touched a cell, plus 1: distinct counts are counters.
    private var stamps: [Int32]
    /// Gaps in microseconds, by row times measure.
    private var samples: [Int: [Int64]] = [:]
    private var dense: [Int32]
    private var sparse: [Int: Int32] = [:]
    private var cohorts: [Int: Int32] = [:]

    init(measures: Int, combinations: Int) {
        self.measures = measures
        values = Array(repeating: 0, count: measures)
        stamps = Array(repeating: 0, count: measures)
        dense = combinations <= 1 << 16 ? Array(repeating: -1, count: combinations) : []
    }

    mutating func row(ofGroup code: Int) -> Int {
        if !dense.isEmpty {
            if dense[code] >= 0 { return Int(dense[code]) }
            let row = append(.group(code))
            dense[code] = Int32(row)
            return row
        }
        if let row = sparse[code] { return Int(row) }
        let row = append(.group(code))
        sparse[code] = Int32(row)
        return row
    }

    mutating func row(ofCohort code: Int) -> Int {
        if let row = cohorts[code] { return Int(row) }
        let row = append(.cohort(code))
        cohorts[code] = Int32(row)
        return row
    }

    private mutating func append(_ row: Row) -> Int {
        rows.append(row)
        values.append(contentsOf: repeatElement(0, count: measures))
        stamps.append(contentsOf: repeatElement(0, count: measures))
        return rows.count - 1
    }

    mutating func add(_ amount: Int128, row: Int, measure: Int) { values[row * measures + measure] += amount }

    /// Adds 1 the first time this customer touches the cell.
    mutating func addOnce(customer: Int, row: Int, measure: Int) {
        let cell = row * measures + measure
        if stamps[cell] == Int32(truncatingIfNeeded: customer + 1) { return }
        stamps[cell] = Int32(truncatingIfNeeded: customer + 1)
        values[cell] += 1
    }

    mutating func addSample(_ gap: Int64, row: Int, measure: Int) {
        samples[row * measures + measure, default: []].append(gap)
    }

    func value(row: Int, measure: Int) -> Int128 { values[row * measures + measure] }

    func samples(row: Int, measure: Int) -> [Int64] { samples[row * measures + measure] ?? [] }

    /// Adds another table's row, which stands for the same, to one of this table's.
    mutating func add(_ other: GroupTable, row otherRow: Int, to row: Int) {
        for measure in 0..<measures {
            values[row * measures + measure] += other.value(row: otherRow, measure: measure)
            let more = other.samples(row: otherRow, measure: measure)
            if !more.isEmpty { samples[row * measures + measure, default: []].append(contentsOf: more) }
        }
    }
}
