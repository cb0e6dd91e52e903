import Synchronization

/// The rows of one event type in stored order.
struct SortedTable: Sendable {
    var name: String
    var keys: KeySpec
    var rowsBefore: Int
    var owners: KeyOwners
    /// `offsets[c] ..< offsets[c + 1]` are the rows of customer `c`.
    var offsets: [UInt32]
    var timestamps: [Int64]
    var columns: [SortedColumn]

    func position(_ name: String?) -> Int? { name.flatMap { name in columns.firstIndex { $0.spec.name == name } } }

    func column(_ name: String?) -> SortedColumn? { position(name).map { columns[$0] } }

    var keyColumn: SortedColumn? { column(keys.key) }

    /// Gives the columns away, of which the table keeps the names, with whether no two rows have the same text.
    mutating func takeColumns() -> [(column: SortedColumn, areUnique: Bool)] {
        let taken = columns.map { ($0, $0.spec.name == keys.key && owners.areUnique) }
        columns = columns.map { SortedColumn(spec: $0.spec, codes: [], texts: TextInterner()) }
        return taken
    }
}

/// One column in stored order.
struct SortedColumn: Sendable {
    var spec: ColumnSpec
    /// Cells of a text column.
    var codes: [UInt32] = []
    /// Cells of decimal and instant columns.
    var words: [Int64] = []
    /// Digits after the point of decimals.
    var scale = 0
    var texts = TextInterner()

    init(spec: ColumnSpec, codes: [UInt32], texts: TextInterner) {
        self.spec = spec
        self.codes = codes
        self.texts = texts
    }

    init(spec: ColumnSpec, words: [Int64], scale: Int) {
        self.spec = spec
        self.words = words
        self.scale = scale
    }

    /// A column without parts.
    init(_ column: ColumnBuilder) {
        spec = column.spec
        codes = column.codes
        words = column.words
        scale = column.scale
        texts = column.texts
    }

    /// The cells, which are taken; the old codes of texts where it has some.
    ///
    /// - Parameter areUnique: no two rows have the same text.
    mutating func takeContent(areUnique: Bool) -> (column: ColumnContent, oldCodes: [UInt32]) {
        switch spec.type {
        case .text:
            var codes: [UInt32] = []
            swap(&codes, &self.codes)
            let numbering = TextNumbering(codes, texts.content, areUnique: areUnique)
            return (ColumnContent(spec: spec, cells: .text(numbering.codes, numbering.texts)), numbering.oldCodes)
        case .decimal: return (ColumnContent(spec: spec, cells: .decimal(words, scale: scale)), [])
        case .instant: return (ColumnContent(spec: spec, cells: .instant(words)), [])
        }
    }
}

extension SortedTable {
    /// Sorts the rows of several tables: the tables at the same time, then their columns.
    ///
    /// The builders' rows are taken: memory of a column in order of import goes when it is sorted.
    static func sort(_ builders: [TableBuilder], customerCount: Int) -> [SortedTable] {
        let rows = builders.map { OnceTaken($0.takeParts(), cost: $0.rowCount) }
        let orders = concurrentMap(rows, cost: \.cost) { RowOrder($0.take(), customerCount: customerCount) }
        let findsKeys = builders.contains { $0.keys.parent != nil || $0.keys.refersTo != nil }
        var works: [(table: Int, column: UnsortedColumn)] = []
        for (table, builder) in builders.enumerated() {
            for column in builder.columns {
                let isAsked = findsKeys && column === builder.keyColumn
                works.append((table, UnsortedColumn(column, keepsSlots: isAsked)))
            }
        }
        let tableOfWork = works.map(\.table)
        let sorted = concurrentMap(works, cost: { $0.column.cells }) { $0.column.sorted(orders[$0.table]) }
        return builders.indices.map { table in
            SortedTable(
                name: builders[table].name, keys: builders[table].keys, rowsBefore: builders[table].rowsBefore,
                owners: builders[table].owners, offsets: orders[table].offsets,
                timestamps: orders[table].timestamps,
                columns: sorted.indices.filter { tableOfWork[$0] == table }.map { sorted[$0] })
        }
    }
}

/// A column in order of import.
struct UnsortedColumn: Sendable {
    private let spec: ColumnSpec
    private let scale: Int
    private let texts: TextInterner
    private let parts: OnceTaken<[ColumnPart]>
    /// How many there are, missing ones aside.
    let cells: Int

    /// - Parameter keepsSlots: texts will be looked up.
    init(_ column: ColumnBuilder, keepsSlots: Bool) {
        spec = column.spec
        scale = column.scale
        texts = column.takeTexts(keepsSlots: keepsSlots)
        let parts = column.takeParts()
        cells = parts.reduce(0) { $0 + $1.cells }
        self.parts = OnceTaken(parts)
    }

    func sorted(_ order: RowOrder) -> SortedColumn {
        let parts = parts.take()
        return spec.type == .text
            ? SortedColumn(spec: spec, codes: order.codes(parts), texts: texts)
            : SortedColumn(spec: spec, words: order.words(parts, scale: scale), scale: scale)
    }
}

/// A value that is gone from its place when a thread takes it, so that its memory goes with the thread's work.
final class OnceTaken<Value: Sendable>: Sendable {
    private let value: Mutex<Value?>
    let cost: Int

