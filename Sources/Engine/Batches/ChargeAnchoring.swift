import EventStores
import Queries

extension CustomerBatch {
    /// Tells charges from other purchases, and finds the first charge that each belongs to: by its parent, else by a
    /// shared link, else the customer's latest one before it.
    func anchorCharges() {
        guard let charges = plan.purchases.charges else { return }
        let count = purchaseCount
        kind.reserve(count)
        anchor.reserve(count)
        findKinds(charges)
        let parents = loadParents()
        let links = charges.links.map { codes($0) }
        let latest = parents == nil && links.isEmpty ? anchorToLatest() : nil
        anchorsAreEarlier = latest != nil
        let orphans = latest ?? anchorByName(parents, links)
        if plan.semantics.attribution == .anchored { quality.add(.chargesWithoutFirstCharge, orphans) }
    }

    /// Where charges name nothing: each belongs to the customer's latest first charge. Returns how many belong to none;
    /// nil where two purchases of a customer have the same instant, and the order of lanes is not that of time.
    ///
    /// What a purchase does to the latest first charge is the same `latest & kept | new` for all of them, with words that
    /// are made for several lanes at once; so the walk that has to wait for the purchase before has nothing else to do.
    private func anchorToLatest() -> Int? {
        if hasTies || othersTie() { return nil }
        let count = purchaseCount
        anchorKept.reserve(count)
        let (kind, anchor, status, owner, kept) = (kind, anchor, status, owner, anchorKept)
        func isFirst(_ lane: Int) -> Int32 { mask(kind[lane] | (Int32(status[lane]) ^ Int32(Status.counted)) == 0) }
        var customer: Int32 = -1
        each(count) { lane in
            let isFirst = isFirst(lane)
            let isNew = mask(owner[lane] != customer)
            customer = owner[lane]
            kept[lane] = ~(isFirst | isNew)
            // Without a first charge: -1, which is all bits.
            anchor[lane] = Int32(truncatingIfNeeded: lane) & isFirst | isNew & ~isFirst
        }
        var latest: Int32 = -1
        each(count) { lane in
            latest = latest & kept[lane] | anchor[lane]
            anchor[lane] = latest
        }
        var orphans: Int32 = 0
        each(count) { lane in
            let isLater = mask(kind[lane] > 0)
            let found = anchor[lane] | ~(isFirst(lane) | isLater)
            anchor[lane] = found
            orphans &-= isLater & (found >> 31) & mask(status[lane] != Status.canceled)
        }
        return Int(orphans)
    }

    /// Whether some purchase that does not count has the instant of the one after it, which may be a first charge.
    private func othersTie() -> Bool {
        let (others, time, owner, last) = (otherList, time, owner, purchaseCount - 1)
        var ties: Int32 = 0
        each(otherTotal) { position in
            let lane = Int(others[position])
            let next = min(lane &+ 1, last)
            ties |= mask(next != lane) & mask(time[lane] == time[next]) & mask(owner[lane] == owner[next])
        }
        return ties != 0
    }

    private func anchorByName(_ parents: Lanes<Int32>?, _ links: [Lanes<UInt32>]) -> Int {
        let (kind, anchor, status, time) = (kind, anchor, status, time)
        var orphans = 0
        for customer in 0..<customerCount {
            let run = Int(starts[customer])..<Int(starts[customer + 1])
            var latest: Int32 = -1
            for lane in run {
                if isFirstCharge(lane) {
                    latest = Int32(lane)
                    anchor[lane] = latest
                    continue
                }
                guard kind[lane] > 0 else {
                    anchor[lane] = -1
                    continue
                }
                var found = Int32(linkedCharge(of: lane, run, parents, links))
                if found < 0 {
                    found = latest
                    // A first charge of the same instant counts as before, wherever it stands.
                    var other = lane + 1
                    while other < run.upperBound, time[other] == time[lane] {
                        if isFirstCharge(other) { found = Int32(other) }
                        other += 1
                    }
                }
                anchor[lane] = found
                if found < 0, status[lane] != Status.canceled { orphans += 1 }
            }
        }
        return orphans
    }

    private func findKinds(_ charges: PurchaseColumns.Charges) {
        let (kind, status) = (kind, status)
        // Cancelled ones too: they are counted as cancelled under the first charge they belong to.
        if let (slot, kinds) = charges.kindByCode {
            translate(slot, by: kinds, into: kind)
            each(purchaseCount) { lane in kind[lane] |= mask(status[lane] == Status.unclassified) }
            return
        }
        // The first kind that matches wins, so they are tried from the last.
        kind.fill(-1, purchaseCount)
        for (position, test) in charges.kinds.reversed() {
            let segments = segments(ofEvents: test.kernel, .purchases)
            for lane in 0..<purchaseCount where test.selected[Int(segments[lane])] { kind[lane] = Int32(position) }
        }
        for lane in 0..<purchaseCount where status[lane] == Status.unclassified { kind[lane] = -1 }
    }

    private func loadParents() -> Lanes<Int32>? {
        guard let states = plan.purchases.states, let cells = states.parents else { return nil }
        parents.load(cells, rows.rows)
        return parents
    }

    /// The first charge that a charge names, by parent or by link; -1 where it names none.
    private func linkedCharge(
        of lane: Int, _ run: Range<Int>, _ parents: Lanes<Int32>?, _ links: [Lanes<UInt32>]
    ) -> Int {
        if let parents {
            let customer = Int(owner[lane])
            var current = lane
            for _ in 0..<100 {
                let parent = purchase(ofOrdinal: Int(parents[Int(row[current])]), customer)
                guard parent >= 0 else { break }
                current = parent
                if isFirstCharge(current) { return current }
            }
        }
        for link in links {
            let code = link[lane]
            if code == 0 { continue }
            var later = -1
            var earlier = -1
            for other in run where isFirstCharge(other) && link[other] == code {
                if time[other] <= time[lane] {
                    earlier = other
                } else if later < 0 {
                    later = other
                }
            }
            if earlier >= 0 { return earlier }
            if later >= 0 { return later }
        }
        return -1
    }

    private func isFirstCharge(_ lane: Int) -> Bool { kind[lane] == 0 && status[lane] == Status.counted }
}
