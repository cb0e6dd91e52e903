import Queries

/// The sums of one grouping.
struct GroupSums {
    let plan: GroupPlan
    private(set) var rows: GroupRows
    private(set) var tables: [SumTable]
    private let countsItems: Bool

    init(_ plan: GroupPlan) {
        self.plan = plan
        rows = GroupRows(combinations: plan.combinations)
        tables = plan.sums.map { SumTable($0) }
        countsItems = plan.sums.contains(.counted) || plan.sums.contains(.chargeCounts)
        growTables()
        if plan.isTotal { _ = rows.row(of: 0) }
    }

    private mutating func growTables() {
        for index in tables.indices { tables[index].grow(to: rows.count) }
    }

    /// Adds what the selection found in a batch.
    mutating func add(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        if plan.isTotal, batch.wide == nil {
            addTotal(selection, batch, coder)
        } else if plan.isOfCustomers, batch.wide == nil {
            addByCustomer(selection, batch, coder)
        } else {
            addByItem(selection, batch, coder)
        }
    }

    // MARK: - Everything

    private mutating func addTotal(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        for index in tables.indices {
            let kind = tables[index].kind
            if kind == .gapSamples {
                coder.rows[0].reserve(selection.counted.count)
                coder.rows[0].fill(0, selection.counted.count)
                addSamples(to: index, selection, batch, coder.rows[0])
            } else if tables[index].expect(bound(kind, batch)) {
                tables[index].add(selection.total(kind, of: batch))
            } else {
                addWideGaps(to: index, selection, batch) { _ in 0 }
            }
        }
    }

    // MARK: - Groups of customers

    private mutating func addByCustomer(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        let (customers, count) = (selection.customers, selection.customerCount)
        findRows(GroupedItems(count: count, owners: customers), selection, batch, coder, list: 0)
        rows.touch(coder.rows[0], count: count)
        growTables()
        let sums = selection.byCustomer
        var targets: [(quad: Int, slot: Int, table: Int)] = []
        for index in tables.indices {
            let kind = tables[index].kind
            if kind == .gapSamples {
                // By item: each has the row of its customer.
                addSamples(to: index, selection, batch, rowsOfItems(selection, customers, count, batch, coder))
            } else if tables[index].expect(bound(kind, batch)) {
                guard let place = sums.place(kind) else {
                    tables[index].add(sums.wide(kind), of: customers, count: count, rows: coder.rows[0])
                    continue
                }
                targets.append((place.quad, place.slot, index))
            } else {
                let rows = rowsOfItems(selection, customers, count, batch, coder)
                addWideGaps(to: index, selection, batch) { Int(rows[$0]) }
            }
        }
        for quad in sums.quads.indices where sums.hasValues[quad] {
            let wanted = targets.filter { $0.quad == quad }.map { (slot: $0.slot, sums: tables[$0.table].narrow) }
            if !wanted.isEmpty { addQuad(sums.quads[quad], of: customers, count: count, coder, to: wanted) }
        }
    }

    /// Adds up to four sums in one walk over the customers.
    ///
    /// - Parameter targets: by slot of the four, the table that takes its sums.
    private func addQuad(
        _ sums: Lanes<Int64>, of customers: Lanes<Int32>, count: Int, _ coder: GroupCoder,
        to targets: [(slot: Int, sums: Lanes<Int64>)]
    ) {
        let rowCount = rows.count
        let rows = coder.rows[0]
        guard rowCount * 2 <= count else {
            // More groups than could be gone through again.
            for (slot, target) in targets {
                each(count) { position in
                    target[Int(rows[position])] &+= sums[Int(customers[position]) &* 4 &+ slot]
                }
            }
            return
        }
        // Few groups are each added to again before the last addition is done: two copies take turns.
        coder.sums.reserve(rowCount * 8)
        let copies = coder.sums
        copies.fill(0, rowCount * 8)
        each(count) { position in
            let source = Int(customers[position]) &* 4
            let target = (Int(rows[position]) &* 2 &+ (position & 1)) &* 4
            let (first, second) = (sums[source], sums[source &+ 1])
            let (third, fourth) = (sums[source &+ 2], sums[source &+ 3])
            let (a, b) = (copies[target] &+ first, copies[target &+ 1] &+ second)
            let (c, d) = (copies[target &+ 2] &+ third, copies[target &+ 3] &+ fourth)
            (copies[target], copies[target &+ 1]) = (a, b)
            (copies[target &+ 2], copies[target &+ 3]) = (c, d)
        }
        for (slot, target) in targets {
            each(rowCount) { row in target[row] &+= copies[row &* 8 &+ slot] &+ copies[row &* 8 &+ 4 &+ slot] }
        }
    }

