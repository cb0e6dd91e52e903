/// Which rows are which purchase, for tables in stored order. The rules are "Purchases" in the semantics:
///
/// - rows of one customer with the same key are one purchase; the newest by (timestamp, import order) is its state;
/// - a row without a key is a purchase of its own;
/// - rows below zero are refunds of their key where it also has a row that is not: they are no state and no origin.
///
/// Customers are independent of each other, so ranges of them are resolved at the same time, each with memory that
/// stays in the cache.
struct KeyResolution {
    private let table: SortedTable
    private let keys: [UInt32]?
    private let amounts: [Int64]?
    private let parents: ParentCodes?

    /// The arrays of one table; nil where its keys say nothing of purchases.
    static func purchases(of table: SortedTable) -> PurchaseContent? {
        guard table.keys.key != nil || table.keys.amount != nil else { return nil }
        let resolution = KeyResolution(table)
        let ranges = customerRanges(table.offsets)
        // Most tables are plain, which is seen in much less time than what their rows are.
        if resolution.isPlain(ranges) { return .plain(hasParents: resolution.parents != nil) }
        var whole = PurchaseContent(rows: 0, hasParents: resolution.parents != nil)
        whole.reserve(table.timestamps.count)
        for part in concurrentMap(ranges, { resolution.resolve($0) }) { whole.append(part) }
        return whole
    }

    private init(_ table: SortedTable) {
        self.table = table
        let key = table.keyColumn
        keys = key?.codes
        amounts = key == nil ? nil : table.column(table.keys.amount)?.words
        parents = table.column(table.keys.parent).map { ParentCodes($0, key) }
    }

    private func isPlain(_ ranges: [Range<Int>]) -> Bool {
        if table.owners.areUnique, parents == nil { return true }
        if let first = ranges.first, !isPlain(first) { return false }
        return concurrentMap(Array(ranges.dropFirst())) { isPlain($0) }.allSatisfy { $0 }
    }

    /// Whether no key of the customers has two rows of one customer, and no row the key of its parent.
    private func isPlain(_ customers: Range<Int>) -> Bool {
        guard let keys else { return true }
        var seen = KeyNumbers()
        for customer in customers {
            let run = Int(table.offsets[customer])..<Int(table.offsets[customer + 1])
            if run.count < 2, parents == nil { continue }
            seen.clear(for: run.count)
            for row in run where keys[row] != 0 {
                if seen[keys[row]] != nil { return false }
                seen.insert(keys[row], 0)
            }
            guard let parents else { continue }
            for row in run {
                let code = parents.keyCode(row)
                if code != 0, seen[code] != nil { return false }
            }
        }
        return true
    }

    /// The rows of a range of customers.
    private func resolve(_ customers: Range<Int>) -> PurchaseContent {
        let first = Int(table.offsets[customers.lowerBound])
        var content = PurchaseContent(
            rows: Int(table.offsets[customers.upperBound]) - first, hasParents: parents != nil)
        var groupOfKey = KeyNumbers()
        var groups: [Group] = []
        var groupOfRow: [Int] = []

        for customer in customers {
            let run = Int(table.offsets[customer])..<Int(table.offsets[customer + 1])
            if run.isEmpty { continue }
            groups.removeAll(keepingCapacity: true)
            groupOfRow.removeAll(keepingCapacity: true)
            groupOfKey.clear(for: run.count)

            // 1: the groups, and whether they have more than rows below zero.
            for row in run {
                let code = keys?[row] ?? 0
                let known = code == 0 ? nil : groupOfKey[code]
                let group = known.map { Int($0) } ?? groups.count
                if known == nil {
                    groups.append(Group())
                    if code != 0 { groupOfKey.insert(code, Int32(group)) }
                }
                groupOfRow.append(group)
                if let amounts, !isNegative(amounts[row]) { groups[group].hasOrdinaryRow = true }
            }
            if groups.count < run.count { content.isPlain = false }

            // 2: ordinals, origins and intervals, along the events that are states.
            var nextOrdinal: Int32 = 0
            for row in run {
                let group = groupOfRow[row - run.lowerBound]
                if let amounts, groups[group].hasOrdinaryRow, isNegative(amounts[row]) {
                    content.refunds[row - first] = 1
                    content.lags[row - first] = 0
                    continue
                }
                if let newest = groups[group].newest {
                    content.lags[newest - first] = table.timestamps[row] - table.timestamps[newest]
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
                content.ordinals[row - first] = group.ordinal
                content.ages[row - first] = table.timestamps[row] - group.origin
                if let code = parents?.keyCode(row), code != 0, let parent = groupOfKey[code] {
                    content.parents?[row - first] = groups[Int(parent)].ordinal
                    content.isPlain = false
                }
            }
        }
        return content
    }

    /// One purchase of the customer at hand.
    private struct Group {
        var hasOrdinaryRow = false
        var ordinal: Int32 = -1
        var origin: Int64 = 0
        /// The last row so far that is a state.
        var newest: Int?
    }

    /// The purchases that the rows of `table` name in `target`, of the same customer; -1 for none.
    static func referred(
        by table: SortedTable, column: SortedColumn, in target: SortedTable, _ purchases: PurchaseContent
    ) -> [Int32] {
        var referred = [Int32](repeating: -1, count: table.timestamps.count)
        guard let key = target.keyColumn else { return referred }
        let ordinals = purchases.isPlain ? plainOrdinals(target.offsets) : purchases.ordinals
        let keyCodes = translated(column.texts, into: key.texts)
        var ordinalOfKey = KeyNumbers()
        for customer in 0..<(table.offsets.count - 1) {
            let run = Int(table.offsets[customer])..<Int(table.offsets[customer + 1])
            if run.isEmpty { continue }
            let targets = Int(target.offsets[customer])..<Int(target.offsets[customer + 1])
            ordinalOfKey.clear(for: targets.count)
            for row in targets where key.codes[row] != 0 { ordinalOfKey.insert(key.codes[row], ordinals[row]) }
            for row in run {
                let code = keyCodes[Int(column.codes[row])]
                if code != 0, let ordinal = ordinalOfKey[code] { referred[row] = ordinal }
            }
        }
        return referred
    }
}

private func isNegative(_ units: Int64) -> Bool { units < 0 && units != missingWord }

/// For each code of a dictionary the code of the same text in another; 0 where it has none.
private func translated(_ texts: TextInterner, into other: TextInterner) -> [UInt32] {
    var codes: [UInt32] = [0]
    codes.reserveCapacity(texts.count + 1)
    for code in 0..<UInt32(texts.count) {
        codes.append(unsafe texts.withText(code + 1) { unsafe other.find($0) } ?? 0)
    }
    return codes
}

/// The key that each row names as its parent's.
private struct ParentCodes {
    private let codes: [UInt32]
    private let keyCodes: [UInt32]

