import Quantities

/// Writes what a builder holds to a spill file, by partitions of its customers.
struct RunWriter {
    private let customers: TextInterner
    private let partitions: CustomerPartitions
    private(set) var run = SpillRun()
    /// By partition, in the file.
    private(set) var bytes: [Int]
    /// What the texts of all partitions take in builders, by column.
    private(set) var textBytes: [ColumnPlace: Int] = [:]

    init(_ customers: TextInterner, _ partitions: CustomerPartitions) {
        self.customers = customers
        self.partitions = partitions
        bytes = Array(repeating: 0, count: partitions.count)
    }

    mutating func writeCustomers(to file: SpillFile) throws {
        var column = EncodedColumn()
        for partition in 0..<partitions.count {
            var encoder = SpillEncoder()
            encoder.texts(partitions.members[partitions.range(partition)], of: customers)
            column.append(encoder)
        }
        try write(column, to: file)
    }

    /// - Parameter property: with a cell for each customer, in order of the customers.
    mutating func write(_ property: SortedColumn, at position: Int, to file: SpillFile) throws {
        var moved = property
        let members = partitions.members
        if property.spec.type == .text {
            moved.codes = members.map { property.codes[Int($0) - 1] }
        } else {
            moved.words = members.map { property.words[Int($0) - 1] }
        }
        let column = RunWriter.encode(moved, partitions.offsets).column
        textBytes[ColumnPlace(table: -1, position: position)] = column.textBytes
        try write(column, to: file)
        run.properties += 1
    }

    /// - Parameter table: the builder's table, whose rows are taken.
    mutating func write(_ table: TableBuilder, at position: Int, to file: SpillFile) throws {
        let key = table.position(table.keys.key)
        let owners = table.owners
        let columns = table.columns.map { UnsortedColumn($0, keepsSlots: false) }
        let rows = table.takeRows()
        let order = RowOrder(rows, partitions)
        let offsets = order.offsets.map { Int($0) }
        // In order of the partitions: the rows' customers, as codes of their partition.
        var rowCustomers = [UInt32](repeating: 0, count: order.timestamps.count)
        var row = 0
        for customer in rows.lazy.map(\.customers).joined() {
            rowCustomers[Int(order.destinations[row])] = partitions.codes[Int(customer)]
            row += 1
        }
        var (codes, timestamps) = (EncodedColumn(), EncodedColumn())
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            var encoder = SpillEncoder()
            encoder.codes(rowCustomers[start..<end])
            codes.append(encoder)
            encoder = SpillEncoder()
            encoder.words(order.timestamps[start..<end])
            timestamps.append(encoder)
        }
        try write(codes, to: file)
        try write(timestamps, to: file)
        let (partitions, customersOfRows) = (partitions, rowCustomers)
        let encoded = concurrentMap(Array(columns.indices)) { index -> (column: EncodedColumn, marks: EncodedColumn?) in
            if columns[index].cells == 0, index != key { return (EncodedColumn(missing: offsets.count - 1), nil) }
            let marks = KeyMarks(owners, partitions, customersOfRows)
            return RunWriter.encode(columns[index].sorted(order), offsets, index == key ? marks : nil)
        }
        for (index, (column, _)) in encoded.enumerated() {
            textBytes[ColumnPlace(table: position, position: index)] = column.textBytes
            try write(column, to: file)
        }
        if let key, let marks = encoded[key].marks { try write(marks, to: file) }
        run.tables.append(SpillRun.Table(position: position, columns: columns.count, hasKeys: key != nil))
    }

    private static func encode(
        _ column: SortedColumn, _ offsets: [Int], _ keys: KeyMarks? = nil
    ) -> (column: EncodedColumn, marks: EncodedColumn?) {
        var encoded = EncodedColumn()
        var marks = keys.map { _ in EncodedColumn() }
        var numbers = [UInt32](repeating: 0, count: column.spec.type == .text ? column.texts.count + 1 : 0)
        for (partition, (start, end)) in zip(offsets, offsets.dropFirst()).enumerated() {
            var encoder = SpillEncoder()
            switch column.spec.type {
            case .text:
                let codes = encoder.cells(column.codes[start..<end], column.texts, numbers: &numbers)
                for code in codes.old { encoded.textBytes += column.texts.length(code) + TextInterner.bytesPerText }
                if let keys {
                    var encoder = SpillEncoder()
                    encoder.codes(keys.marks(partition, start, codes.new, codes.old))
                    marks?.append(encoder)
                }
            case .decimal: encoder.cells(column.words[start..<end], scale: column.scale)
            case .instant: encoder.cells(column.words[start..<end], scale: nil)
            }
            encoded.append(encoder)
        }
        return (encoded, marks)
    }

    private mutating func write(_ column: EncodedColumn, to file: SpillFile) throws {
        var start = 0
        for (partition, block) in column.blocks.enumerated() {
            let bytes = column.bytes[start..<(start + block.length)]
            run.blocks.append(try file.append(bytes, checksum: block.checksum))
            self.bytes[partition] += block.length
            start += block.length
        }
    }
}

