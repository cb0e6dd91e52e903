/// Which keys of an event type belong to several customers, and whose they are, as it is stored: by codes that count up in
/// the order of the rows that have them first.
struct KeySharing {
    /// By code - 1: the customer of the first row with the key.
    private var firstCustomers: [UInt32] = []
    private var isShared: [Bool] = []

    /// Notes whose the keys of the next rows are; code 0 is no key.
    ///
    /// - Parameters:
    ///   - offsets: `offsets[c] ..< offsets[c + 1]` are the rows of the customer at position `c`.
    ///   - customer: the customer at a position.
    ///   - firstImported: who had a new key first in order of import, by its code and the customer of its first row.
    /// - Returns: as `TableContent.owners` and `.sharedKeys`.
    mutating func note(
        _ codes: [UInt32], offsets: [UInt32], customer: (Int) -> UInt32,
        firstImported: (_ code: UInt32, _ customer: UInt32) -> UInt32
    ) -> (owners: [UInt32], sharedKeys: [UInt32]) {
        var owners: [UInt32] = []
        var sharedKeys: [UInt32] = []
        for position in 0..<(offsets.count - 1) {
            let customer = customer(position)
            for row in Int(offsets[position])..<Int(offsets[position + 1]) where codes[row] != 0 {
                let code = codes[row]
                if Int(code) > firstCustomers.count {
                    firstCustomers.append(customer)
                    isShared.append(false)
                    let owner = firstImported(code, customer)
                    owners.append(owner == customer ? 0 : owner + 1)
                } else if firstCustomers[Int(code) - 1] != customer, !isShared[Int(code) - 1] {
                    isShared[Int(code) - 1] = true
                    sharedKeys.append(code)
                }
            }
        }
        return (owners, sharedKeys)
    }
}