    /// The row of each counted item, by way of its customer.
    private mutating func rowsOfItems(
        _ selection: Selection, _ customers: Lanes<Int32>, _ count: Int, _ batch: CustomerBatch, _ coder: GroupCoder
    ) -> Lanes<Int32> {
        coder.rows[1].reserve(batch.customerCount)
        coder.rows[2].reserve(selection.counted.count)
        let (rowOfPosition, rowOfCustomer, rowOfItem) = (coder.rows[0], coder.rows[1], coder.rows[2])
        each(count) { position in rowOfCustomer[Int(customers[position])] = rowOfPosition[position] }
        let owners = selection.owners(.counted)
        each(selection.counted.count) { position in rowOfItem[position] = rowOfCustomer[Int(owners[position])] }
        return rowOfItem
    }

    // MARK: - Groups of purchases

    private mutating func addByItem(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        for kind in ListKind.allCases {
            let list = selection.list(kind)
            if list.count == 0 {
                coder.rows[kind.rawValue].reserve(1)
                continue
            }
            findRows(
                selection.groupedItems(kind, batch, needsCurrency: plan.needsCurrency), selection, batch, coder,
                list: kind.rawValue)
            // Where purchases are counted, a row that has some was touched.
            if kind != .counted || !countsItems { rows.touch(coder.rows[kind.rawValue], count: list.count) }
        }
        growTables()
        let hasGaps = addAmountsAndGaps(selection, batch, coder)
        if !hasGaps, !addPair(.counted, .gross, selection, batch, coder) {
            for kind in [SumKind.counted, .gross] { add(kind, selection, batch, coder) }
        }
        if !addPair(.chargeCounts, .chargeGross, selection, batch, coder) {
            for kind in [SumKind.chargeCounts, .chargeGross] { add(kind, selection, batch, coder) }
        }
        let buyers = addBuyers(selection, coder)
        for kind in plan.sums where !GroupSums.paired.contains(kind) && !buyers.contains(kind) {
            if hasGaps, kind == .gaps || kind == .first { continue }
            add(kind, selection, batch, coder)
        }
    }

    private static let paired: Set<SumKind> = [.counted, .gross, .chargeCounts, .chargeGross]

    /// Fills the rows of a list.
    private mutating func findRows(
        _ items: GroupedItems, _ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder, list: Int
    ) {
        coder.rows[list].reserve(items.count)
        let inScope = selection.inScope
        if rows.codesAreRows {
            coder.code(plan.kernels, plan.strides, items, batch, inScope: inScope, into: coder.rows[list])
            if plan.hasNowhere { rows.placeNowhere(coder.rows[list], count: items.count) }
        } else {
            coder.wideCodes.reserve(items.count)
            coder.code(plan.kernels, plan.strides, items, batch, inScope: inScope, into: coder.wideCodes)
            rows.rows(of: coder.wideCodes, count: items.count, into: coder.rows[list])
        }
    }

    /// Adds two kinds in one walk; false where they are not both asked for, or the batch is wide.
    private mutating func addPair(
        _ counts: SumKind, _ amounts: SumKind, _ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder
    ) -> Bool {
        guard batch.wide == nil, let first = position(counts), let second = position(amounts),
            tables[first].expect(bound(counts, batch)), tables[second].expect(bound(amounts, batch))
        else { return false }
        selection.addCountsAndAmounts(
            byKind: counts == .chargeCounts, of: batch, isNative: plan.isNative, at: coder.rows,
            counts: tables[first].narrow, amounts: tables[second].narrow, rowCount: rows.count, &coder.sums)
        return true
    }

    /// Adds purchases, amounts, gaps and first purchases in one walk; false where they are not all asked for, or are too
    /// many for it.
    private mutating func addAmountsAndGaps(
        _ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder
    ) -> Bool {
        guard batch.wide == nil, selection.copiesPay(rows.count) else { return false }
        var sums: [Lanes<Int64>] = []
        for kind in [SumKind.counted, .gross, .gaps, .first] {
            guard let position = position(kind), tables[position].expect(bound(kind, batch)) else { return false }
            sums.append(tables[position].narrow)
        }
        selection.addAmountsAndGaps(
            of: batch, isNative: plan.isNative, at: coder.rows, to: sums, rowCount: rows.count, &coder.sums)
        return true
    }

    /// Adds buyers, and those of them with several purchases, in one walk. Returns the kinds that it has added: none
    /// where they are not both asked for.
    private mutating func addBuyers(_ selection: Selection, _ coder: GroupCoder) -> [SumKind] {
        guard plan.isOrdered, let buyers = position(.buyers) else { return [] }
        for (index, kind) in plan.sums.enumerated() {
            guard case .repeatBuyers(let least) = kind else { continue }
            tables[buyers].addRuns(
                selection.counted, coder.rows[ListKind.counted.rawValue], selection.owners(.counted),
                counts: selection.countedByCustomer, least: least, to: tables[index].narrow)
            return [.buyers, kind]
        }
        return []
    }

    private func position(_ kind: SumKind) -> Int? { plan.sums.firstIndex(of: kind) }

