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
        let (kind, anchor, status, time) = (kind, anchor, status, time)
        var orphans = 0
        for customer in 0..<customerCount {
            let run = Int(starts[customer])..<Int(starts[customer + 1])
            var latest: Int32 = -1
            for lane in run {
                let isFirst = kind[lane] == 0 && status[lane] == Status.counted
                if isFirst { latest = Int32(lane) }
                guard kind[lane] >= 0 else {
                    anchor[lane] = -1
                    continue
                }
                if isFirst {
                    anchor[lane] = Int32(lane)
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
                        if kind[other] == 0, status[other] == Status.counted { found = Int32(other) }
                        other += 1
                    }
                }
                anchor[lane] = found
                if found < 0, status[lane] != Status.canceled { orphans += 1 }
            }
        }
        if plan.semantics.attribution == .anchored { quality.add(.chargesWithoutFirstCharge, orphans) }
    }

    private func findKinds(_ charges: PurchaseColumns.Charges) {
        let (kind, status) = (kind, status)
        // The first kind that matches wins, so they are tried from the last.
        kind.fill(-1, purchaseCount)
        for (position, test) in charges.kinds.reversed() {
            let segments = segments(ofEvents: test.kernel, .purchases)
            let selected = Lanes(test.selected)
            for lane in 0..<purchaseCount where selected[Int(segments[lane])] { kind[lane] = Int32(position) }
        }
        // Cancelled ones too: they are counted as cancelled under the first charge they belong to.
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