    init(_ value: Value, cost: Int = 0) {
        self.value = Mutex(value)
        self.cost = cost
    }

    func take() -> Value {
        value.withLock { value in
            guard let taken = value.take() else { preconditionFailure("a value that is taken once") }
            return taken
        }
    }
}

// MARK: - Content

extension SortedTable {
    /// The rows as they are written; `columns` are the contents of the columns.
    func content(
        _ columns: [(column: ColumnContent, oldCodes: [UInt32])], purchases: PurchaseContent?, referred: [Int32]?
    ) -> TableContent {
        var content = TableContent(
            name: name, keys: keys, offsets: offsets, timestamps: timestamps, columns: columns.map(\.column),
            purchases: purchases, referred: referred)
        if let key = position(keys.key), case .text(let codes, let texts) = columns[key].column.cells {
            if owners.areUnique {
                content.owners = Array(repeating: 0, count: texts.count)
                return content
            }
            let oldCodes = columns[key].oldCodes
            var sharing = KeySharing()
            (content.owners, content.sharedKeys) = sharing.note(
                codes, offsets: offsets, customer: { UInt32($0) },
                firstImported: { code, customer in
                    owners.first(of: oldCodes[Int(code) - 1]).map { UInt32($0) } ?? customer
                })
        }
        return content
    }

    /// Nil where the rows were not spilled.
    func sliceKeys(_ keys: (column: ColumnContent, oldCodes: [UInt32])) -> SliceKeys? {
        guard owners.hasRanks, case .text(let codes, _) = keys.column.cells else { return nil }
        var slice = SliceKeys()
        for customer in 0..<(offsets.count - 1) {
            for row in Int(offsets[customer])..<Int(offsets[customer + 1]) where Int(codes[row]) > slice.owners.count {
                let code = keys.oldCodes[slice.owners.count]
                slice.firstCustomers.append(UInt32(customer))
                slice.owners.append(UInt32(owners.first(of: code) ?? customer))
                slice.ranks.append(owners.rank(of: code) << 1 | (owners.isShared(code) ? 1 : 0))
            }
        }
        return slice
    }
}

// MARK: - Repeats

extension SortedTable {
    /// Leaves out rows that repeat an earlier import of the same event: same customer, key, timestamp and cells.
    ///
    /// - Returns: how many were left out.
    mutating func dropRepeats() -> Int {
        guard let keys = keyColumn?.codes, !owners.areUnique else { return 0 }
        let dropped = concurrentMap(customerRanges(offsets)) { [self] in repeats(of: $0, keys) }.flatMap { $0 }
        if !dropped.isEmpty { remove(dropped) }
        return dropped.count
    }

    /// The rows of some customers that repeat others, in ascending order.
    private func repeats(of customers: Range<Int>, _ keys: [UInt32]) -> [Int] {
        var dropped: [Int] = []
        for customer in customers {
            let end = Int(offsets[customer + 1])
            var start = Int(offsets[customer])
            while start + 1 < end {
                guard timestamps[start] == timestamps[start + 1] else {
                    start += 1
                    continue
                }
                var stop = start + 2
                while stop < end, timestamps[stop] == timestamps[start] { stop += 1 }
                var seen = SeenRows()
                for row in start..<stop where keys[row] != 0 && seen.isRepeat(row, of: self) { dropped.append(row) }
                start = stop
            }
        }
        return dropped
    }

    /// Removes rows, which are named in ascending order.
    private mutating func remove(_ rows: [Int]) {
        timestamps.remove(rows)
        for position in columns.indices {
            columns[position].codes.remove(rows)
            columns[position].words.remove(rows)
        }
        var next = 0
        for index in offsets.indices {
            while next < rows.count, rows[next] < Int(offsets[index]) { next += 1 }
            offsets[index] -= UInt32(next)
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// Removes the elements at positions, which are ascending; nothing from an empty array.
    fileprivate mutating func remove(_ positions: [Int]) {
        guard !isEmpty else { return }
        var kept = positions.first ?? count
        for (index, position) in positions.enumerated() {
            let end = index + 1 < positions.count ? positions[index + 1] : count
            for source in (position + 1)..<end {
                self[kept] = self[source]
                kept += 1
            }
        }
        removeLast(count - kept)
    }
}

/// The rows of one customer and timestamp that were looked at.
private struct SeenRows {
    private var byHash: [UInt64: [Int]] = [:]

    mutating func isRepeat(_ row: Int, of table: SortedTable) -> Bool {
        var hash: UInt64 = 0
        for column in table.columns { hash = (hash ^ column.word(row)) &* 0x9E37_79B9_7F4A_7C15 }
        let isRepeat = (byHash[hash] ?? []).contains { other in
            table.columns.allSatisfy { $0.word(row) == $0.word(other) }
        }
        if !isRepeat { byHash[hash, default: []].append(row) }
        return isRepeat
    }
}

extension SortedColumn {
    /// The cell as a word that is equal for equal cells of this column.
    fileprivate func word(_ row: Int) -> UInt64 {
        spec.type == .text ? UInt64(codes[row]) : UInt64(bitPattern: words[row])
    }
}
