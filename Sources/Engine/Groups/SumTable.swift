import Queries

/// The sums of one kind, by row and slot. They are made in 64 bits, and carried over into 128 before they could
/// overflow.
struct SumTable {
    let kind: SumKind
    private(set) var narrow = Lanes<Int64>()
    private var rows = 0
    private var wide: [Int128] = []
    /// No narrow sum is larger.
    private var bound: Int64 = 0
    /// By row the customer that last touched it, for distinct counts.
    private var stamps = Lanes<Int32>()
    private var samples: [SampleList] = []
    /// Memory of the step that sorts samples by row.
    private var ends = Lanes<Int32>()
    private var sorted = Lanes<Int64>()

    private static let largest: Int64 = 1 << 62

    init(_ kind: SumKind) {
        self.kind = kind
    }

    /// Makes room for that many rows.
    mutating func grow(to count: Int) {
        guard count > rows else { return }
        if kind == .gapSamples {
            samples.append(contentsOf: repeatElement(SampleList(), count: count - rows))
        } else {
            narrow.grow(to: count * kind.width, used: rows * kind.width, filling: 0)
            if kind.isDistinct { stamps.grow(to: count, used: rows, filling: -1) }
            if !wide.isEmpty { wide.append(contentsOf: repeatElement(0, count: (count - rows) * kind.width)) }
        }
        rows = count
    }

    /// Tells that sums of up to `more` will be added; carries over where they could overflow.
    ///
    /// - Returns: false where they could by themselves: then they are added with `addWide`.
    mutating func expect(_ more: Int64) -> Bool {
        if more > SumTable.largest { return false }
        if bound > SumTable.largest - more { carry() }
        bound += more
        return true
    }

    private mutating func carry() {
        let count = rows * kind.width
        if wide.isEmpty { wide = Array(repeating: 0, count: count) }
        each(count) { index in
            wide[index] += Int128(narrow[index])
            narrow[index] = 0
        }
        bound = 0
    }

    mutating func addWide(_ amount: Int128, row: Int, slot: Int) {
        if wide.isEmpty { wide = Array(repeating: 0, count: rows * kind.width) }
        wide[row * kind.width + slot] += amount
    }

    /// Counts each customer once in each row that its items are in, where items of one row follow each other.
    mutating func addRuns(_ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>) {
        let narrow = narrow
        SumTable.eachRun(list, rows, owners) { row, _, begins in narrow[row] &-= Int64(begins) }
    }

    /// The same for customers with at least so many counted purchases.
    mutating func addRuns(
        _ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>, counts: Lanes<Int32>, least: Int
    ) {
        let (narrow, least) = (narrow, Int32(clamping: least))
        SumTable.eachRun(list, rows, owners) { row, customer, begins in
            narrow[row] &-= Int64(begins & mask(counts[customer] >= least))
        }
    }

    /// All of them here, and in `others` those with at least so many counted purchases.
    mutating func addRuns(
        _ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>, counts: Lanes<Int32>, least: Int,
        to others: Lanes<Int64>
    ) {
        let (narrow, least) = (narrow, Int32(clamping: least))
        SumTable.eachRun(list, rows, owners) { row, customer, begins in
            narrow[row] &-= Int64(begins)
            others[row] &-= Int64(begins & mask(counts[customer] >= least))
        }
    }

    /// Calls the body for each item with its row, its customer, and -1 where they are others than those of the item
    /// before, else 0.
    @inline(__always)
    private static func eachRun(
        _ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>, _ body: (Int, Int, Int32) -> Void
    ) {
        var row: Int32 = -1
        var customer: Int32 = -1
        each(list.count) { position in
            let begins = mask(rows[position] != row) | mask(owners[position] != customer)
            row = rows[position]
            customer = owners[position]
            body(Int(row), Int(customer), begins)
        }
    }