    init(_ parent: SortedColumn, _ key: SortedColumn?) {
        codes = parent.codes
        keyCodes =
            key.map { translated(parent.texts, into: $0.texts) } ?? Array(repeating: 0, count: parent.texts.count + 1)
    }

    func keyCode(_ row: Int) -> UInt32 { keyCodes[Int(codes[row])] }
}

/// A number by key code, for one customer at a time: a hash table with room for that customer's rows.
private struct KeyNumbers {
    /// Codes are never 0, so that 0 is an empty slot.
    private var codes: [UInt32] = []
    private var numbers: [Int32] = []
    private var mask = 0

    /// Forgets everything and makes room for that many codes.
    mutating func clear(for count: Int) {
        var size = 8
        while size < count * 2 { size *= 2 }
        if size > codes.count {
            codes = Array(repeating: 0, count: size)
            numbers = Array(repeating: 0, count: size)
        } else {
            for slot in 0..<size { codes[slot] = 0 }
        }
        mask = size - 1
    }

    /// Codes of the same customer come one after the other or from all over, so their bits are mixed.
    private func slot(of code: UInt32) -> Int {
        var slot = Int(truncatingIfNeeded: (UInt64(code) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while codes[slot] != 0, codes[slot] != code { slot = (slot + 1) & mask }
        return slot
    }

    subscript(code: UInt32) -> Int32? {
        let slot = slot(of: code)
        return codes[slot] == 0 ? nil : numbers[slot]
    }

    /// Adds a code, or gives one that is there another number.
    mutating func insert(_ code: UInt32, _ number: Int32) {
        let slot = slot(of: code)
        codes[slot] = code
        numbers[slot] = number
    }
}

/// Consecutive ranges of customers with about as many rows each, for tasks of their own.
func customerRanges(_ offsets: [UInt32], rowsEach: Int = 131_072) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    for customer in 1..<max(1, offsets.count) where Int(offsets[customer] - offsets[start]) >= rowsEach {
        ranges.append(start..<customer)
        start = customer
    }
    if start < offsets.count - 1 { ranges.append(start..<(offsets.count - 1)) }
    return ranges
}

extension PurchaseContent {
    /// For rows that are not resolved yet.
    fileprivate init(rows: Int, hasParents: Bool) {
        ordinals = [Int32](repeating: 0, count: rows)
        ages = [Int64](repeating: 0, count: rows)
        lags = [Int64](repeating: PurchaseStates.neverSuperseded, count: rows)
        refunds = [UInt8](repeating: 0, count: rows)
        parents = hasParents ? [Int32](repeating: -1, count: rows) : nil
    }

    fileprivate mutating func reserve(_ rows: Int) {
        ordinals.reserveCapacity(rows)
        ages.reserveCapacity(rows)
        lags.reserveCapacity(rows)
        refunds.reserveCapacity(rows)
        parents?.reserveCapacity(rows)
    }

    fileprivate mutating func append(_ other: PurchaseContent) {
        ordinals += other.ordinals
        ages += other.ages
        lags += other.lags
        refunds += other.refunds
        if let more = other.parents { parents? += more }
        isPlain = isPlain && other.isPlain
    }
}