    private mutating func add(
        _ kind: SumKind, _ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder
    ) {
        guard let index = position(kind) else { return }
        let rows = coder.rows[ListKind.counted.rawValue]
        let owners = selection.owners(.counted)
        let base = Int32(truncatingIfNeeded: batch.customers.lowerBound)
        switch kind {
        case .buyers where plan.isOrdered: tables[index].addRuns(selection.counted, rows, owners)
        case .buyers: tables[index].addDistinct(selection.counted, rows, owners, base: base)
        case .repeatBuyers(let least) where plan.isOrdered:
            tables[index].addRuns(
                selection.counted, rows, owners, counts: selection.countedByCustomer, least: least)
        case .repeatBuyers(let least):
            tables[index].addDistinct(
                selection.counted, rows, owners, base: base, counts: selection.countedByCustomer, least: least)
        case .gapSamples: addSamples(to: index, selection, batch, rows)
        default:
            if kind.isMoney, batch.wide != nil {
                var table = tables[index]
                selection.visitWide(kind, of: batch, isNative: plan.isNative, at: coder.rows) { row, slot, amount in
                    table.addWide(amount, row: row, slot: slot)
                }
                tables[index] = table
            } else if tables[index].expect(bound(kind, batch)) {
                selection.add(kind, of: batch, isNative: plan.isNative, at: coder.rows, to: tables[index].narrow)
            } else {
                addWideGaps(to: index, selection, batch) { Int(rows[$0]) }
            }
        }
    }

    /// Gaps so long that their sums need 128 bits.
    private mutating func addWideGaps(
        to index: Int, _ selection: Selection, _ batch: CustomerBatch, row: (Int) -> Int
    ) {
        each(selection.counted.count) { position in
            let gap = batch.gap[Int(selection.counted.items[position])]
            tables[index].addWide(Int128(max(0, gap)), row: row(position), slot: 0)
        }
    }

    private mutating func addSamples(
        to index: Int, _ selection: Selection, _ batch: CustomerBatch, _ rows: Lanes<Int32>
    ) {
        tables[index].addSamples(selection.counted, rows, batch.gap)
    }

    /// No sum that a batch adds is larger.
    private func bound(_ kind: SumKind, _ batch: CustomerBatch) -> Int64 {
        switch kind {
        case .gaps: batch.gapBound
        case .gross, .chargeGross: plan.isNative ? batch.unitsBound : batch.moneyBound
        case .refunded, .chargeRefunded: plan.isNative ? batch.refundUnitsBound : batch.refundMoneyBound
        default: Int64(batch.purchaseCount)
        }
    }

    // MARK: - Results

    /// All groups to which something was added, with their rows, ascending by code.
    var groups: [(code: Int, row: Int)] {
        guard rows.codesAreRows, countsItems else { return rows.groups }
        let counts = [SumKind.counted, .chargeCounts].compactMap { position($0).map { tables[$0] } }
        return (0..<plan.combinations).filter { row in
            rows.find(row) != nil
                || counts.contains { table in (0..<table.kind.width).contains { table.value(row: row, slot: $0) != 0 } }
        }.map { ($0, $0) }
    }

    /// The row of a code; nil where nothing was added to it, or it is of those that are counted and has all zeros.
    func row(of code: Int) -> Int? { rows.codesAreRows ? code : rows.find(code) }

    /// Adds another thread's sums; `translate` turns its codes into this thread's.
    mutating func merge(_ other: GroupSums, _ translate: (Int) -> Int) {
        var pairs = other.groups.map { (row: $0.row, own: rows.row(of: translate($0.code))) }
        pairs.append((other.rows.nowhere, rows.nowhere))
        growTables()
        for (row, own) in pairs {
            for index in tables.indices { tables[index].add(other.tables[index], row: row, to: own) }
        }
    }

    /// The table of a kind; nil where it is not made here.
    func table(_ kind: SumKind) -> SumTable? { position(kind).map { tables[$0] } }

    /// The sum of a kind over all rows that `isIn` holds for by code; with nil what belongs to no group as well.
    func sum(_ kind: SumKind, slot: Int, where isIn: ((Int) -> Bool)?) -> Int128 {
        guard let table = table(kind) else { preconditionFailure("a sum that nobody planned") }
        var sum: Int128 = isIn == nil ? table.value(row: rows.nowhere, slot: slot) : 0
        for (code, row) in groups where isIn.map({ $0(code) }) ?? true { sum += table.value(row: row, slot: slot) }
        return sum
    }

    /// The samples of the same rows.
    func samples(where isIn: ((Int) -> Bool)?) -> SampleList {
        guard let table = table(.gapSamples) else { preconditionFailure("samples that nobody planned") }
        var samples = isIn == nil ? table.samples(row: rows.nowhere) : SampleList()
        for (code, row) in groups where isIn.map({ $0(code) }) ?? true { samples.append(table.samples(row: row)) }
        return samples
    }
}