    /// Counts each customer once in each row that its items are in.
    mutating func addDistinct(_ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>, base: Int32) {
        let (narrow, stamps) = (narrow, stamps)
        each(list.count) { position in
            let row = Int(rows[position])
            let customer = base &+ owners[position]
            narrow[row] &+= Int64(1 + mask(stamps[row] == customer))
            stamps[row] = customer
        }
    }

    /// The same for customers with at least so many counted purchases.
    mutating func addDistinct(
        _ list: ItemList, _ rows: Lanes<Int32>, _ owners: Lanes<Int32>, base: Int32, counts: Lanes<Int32>, least: Int
    ) {
        let (narrow, stamps, least) = (narrow, stamps, Int32(clamping: least))
        each(list.count) { position in
            let row = Int(rows[position])
            let customer = base &+ owners[position]
            let isEnough = mask(counts[Int(owners[position])] >= least)
            narrow[row] &-= Int64(mask(stamps[row] != customer) & isEnough)
            stamps[row] = customer
        }
    }

    /// Keeps the gap of each item that has a counted purchase before it.
    mutating func addSamples(_ list: ItemList, _ rows: Lanes<Int32>, _ gaps: Lanes<Int64>) {
        let items = list.items
        guard self.rows < list.count else {
            each(list.count) { position in
                let gap = gaps[Int(items[position])]
                if gap >= 0 { samples[Int(rows[position])].append(gap) }
            }
            return
        }
        // Sorted by row first, so that each row takes all of its samples at once. Those without a purchase before them
        // come last, where nobody takes them.
        let nowhere = Int32(self.rows)
        ends.reserve(self.rows + 1)
        sorted.reserve(list.count)
        let (ends, sorted) = (ends, sorted)
        func row(_ position: Int, _ gap: Int64) -> Int {
            let isFirst = Int32(truncatingIfNeeded: gap >> 63)
            return Int(rows[position] & ~isFirst | nowhere & isFirst)
        }
        ends.fill(0, self.rows + 1)
        each(list.count) { position in ends[row(position, gaps[Int(items[position])])] &+= 1 }
        var begin: Int32 = 0
        each(self.rows + 1) { row in
            let count = ends[row]
            ends[row] = begin
            begin &+= count
        }
        each(list.count) { position in
            let gap = gaps[Int(items[position])]
            let row = row(position, gap)
            let end = ends[row]
            sorted[Int(end)] = gap
            ends[row] = end &+ 1
        }
        var start = 0
        for row in 0..<self.rows {
            let end = Int(ends[row])
            if end > start { samples[row].append(sorted, from: start, count: end - start) }
            start = end
        }
    }

    /// Adds one sum for each slot to the only row.
    mutating func add(_ sums: [Int64]) {
        for (slot, sum) in sums.enumerated() { narrow[slot] &+= sum }
    }

    /// Adds sums that were made by customer.
    mutating func add(_ sums: Lanes<Int64>, of customers: Lanes<Int32>, count: Int, rows: Lanes<Int32>) {
        let (narrow, width) = (narrow, kind.width)
        each(count) { position in
            let (row, customer) = (Int(rows[position]) * width, Int(customers[position]) * width)
            each(width) { slot in narrow[row + slot] &+= sums[customer + slot] }
        }
    }

    func value(row: Int, slot: Int) -> Int128 {
        guard row < rows else { return 0 }
        let index = row * kind.width + slot
        return Int128(narrow[index]) + (wide.isEmpty ? 0 : wide[index])
    }

    func samples(row: Int) -> SampleList { row < samples.count ? samples[row] : SampleList() }

    /// Adds another table's row to one of this table's, which is there.
    mutating func add(_ other: SumTable, row otherRow: Int, to row: Int) {
        if kind == .gapSamples {
            samples[row].append(other.samples(row: otherRow))
            return
        }
        each(kind.width) { slot in
            let value = other.value(row: otherRow, slot: slot)
            if let small = Int64(exactly: value), expect(Int64(clamping: small.magnitude)) {
                narrow[row * kind.width + slot] += small
            } else {
                addWide(value, row: row, slot: slot)
            }
        }
    }
}