/// The blocks of a column, one a partition.
private struct EncodedColumn: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var blocks: [(length: Int, checksum: UInt64)] = []
    /// What the texts take in builders.
    var textBytes = 0

    init() {}

    /// Of so many partitions whose rows have no value.
    init(missing partitions: Int) {
        for _ in 0..<partitions {
            var encoder = SpillEncoder()
            encoder.missingCells()
            append(encoder)
        }
    }

    mutating func append(_ block: SpillEncoder) {
        blocks.append((block.bytes.count, unsafe block.bytes.withUnsafeBytes { unsafe checksum($0) }))
        bytes += block.bytes
    }
}

/// Makes the marks of `SpilledOwners`.
private struct KeyMarks {
    private let owners: KeyOwners
    private let partitions: CustomerPartitions
    /// In order of the partitions, as codes of their partition.
    private let customersOfRows: [UInt32]

    init(_ owners: KeyOwners, _ partitions: CustomerPartitions, _ customersOfRows: [UInt32]) {
        self.owners = owners
        self.partitions = partitions
        self.customersOfRows = customersOfRows
    }

    /// - Parameters:
    ///   - start: the partition's first row.
    ///   - codes: of the partition's rows.
    ///   - oldCodes: by code - 1, that of the builder.
    func marks(_ partition: Int, _ start: Int, _ codes: [UInt32], _ oldCodes: [UInt32]) -> [UInt32] {
        var marks: [UInt32] = []
        marks.reserveCapacity(oldCodes.count)
        for (row, code) in codes.enumerated() where Int(code) > marks.count {
            let owner = owners.first(of: oldCodes[marks.count])
            if let owner, Int(partitions.partitions[owner]) == partition {
                marks.append(partitions.codes[owner] << 1)
            } else {
                marks.append(customersOfRows[start + row] << 1 | 1)
            }
        }
        return marks
    }
}

extension RowOrder {
    /// The order by partition of the rows' customers, then order of import.
    fileprivate init(_ parts: [(customers: [UInt32], timestamps: [Int64])], _ customers: CustomerPartitions) {
        var offsets = [UInt32](repeating: 0, count: customers.count + 1)
        for customer in parts.lazy.map(\.customers).joined() {
            offsets[Int(customers.partitions[Int(customer)]) + 1] += 1
        }
        for partition in 0..<customers.count { offsets[partition + 1] += offsets[partition] }
        let rows = Int(offsets[customers.count])
        var next = offsets
        var destinations: [UInt32] = []
        destinations.reserveCapacity(rows)
        var timestamps = [Int64](repeating: 0, count: rows)
        for part in parts {
            for (index, customer) in part.customers.enumerated() {
                let partition = Int(customers.partitions[Int(customer)])
                timestamps[Int(next[partition])] = part.timestamps[index]
                destinations.append(next[partition])
                next[partition] += 1
            }
        }
        self.init(destinations: destinations, offsets: offsets, timestamps: timestamps)
    }
}
