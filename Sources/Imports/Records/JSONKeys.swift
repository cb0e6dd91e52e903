/// The keys of the objects that are open while a line is read, for finding a key that is there twice.
struct JSONKeys {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var hashes: [UInt64] = []
    /// The first key of each open object.
    private var objects: [Int] = []
    /// The hashes of each open object that has many keys, so that looking for repeats stays linear.
    private var sets: [Set<UInt64>] = []
    private static let many = 48

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        objects.removeAll(keepingCapacity: true)
        sets.removeAll(keepingCapacity: true)
    }

    mutating func open() {
        objects.append(ends.count)
        sets.append([])
    }

    mutating func close() {
        let first = objects.removeLast()
        sets.removeLast()
        bytes.removeSubrange(start(first)...)
        ends.removeSubrange(first...)
        hashes.removeSubrange(first...)
    }

    /// False where the innermost object has that key already.
    mutating func insert(_ key: ArraySlice<UInt8>) -> Bool {
        let hash = byteHash(key)
        let first = objects.last ?? 0
        if ends.count - first < JSONKeys.many {
            for index in first..<ends.count where hashes[index] == hash && isEqual(index, key) { return false }
        } else {
            let last = sets.count - 1
            if sets[last].isEmpty { sets[last] = Set(hashes[first...]) }
            if !sets[last].insert(hash).inserted {
                for index in first..<ends.count where hashes[index] == hash && isEqual(index, key) { return false }
            }
        }
        bytes.append(contentsOf: key)
        ends.append(bytes.count)
        hashes.append(hash)
        return true
    }

    private func start(_ index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    private func isEqual(_ index: Int, _ key: ArraySlice<UInt8>) -> Bool {
        bytes[start(index)..<ends[index]].elementsEqual(key)
    }
}

/// FNV-1a, with a last mix so that the low bits depend on all bytes.
func byteHash(_ bytes: ArraySlice<UInt8>, seed: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= hash >> 32
    return hash &* 0xD6E8_FEB8_6659_FD93 ^ hash >> 29
}
