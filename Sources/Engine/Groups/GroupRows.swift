import Queries

/// Where the sums of a group stand: a row for each code. Few combinations have a row each; of many only those that
/// occur get one, through a hash table. One row more takes what belongs to no group.
struct GroupRows {
    private let combinations: Int
    private let isDense: Bool
    /// Whether something was added to the row; only for dense rows.
    private var isTouched = Lanes<UInt8>()
    private var rowOfCode: [Int: Int32] = [:]
    private var codeOfRow: [Int] = [-1]

    /// Sums of so many groups stay in the second cache.
    private static let mostDense = 1 << 17

    init(combinations: Int) {
        self.combinations = combinations
        isDense = combinations <= GroupRows.mostDense
        if isDense { isTouched = Lanes(repeating: 0, count: combinations + 1) }
    }

    /// Rows so far, that of no group included.
    var count: Int { isDense ? combinations + 1 : codeOfRow.count }

    /// Codes are rows: few enough for 32 bits.
    var codesAreRows: Bool { isDense }

    /// Turns codes that are rows into rows: what belongs to no group gets the last one.
    func placeNowhere(_ rows: Lanes<Int32>, count: Int) {
        let nowhere = Int32(combinations)
        each(count) { item in rows[item] = rows[item] < 0 ? nowhere : rows[item] }
    }

    /// Tells that something was added to these rows.
    func touch(_ rows: Lanes<Int32>, count: Int) {
        guard isDense else { return }
        let isTouched = isTouched
        each(count) { item in isTouched[Int(rows[item])] = 1 }
    }

    /// The rows of many-valued codes, which from now on are there.
    mutating func rows(of codes: Lanes<Int>, count: Int, into rows: Lanes<Int32>) {
        each(count) { item in rows[item] = codes[item] < 0 ? 0 : Int32(row(of: codes[item])) }
    }

    mutating func row(of code: Int) -> Int {
        if isDense {
            isTouched[code] = 1
            return code
        }
        if let known = rowOfCode[code] { return Int(known) }
        rowOfCode[code] = Int32(codeOfRow.count)
        codeOfRow.append(code)
        return codeOfRow.count - 1
    }

    /// The row of what belongs to no group.
    var nowhere: Int { isDense ? combinations : 0 }

    /// All groups with their rows, ascending by code.
    var groups: [(code: Int, row: Int)] {
        if isDense { return (0..<combinations).filter { isTouched[$0] != 0 }.map { ($0, $0) } }
        return codeOfRow.indices.dropFirst().map { (codeOfRow[$0], $0) }.sorted { $0.0 < $1.0 }
    }

    /// The row of a code; nil where nothing was added to it.
    func find(_ code: Int) -> Int? {
        if isDense { return isTouched[code] != 0 ? code : nil }
        return rowOfCode[code].map { Int($0) }
    }
}
