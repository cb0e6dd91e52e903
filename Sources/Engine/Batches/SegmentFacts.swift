import EventStores
import Queries

/// The segment of each row or purchase in each event segmentation, made when it is first asked for.
struct EventSegmentLanes {
    fileprivate var rows: [Lanes<UInt8>]
    fileprivate var purchases: [Lanes<UInt8>]
    fileprivate var hasRows: [Bool]
    fileprivate var hasPurchases: [Bool]

    init(count: Int) {
        rows = (0..<count).map { _ in Lanes() }
        purchases = (0..<count).map { _ in Lanes() }
        hasRows = Array(repeating: false, count: count)
        hasPurchases = hasRows
    }

    mutating func forget() {
        for index in hasRows.indices { (hasRows[index], hasPurchases[index]) = (false, false) }
    }
}

extension CustomerBatch {
    // MARK: - Event segmentations

    /// The segment of each row or purchase, the number of segments for none.
    func segments(ofEvents index: Int, _ domain: Domain) -> Lanes<UInt8> {
        let isOfRows = domain == .rows
        if isOfRows ? eventSegments.hasRows[index] : eventSegments.hasPurchases[index] {
            return isOfRows ? eventSegments.rows[index] : eventSegments.purchases[index]
        }
        guard let kernel = plan.eventSegments[index] else {
            preconditionFailure("an event segmentation of another event is asked of purchases")
        }
        let count = laneCount(domain)
        var lanes = isOfRows ? eventSegments.rows[index] : eventSegments.purchases[index]
        lanes.reserve(count)
        if let (slot, segments) = kernel.table {
            if isOfRows {
                rows.columns.translate(slot, by: segments, into: lanes)
            } else {
                translate(slot, by: segments, into: lanes)
            }
        } else {
            precondition(kernel.segments.count < 255, "an event segmentation has at most 254 segments")
            firstMatches(kernel.segments, domain, into: lanes)
        }
        if isOfRows {
            (eventSegments.rows[index], eventSegments.hasRows[index]) = (lanes, true)
        } else {
            (eventSegments.purchases[index], eventSegments.hasPurchases[index]) = (lanes, true)
        }
        return lanes
    }

    // MARK: - Consents and customer segmentations

    /// The state of each consent by customer at `as_of`, and findings about consent events.
    func makeConsents() {
        let customers = customerCount
        for index in consentStates.indices { consentStates[index].reserve(customers) }
        for group in plan.consentTexts {
            group.states(
                customers: customers, consentRows[group.table],
                into: group.consents.map { consentStates[$0] }, &quality)
        }
        for (index, kernel) in plan.consents.enumerated() where !plan.isConsentText[index] {
            let states = consentStates[index]
            switch kernel {
            case .absent: states.fill(0, customers)
            case .property(let slot, let test):
                if properties.isText(slot) {
                    let codes = properties.codes(slot)
                    each(customers) { customer in states[customer] = test.holds(code: codes[customer]) ? 1 : 0 }
                } else {
                    let words = properties.words(slot)
                    each(customers) { customer in states[customer] = test.holds(word: words[customer]) ? 1 : 0 }
                }
            case .events(let table, let rows):
                let batch = consentRows[table]
                each(customers) { customer in
                    states[customer] = rows.isValid(customer: customer, at: plan.asOf, batch) ? 1 : 0
                    rows.findings(customer: customer, upTo: plan.asOf, batch, &quality)
                }
            }
        }
    }

    /// Whether a customer's consent is given, as seen from an instant.
    func consent(_ index: Int, customer: Int, at instant: Int64) -> Bool {
        if case .events(let table, let rows) = plan.consents[index] {
            return rows.isValid(customer: customer, at: instant, consentRows[table])
        }
        return consentStates[index][customer] != 0
    }

    /// Segments by customer; with `consent_as_of: at_purchase` by purchase.
    func makeSegments() {
        let domain: Domain = plan.consentsAtPurchase ? .purchases : .customers
        for (index, segmentation) in plan.segmentations.enumerated() {
            segments[index].reserve(laneCount(domain))
            let lanes = segments[index]
            firstMatches(segmentation.segments, domain, into: lanes)
        }
    }

    /// Gives each lane the first condition that holds for it, their number where none does.
    private func firstMatches<Segment: FixedWidthInteger & BitwiseCopyable>(
        _ kernels: [PredicateKernel], _ domain: Domain, into segments: Lanes<Segment>
    ) {
        let count = laneCount(domain)
        let open = masks.push(count)
        let mask = masks.push(count)
        open.fill(1, count)
        // Who never bought is in no result; conditions are not asked of them.
        if domain == .customers, !plan.asksEverybody {
            let starts = starts
            each(count) { customer in
                open[customer] = UInt8(truncatingIfNeeded: Engine.mask(starts[customer] != starts[customer &+ 1]) & 1)
            }
        }
        segments.fill(Segment(kernels.count), count)
        for (position, kernel) in kernels.enumerated() {
            each(count) { lane in mask[lane] = open[lane] }
            evaluate(kernel, domain, mask)
            // From the number of all segments to that of this one.
            let change = Segment(kernels.count - position)
            each(count) { lane in
                // 1 or 0; who is found is open no more.
                let found = mask[lane]
                segments[lane] &-= change & (0 &- Segment(truncatingIfNeeded: found))
                open[lane] &= ~found
            }
        }
        masks.pop(2)
    }
}
