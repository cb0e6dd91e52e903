import Dispatch
import Synchronization

/// The twelve reports in one pass over customers, written by hand for these reports and this data: the limit that the
/// engine is held against.
///
/// Rows of a customer are in order of time and the window ends with the data, so who is in the window's scope is seen
/// at the customer's last rows, and whoever is not costs one look.
struct FusedKernel: Sendable {
    let columns: KernelColumns
    let threads: Int

    struct Answer {
        var sums: KernelSums
        /// By month, and last over all: the median and the 90th percentile of the gaps, in days.
        var quantiles: [[Double?]]
    }

    func answer() -> Answer {
        let ranges = customerRanges()
        let results = Mutex<[KernelSums?]>(Array(repeating: nil, count: ranges.count))
        DispatchQueue.concurrentPerform(iterations: ranges.count) { index in
            let range = ranges[index]
            let rows = Int(columns.offsets[range.upperBound]) - Int(columns.offsets[range.lowerBound])
            let sums = KernelSums(columns, rows: rows)
            KernelPass(columns, sums).visit(range)
            results.withLock { $0[index] = sums }
        }
        let parts = results.withLock { $0.compactMap(\.self) }
        let sums = parts[0]
        for part in parts.dropFirst() { sums.add(part) }
        return Answer(sums: sums, quantiles: GapSamples.quantiles([0.5, 0.9], parts.map(\.samples)))
    }

    /// Contiguous ranges with about the same number of purchases.
    private func customerRanges() -> [Range<Int>] {
        let customers = columns.offsets.count - 1
        let rows = Int(columns.offsets[customers])
        var bounds = [0]
        var customer = 0
        for part in 1..<max(1, threads) {
            while Int(columns.offsets[customer]) < rows * part / threads { customer += 1 }
            bounds.append(customer)
        }
        bounds.append(customers)
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }
}

/// One thread's pass.
private struct KernelPass {
    private let columns: KernelColumns
    private let calendar: KernelCalendar
    private let sums: KernelSums

    init(_ columns: KernelColumns, _ sums: KernelSums) {
        self.columns = columns
        calendar = columns.calendar
        self.sums = sums
    }

    func visit(_ customers: Range<Int>) {
        for customer in customers { visit(customer) }
    }

    @inline(__always) private func day(_ time: Int64) -> Int {
        Int(time / KernelCalendar.microsecondsOfDay) - calendar.firstDay
    }

    private func visit(_ customer: Int) {
        let begin = Int(columns.offsets[customer])
        let end = Int(columns.offsets[customer + 1])
        var row = end
        var completed = 0
        while row > begin, columns.times[row - 1] >= calendar.since {
            row -= 1
            let code = columns.codes[row]
            if Purchase.isCompleted(code) {
                completed += 1
            } else if Purchase.isCanceled(code) {
                sums.windows[Int(calendar.monthOfDay[day(columns.times[row])])].canceled += 1
            }
        }
        if completed > 0 { visitActive(customer, begin, row, end, completed) }
    }

