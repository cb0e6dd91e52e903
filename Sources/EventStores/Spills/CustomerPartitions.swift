/// A builder's customers by partition.
struct CustomerPartitions: Sendable {
    let count: Int
    /// By customer.
    let partitions: [UInt16]
    /// By customer: its code among those of its partition.
    let codes: [UInt32]
    /// The customers in order of their partitions, as codes of the interner; `offsets[p] ..< offsets[p + 1]` are those
    /// of partition `p`.
    let members: [UInt32]
    let offsets: [Int]

    init(_ customers: TextInterner, count: Int) {
        self.count = count
        var partitions: [UInt16] = []
        partitions.reserveCapacity(customers.count)
        for code in 0..<UInt32(customers.count) {
            let hash = unsafe customers.withText(code + 1) { unsafe spillHash($0) }
            partitions.append(UInt16(hash.partition(among: count)))
        }
        var offsets = [Int](repeating: 0, count: count + 1)
        for partition in partitions { offsets[Int(partition) + 1] += 1 }
        for partition in 0..<count { offsets[partition + 1] += offsets[partition] }
        var next = offsets
        var codes = [UInt32](repeating: 0, count: partitions.count)
        var members = [UInt32](repeating: 0, count: offsets[count])
        for (customer, partition) in partitions.enumerated() {
            let position = next[Int(partition)]
            next[Int(partition)] += 1
            members[position] = UInt32(customer + 1)
            codes[customer] = UInt32(position - offsets[Int(partition)] + 1)
        }
        self.partitions = partitions
        self.codes = codes
        self.members = members
        self.offsets = offsets
    }

    /// Positions among the members, by partition.
    func range(_ partition: Int) -> Range<Int> { offsets[partition]..<offsets[partition + 1] }
}

extension UInt64 {
    /// A hash's partition.
    func partition(among count: Int) -> Int { Int(multipliedFullWidth(by: UInt64(count)).high) }
}

/// A hash that is the same in each process: a customer's rows meet in one partition whenever they were spilled.
func spillHash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let raw = UnsafeRawBufferPointer(text)
    var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(raw.count)
    var position = 0
    func mix(_ word: UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        hash = product.high ^ product.low ^ 0xA076_1D64_78BD_642F
    }
    while position + 8 <= raw.count {
        unsafe mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
        position += 8
    }
    var tail: UInt64 = 0
    while position < raw.count {
        tail = unsafe tail << 8 | UInt64(raw[position])
        position += 1
    }
    mix(tail)
    mix(0)
    return hash
}
