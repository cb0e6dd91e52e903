import Queries

/// The sums of one grouping.
struct GroupSums {
    let plan: GroupPlan
    private(set) var rows: GroupRows
    private(set) var tables: [SumTable]
    private var rowLanes: [Lanes<Int32>]

    init(_ plan: GroupPlan) {
        self.plan = plan
        rows = GroupRows(combinations: plan.combinations)
        tables = plan.sums.map { SumTable($0) }
        rowLanes = ListKind.allCases.map { _ in Lanes() }
        growTables()
    }

    private mutating func growTables() {
        for index in tables.indices { tables[index].grow(to: rows.count) }
    }

    /// Adds what the selection found in a batch.
    mutating func add(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        if plan.isOfCustomers, batch.wide == nil {
            addByCustomer(selection, batch, coder)
        } else {
            addByItem(selection, batch, coder)
        }
    }

    // MARK: - Groups of customers

    private mutating func addByCustomer(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        let (customers, count) = (selection.customers, selection.customerCount)
        coder.code(
            plan.kernels, plan.strides, GroupedItems(count: count, owners: customers), batch,
            inScope: selection.inScope)
        rowLanes[0].reserve(count)
        rows.rows(of: coder.codes, count: count, into: rowLanes[0])
        growTables()
        for index in tables.indices {
            let kind = tables[index].kind
            if kind == .gapSamples {
                // By item: each has the row of its customer.
                addSamples(to: index, selection, batch, rowsOfItems(selection, customers, count, batch))
                continue
            }
            if tables[index].expect(bound(kind, batch)) {
                tables[index].add(selection.sums(kind), of: customers, count: count, rows: rowLanes[0])
            } else {
                // Gaps so long that their sums need 128 bits.
                let sums = selection.sums(kind)
                for position in 0..<count {
                    let (row, customer) = (Int(rowLanes[0][position]), Int(customers[position]))
                    tables[index].addWide(Int128(sums[customer]), row: row, slot: 0)
                }
            }
        }
    }

    /// The row of each counted item, by way of its customer.
    private mutating func rowsOfItems(
        _ selection: Selection, _ customers: Lanes<Int32>, _ count: Int, _ batch: CustomerBatch
    ) -> Lanes<Int32> {
        rowLanes[1].reserve(batch.customerCount)
        for position in 0..<count { rowLanes[1][Int(customers[position])] = rowLanes[0][position] }
        rowLanes[2].reserve(selection.counted.count)
        let owners = selection.owners(.counted)
        for position in 0..<selection.counted.count {
            rowLanes[2][position] = rowLanes[1][Int(owners[position])]
        }
        return rowLanes[2]
    }

    // MARK: - Groups of purchases

    private mutating func addByItem(_ selection: Selection, _ batch: CustomerBatch, _ coder: GroupCoder) {
        for kind in ListKind.allCases {
            let list = selection.list(kind)
            rowLanes[kind.rawValue].reserve(list.count)
            if list.count == 0 { continue }
            ownerLanes.reserve(list.count)
            let (owners, owner, homes) = (ownerLanes, batch.owner, list.homes)
            for position in 0..<list.count { owners[position] = owner[Int(homes[position])] }
            coder.code(
                plan.kernels, plan.strides, items(list, kind, selection, batch), batch, inScope: selection.inScope)
            rows.rows(of: coder.codes, count: list.count, into: rowLanes[kind.rawValue])
            if kind == .counted { swap(&ownerLanes, &countedOwners) }
        }
        growTables()
        for index in tables.indices { add(to: index, selection, batch) }
    }

    /// The customers of a list's items, and of those of the counted list.
    private var ownerLanes = Lanes<Int32>()
    private var countedOwners = Lanes<Int32>()

    private func items(
        _ list: ItemList, _ kind: ListKind, _ selection: Selection, _ batch: CustomerBatch
    ) -> GroupedItems {
        var items = GroupedItems(count: list.count, homes: list.homes, owners: ownerLanes)
        let isCharge = selection.plan.scope == .charges
        if kind == .refunds {
            items.days =
                isCharge
                ? .init(lanes: batch.day, index: list.homes) : .init(lanes: batch.refundDay, index: list.items)
            items.currencies = .init(lanes: batch.refundCurrency, index: list.items)
        } else {
            // A charge is booked under the day of its first charge, and in its own currency.
            items.days = .init(lanes: batch.day, index: list.homes)
            items.currencies = .init(lanes: batch.currency, index: list.items)
        }
        return items
    }

    private mutating func add(to index: Int, _ selection: Selection, _ batch: CustomerBatch) {
        let kind = tables[index].kind
        let rows = rowLanes[ListKind.counted.rawValue]
        let base = Int32(truncatingIfNeeded: batch.customers.lowerBound)
        switch kind {
        case .buyers: tables[index].addDistinct(selection.counted, rows, countedOwners, base: base)
        case .repeatBuyers(let least):
            tables[index].addDistinct(
                selection.counted, rows, countedOwners, base: base, counts: selection.countedByCustomer, least: least)
        case .gapSamples: addSamples(to: index, selection, batch, rows)
        default:
            if kind.isMoney, batch.wide != nil {
                var table = tables[index]
                selection.visitWide(kind, of: batch, isNative: plan.isNative, at: rowLanes) { row, slot, amount in
                    table.addWide(amount, row: row, slot: slot)
                }
                tables[index] = table
            } else if tables[index].expect(bound(kind, batch)) {
                selection.add(kind, of: batch, isNative: plan.isNative, at: rowLanes, to: tables[index].narrow)
            } else {
                for position in 0..<selection.counted.count {
                    let gap = batch.gap[Int(selection.counted.items[position])]
                    tables[index].addWide(Int128(gap), row: Int(rows[position]), slot: 0)
                }
            }
        }
    }

    private mutating func addSamples(
        to index: Int, _ selection: Selection, _ batch: CustomerBatch, _ rows: Lanes<Int32>
    ) {
        let (items, gap, countedIndex) = (selection.counted.items, batch.gap, batch.countedIndex)
        for position in 0..<selection.counted.count {
            let lane = Int(items[position])
            if countedIndex[lane] > 0 { tables[index].addSample(gap[lane], row: Int(rows[position])) }
        }
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

    // MARK: - Threads

    /// Adds another thread's sums; `translate` turns its codes into this thread's.
    mutating func merge(_ other: GroupSums, _ translate: (Int) -> Int) {
        let groups = other.rows.groups.map { (row: $0.row, own: rows.row(of: translate($0.code))) }
        growTables()
        for (row, own) in groups {
            for index in tables.indices { tables[index].add(other.tables[index], row: row, to: own) }
        }
    }

    func table(_ kind: SumKind) -> SumTable {
        guard let table = tables.first(where: { $0.kind == kind }) else {
            preconditionFailure("a sum that nobody planned")
        }
        return table
    }
}
