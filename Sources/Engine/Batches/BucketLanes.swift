import Quantities
import Queries

/// Calendar buckets of one unit by lane, counted from the calendar's first; made when they are first asked for, and
/// shared by all that group by them.
struct BucketLanes {
    fileprivate var ofPurchases = Lanes<Int32>()
    fileprivate var ofFirst = Lanes<Int32>()
    fileprivate var hasPurchases = false
    fileprivate var hasFirst = false

    mutating func forget() { (hasPurchases, hasFirst) = (false, false) }
}

extension CustomerBatch {
    /// The bucket of each purchase's day.
    func purchaseBuckets(_ table: BucketTable) -> Lanes<Int32> {
        let unit = table.unit.position
        if buckets[unit].hasPurchases { return buckets[unit].ofPurchases }
        buckets[unit].ofPurchases.reserve(purchaseCount)
        buckets[unit].hasPurchases = true
        let (lanes, day, firstDay) = (buckets[unit].ofPurchases, day, table.firstDay)
        let first = Int32(table.first)
        unsafe table.buckets.withUnsafeBufferPointer { table in
            // The calendar spans the table and `as_of`, so every purchase's day is in it.
            each(purchaseCount) { lane in lanes[lane] = unsafe table[Int(day[lane]) &- firstDay] &- first }
        }
        return lanes
    }

    /// The bucket of each customer's first purchase, `noBucket` for none.
    func firstBuckets(_ table: BucketTable) -> Lanes<Int32> {
        let unit = table.unit.position
        if buckets[unit].hasFirst { return buckets[unit].ofFirst }
        let purchases = purchaseBuckets(table)
        buckets[unit].ofFirst.reserve(customerCount)
        buckets[unit].hasFirst = true
        let (lanes, firstPurchase) = (buckets[unit].ofFirst, firstPurchase)
        each(customerCount) { customer in
            let first = firstPurchase[customer]
            lanes[customer] = first < 0 ? CustomerBatch.noBucket : purchases[Int(first)]
        }
        return lanes
    }

    /// Above every bucket.
    static let noBucket = Int32.max
}
