/// Which rows are which purchase, for tables in stored order. The rules are "Purchases" in the semantics:
///
/// - rows of one customer with the same key are one purchase; the newest by (timestamp, import order) is its state;
/// - a row without a key is a purchase of its own;
/// - rows below zero are refunds of their key where it also has a row that is not: they are no state and no origin.
///
/// Each table is walked once, customer by customer, with arrays by key code instead of hash tables by key.
struct KeyResolution {
    private(set) var purchases: PurchaseContent
    /// Keys that more than one customer has.
    private(set) var sharedKeys = 0

    /// Resolves one table, which must be in stored order; nil where its keys say nothing of purchases.
    init?(_ table: TableBuilder, offsets: [UInt32]) {
        guard table.keys.key != nil || table.keys.amount != nil else { return nil }
        let rows = table.timestamps.count
        let key = table.keyColumn
        let amounts = key == nil ? nil : table.column(table.keys.amount)?.words
        let parents = table.column(table.keys.parent).map { ParentCodes($0, key) }
        purchases = PurchaseContent(
            ordinals: [Int32](repeating: 0, count: rows), ages: [Int64](repeating: 0, count: rows),
            lags: [Int64](repeating: PurchaseStates.neverSuperseded, count: rows),
            refunds: [UInt8](repeating: 0, count: rows),
            parents: parents == nil ? nil : [Int32](repeating: -1, count: rows))

        // By key code: which customer's group it is at the moment.
        var groupOfKey = KeyMap(keys: key?.texts.count ?? 0)
        var isShared = [Bool](repeating: false, count: (key?.texts.count ?? 0) + 1)
        var groups: [Group] = []
        var groupOfRow: [Int] = []

        for customer in 0..<(offsets.count - 1) {
            let run = Int(offsets[customer])..<Int(offsets[customer + 1])
            if run.isEmpty { continue }
            groups.removeAll(keepingCapacity: true)
            groupOfRow.removeAll(keepingCapacity: true)

            // 1: the groups, and whether they have more than rows below zero.
            for row in run {
                let code = key?.codes[row] ?? 0
                let group: Int
                if code != 0, let known = groupOfKey.value(code, of: customer) {
                    group = Int(known)
                } else {
                    group = groups.count
                    groups.append(Group())
                    if code != 0 {
                        if groupOfKey.isTaken(code) { isShared[Int(code)] = true }
                        groupOfKey.set(code, of: customer, to: Int32(group))
                    }
                }
                groupOfRow.append(group)
                if let amounts, !isNegative(amounts[row]) { groups[group].hasOrdinaryRow = true }
            }

            if groups.count < run.count { purchases.isPlain = false }

            // 2: ordinals, origins and intervals, along the events that are states.
            var nextOrdinal: Int32 = 0
            for row in run {
                let group = groupOfRow[row - run.lowerBound]
                if let amounts, groups[group].hasOrdinaryRow, isNegative(amounts[row]) {
                    purchases.refunds[row] = 1
                    purchases.lags[row] = 0
                    continue
                }
                if let newest = groups[group].newest {
                    purchases.lags[newest] = table.timestamps[row] - table.timestamps[newest]
                } else {
                    groups[group].ordinal = nextOrdinal
                    groups[group].origin = table.timestamps[row]
                    nextOrdinal += 1
                }
                groups[group].newest = row
            }

            // 3: what all rows of a purchase share, refunds that came before their purchase included.
            for row in run {
                let group = groups[groupOfRow[row - run.lowerBound]]
                purchases.ordinals[row] = group.ordinal
                purchases.ages[row] = table.timestamps[row] - group.origin
                if let code = parents?.keyCode(row), code != 0, let parent = groupOfKey.value(code, of: customer) {
                    purchases.parents?[row] = groups[Int(parent)].ordinal
                    purchases.isPlain = false
                }
            }
        }
        sharedKeys = isShared.count { $0 }
    }

    /// One purchase of the customer at hand.
    private struct Group {
        var hasOrdinaryRow = false
        var ordinal: Int32 = -1
        var origin: Int64 = 0
        /// The last row so far that is a state.
        var newest: Int?
    }

    /// The purchases that the rows of `table` name in `target`, of the same customer; -1 for none. Both tables are in
    /// stored order.
    static func referred(
        by table: TableBuilder, column: ColumnBuilder, offsets: [UInt32], in target: TableBuilder,
        ordinals: [Int32], targetOffsets: [UInt32]
    ) -> [Int32] {
        var referred = [Int32](repeating: -1, count: table.timestamps.count)
        guard let key = target.keyColumn else { return referred }
        let keyCodes = translated(column, into: key)
        var ordinalOfKey = KeyMap(keys: key.texts.count)
        for customer in 0..<(offsets.count - 1) {
            let run = Int(offsets[customer])..<Int(offsets[customer + 1])
            if run.isEmpty { continue }
            for row in Int(targetOffsets[customer])..<Int(targetOffsets[customer + 1]) where key.codes[row] != 0 {
                ordinalOfKey.set(key.codes[row], of: customer, to: ordinals[row])
            }
            for row in run {
                let code = keyCodes[Int(column.codes[row])]
                if code != 0, let ordinal = ordinalOfKey.value(code, of: customer) { referred[row] = ordinal }
            }
        }
        return referred
    }
}

private func isNegative(_ units: Int64) -> Bool { units < 0 && units != missingWord }

/// For each code of a column the code of the same text in another; 0 where it has none.
private func translated(_ column: ColumnBuilder, into other: ColumnBuilder) -> [UInt32] {
    var codes: [UInt32] = [0]
    codes.reserveCapacity(column.texts.count + 1)
    for position in 0..<column.texts.count {
        codes.append(other.texts.find(column.texts.text(UInt32(position + 1))) ?? 0)
    }
    return codes
}

/// The key that each row names as its parent's.
private struct ParentCodes {
    private let codes: [UInt32]
    private let keyCodes: [UInt32]

    init(_ parent: ColumnBuilder, _ key: ColumnBuilder?) {
        codes = parent.codes
        keyCodes = key.map { translated(parent, into: $0) } ?? Array(repeating: 0, count: parent.texts.count + 1)
    }

    func keyCode(_ row: Int) -> UInt32 { keyCodes[Int(codes[row])] }
}

/// A number by key code, for one customer at a time: what another customer left behind does not count.
private struct KeyMap {
    private var owners: [Int32]
    private var values: [Int32]

    init(keys: Int) {
        owners = Array(repeating: -1, count: keys + 1)
        values = Array(repeating: 0, count: keys + 1)
    }

    func isTaken(_ code: UInt32) -> Bool { owners[Int(code)] >= 0 }

    func value(_ code: UInt32, of customer: Int) -> Int32? {
        Int(owners[Int(code)]) == customer ? values[Int(code)] : nil
    }

    mutating func set(_ code: UInt32, of customer: Int, to value: Int32) {
        owners[Int(code)] = Int32(customer)
        values[Int(code)] = value
    }
}