    /// - Parameters:
    ///   - middle: the first row in the window.
    ///   - completed: purchases in the window that count.
    private func visitActive(_ customer: Int, _ begin: Int, _ middle: Int, _ end: Int, _ completed: Int) {
        var earlier = 0
        for row in begin..<middle where Purchase.isCompleted(columns.codes[row]) { earlier += 1 }
        let isRepeat = earlier + completed >= 2 ? 1 : 0

        // Before the window: only what lives add up.
        var last = -1
        var previous: Int64 = -1
        var lifeRevenue = 0
        for row in begin..<middle {
            let code = columns.codes[row]
            guard Purchase.isCompleted(code) else { continue }
            let time = columns.times[row]
            let day = day(time)
            let month = Int(calendar.monthOfDay[day])
            let value = Int(columns.amounts[row]) &* rate(code, day)
            let isFirst = month == last ? 0 : 1
            lifeRevenue &+= value
            addLife(month, isFirst, isRepeat, value)
            last = month
            previous = time
        }

        var cohort = -1
        var windowRevenue = 0
        var (anchorDay, anchorProduct) = (-1, 0)
        // A month that the window cuts holds purchases of both sides: those of the window are buyers of their own.
        var lastInWindow = -1
        for row in middle..<end {
            let code = columns.codes[row]
            guard Purchase.isCompleted(code) else { continue }
            let time = columns.times[row]
            let day = day(time)
            let month = Int(calendar.monthOfDay[day])
            let amount = Int(columns.amounts[row])
            let value = amount &* rate(code, day)
            windowRevenue &+= value
            addLife(month, month == last ? 0 : 1, isRepeat, value)
            last = month

            var window = sums.windows[month]
            let isFirst = month == lastInWindow ? 0 : 1
            lastInWindow = month
            window.buyers &+= isFirst
            window.purchases &+= 1
            window.revenue &+= value
            if previous >= 0 {
                let gap = time &- previous
                window.gaps &+= 1
                window.gapSum &+= Int128(truncatingIfNeeded: gap)
                sums.samples.append(gap, month: month)
            }
            previous = time
            if earlier == 0 {
                if cohort < 0 {
                    cohort = month
                    window.newBuyers &+= 1
                }
                window.newRevenue &+= value
                let index = cohort &* calendar.months &+ month
                var cell = sums.cohorts[index]
                cell.buyers &+= isFirst
                cell.revenue &+= value
                sums.cohorts[index] = cell
            }
            sums.windows[month] = window

            let kind = Purchase.kind(code)
            if kind == 0 { (anchorDay, anchorProduct) = (day, Int(columns.products[row])) }
            if anchorDay >= 0 {
                add(sums.chargesByProduct, anchorProduct &* 3 &+ kind, value)
                add(sums.chargesByDay, anchorDay &* 3 &+ kind, value)
                add(sums.chargesByCurrency, Purchase.currency(code) &* 3 &+ kind, amount)
            }
        }
        lifeRevenue &+= windowRevenue

        let life = KernelSums.Life(
            buyers: 1, repeatBuyers: isRepeat, purchases: earlier + completed, revenue: lifeRevenue)
        sums.life.add(life)
        addCustomer(customer, life, completed, windowRevenue)
    }

    @inline(__always) private func rate(_ code: UInt8, _ day: Int) -> Int {
        Int(columns.rates[Purchase.currency(code) &* calendar.days &+ day])
    }

    @inline(__always) private func addLife(_ month: Int, _ isFirst: Int, _ isRepeat: Int, _ value: Int) {
        var life = sums.lives[month]
        life.buyers &+= isFirst
        life.repeatBuyers &+= isFirst & isRepeat
        life.purchases &+= 1
        life.revenue &+= value
        sums.lives[month] = life
    }

    @inline(__always) private func add(_ charges: PlainArray<KernelSums.Charge>, _ index: Int, _ amount: Int) {
        var charge = charges[index]
        charge.count &+= 1
        charge.amount &+= amount
        charges[index] = charge
    }

    /// What is grouped by customer: consents and country.
    private func addCustomer(_ customer: Int, _ life: KernelSums.Life, _ purchases: Int, _ revenue: Int) {
        var states = (email: 0, sms: 0)
        var times = (email: Int64.min, sms: Int64.min)
        let rows = Int(columns.consentOffsets[customer])..<Int(columns.consentOffsets[customer + 1])
        for row in rows {
            let time = columns.consentTimes[row]
            let accepts = columns.consentEnds[row] > calendar.asOf ? 1 : 0
            // Of equal timestamps the rejection wins.
            if columns.consentCategories[row] == 0 {
                states.email = time == times.email ? states.email & accepts : accepts
                times.email = time
            } else {
                states.sms = time == times.sms ? states.sms & accepts : accepts
                times.sms = time
            }
        }
        sums.email[states.email].add(life)
        sums.sms[states.sms].add(life)
        let country = Int(columns.countries[customer])
        sums.countryLives[country].add(life)
        sums.countryWindows[country].purchases += purchases
        sums.countryWindows[country].revenue += revenue
        sums.countryWindows[country].buyers += 1
    }
}
