import Diagnostics

/// A text column, of an event type by its position or, with -1, of the customers.
struct ColumnPlace: Hashable, Sendable {
    var table: Int
    var position: Int
}

/// What a builder with a limit has spilled, and what it keeps nevertheless.
final class Spilling {
    let limit: MemoryLimit
    let folder: String
    /// Adding up what is held takes longer than adding a row.
    let rowsBetweenLooks: Int
    private(set) var file: SpillFile?
    private(set) var runs: [SpillRun] = []
    /// By partition, about what its rows took in the builder.
    private(set) var weights: [Int]
    /// What texts took that are counted once for each partition and run, by column.
    private(set) var textBytes: [ColumnPlace: Int] = [:]
    /// Keys that will be looked up, by event type.
    var lookedUp: [String: SpilledKeys] = [:]
    /// Rows that were not given yet name customers by index.
    var keepsCustomers = false

    init(_ limit: MemoryLimit, folder: String) {
        self.limit = limit
        self.folder = folder
        rowsBetweenLooks = min(1_024, limit.bytes / 4_096 + 1)
        weights = Array(repeating: 0, count: limit.partitions)
    }

    /// - Parameter held: what the builder held.
    func add(_ writer: RunWriter, held: Int) {
        runs.append(writer.run)
        let total = max(1, writer.bytes.reduce(0, +))
        for (partition, bytes) in writer.bytes.enumerated() {
            weights[partition] += Int(Double(held) * Double(bytes) / Double(total))
        }
        textBytes.merge(writer.textBytes) { $0 + $1 }
    }

    /// Made where it is first needed.
    func spillFile() throws -> SpillFile {
        if let file { return file }
        let made = try SpillFile(in: folder)
        file = made
        return made
    }

    /// Consecutive partitions whose rows fit into memory together, a partition at least.
    var slices: [Range<Int>] {
        var slices: [Range<Int>] = []
        var (start, weight) = (0, 0)
        for partition in weights.indices {
            if partition > start, weight + weights[partition] > limit.sliceBytes {
                slices.append(start..<partition)
                (start, weight) = (partition, 0)
            }
            weight += weights[partition]
        }
        return slices + [start..<weights.count]
    }
}

/// The purchase keys of an event type that were spilled, with who had them first: they stay in memory, as rows that
/// come without a customer ask for them.
struct SpilledKeys {
    private var keys = TextInterner()
    private var customers = TextInterner()
    /// By key code - 1: a code of the customers.
    private var owners: [UInt32] = []

    var heldBytes: Int { keys.heldBytes + customers.heldBytes + owners.capacity * 4 }

    /// Adds the keys of a builder's table that are new.
    mutating func add(_ table: TableBuilder, _ customers: TextInterner) {
        guard let texts = table.keyColumn?.texts else { return }
        for code in 1..<(UInt32(texts.count) + 1) {
            guard let owner = table.owners.first(of: code) else { continue }
            if unsafe Int(texts.withText(code, { unsafe keys.code($0) })) > owners.count {
                owners.append(unsafe customers.withText(UInt32(owner + 1)) { unsafe self.customers.code($0) })
            }
        }
    }

    /// The id of who had the key first.
    func owner(of key: some Sequence<UInt8>) -> ArraySlice<UInt8>? {
        keys.find(key).map { customers.text(owners[Int($0) - 1]) }
    }
}

extension StoreBuilder {
    /// Bytes that were spilled.
    package var spilledBytes: Int { spilling?.file?.size ?? 0 }

    /// What the rows up to now take.
    private var heldBytes: Int {
        customers.heldBytes + properties.reduce(0) { $0 + $1.heldBytes } + tables.reduce(0) { $0 + $1.heldBytes }
    }

    /// What spilling does not set free.
    private var keptBytes: (held: Int, other: Int) {
        (keepsCustomers ? customers.heldBytes : 0, spilling?.lookedUp.values.reduce(0) { $0 + $1.heldBytes } ?? 0)
    }

    /// Called between rows, when no index of a customer is in use: spills what is held where that has become too much.
    /// Indices and properties that are given after it are new ones, unless `keepsCustomers`.
    ///
    /// - Throws: `SpillFailure`.
    package func makeRoom() throws {
        guard let spilling else { return }
        rowsSinceLook += 1
        if rowsSinceLook >= spilling.rowsBetweenLooks { try spillWhereFull() }
    }

    /// The same, without waiting for some more rows.
    func spillWhereFull() throws {
        rowsSinceLook = 0
        guard let spilling else { return }
        let (held, kept) = (heldBytes, keptBytes)
        // Small runs cost more than they set free.
        guard held + kept.other > spilling.limit.heldBytes, held - kept.held > spilling.limit.heldBytes / 8 else {
            return
        }
        do {
            try spill()
        } catch let problem as Diagnostic {
            throw SpillFailure(diagnostic: problem)
        }
    }

    /// Tells that rows will ask for customers by the keys of that event type.
    package func willLookUpKeys(inTable name: String) {
        if spilling?.lookedUp[name] == nil { spilling?.lookedUp[name] = SpilledKeys() }
    }

    /// As long as it is true, indices of customers stay what they are; their ids then stay in memory.
    package var keepsCustomers: Bool {
        get { spilling?.keepsCustomers ?? false }
        set { spilling?.keepsCustomers = newValue }
    }

    /// Writes everything that is held to the spill file, and forgets it.
    func spill() throws {
        guard let spilling else { preconditionFailure("a builder without a limit") }
        let held = heldBytes
        let file = try spilling.spillFile()
        for (name, _) in spilling.lookedUp {
            if let position = tablePositions[name] { spilling.lookedUp[name]?.add(tables[position], customers) }
        }
        for property in properties { property.pad(to: customers.count) }
        var writer = RunWriter(customers, CustomerPartitions(customers, count: spilling.limit.partitions))
        try writer.writeCustomers(to: file)
        for (position, property) in properties.enumerated() {
            try writer.write(property.takeCells(), at: position, to: file)
        }
        for (position, table) in tables.enumerated() where table.rowCount > 0 {
            try writer.write(table, at: position, to: file)
        }
        spilling.add(writer, held: held)
        if !spilling.keepsCustomers { customers = TextInterner() }
        returnFreeMemory()
    }
}
