/// What one thread of the kernel has added up: a dense table a grouping, no hashing.
///
/// Money is in units of the display currency, and of the currency itself where a charge is grouped by it. One thread
/// fills it, and gives it away when it is done.
final class KernelSums: @unchecked Sendable {
    struct Charge: BitwiseCopyable {
        var count = 0
        var amount = 0
    }

    /// Purchases of customers of the window's scope, or of a group of them.
    struct Life: BitwiseCopyable {
        var buyers = 0
        var repeatBuyers = 0
        var purchases = 0
        var revenue = 0
    }

    /// Purchases in the window.
    struct Window: BitwiseCopyable {
        var buyers = 0
        var purchases = 0
        var revenue = 0
        var canceled = 0
        var newBuyers = 0
        var newRevenue = 0
        var gaps = 0
        /// Microseconds of millions of gaps leave 64 bits.
        var gapSum: Int128 = 0
    }

    struct Cell: BitwiseCopyable {
        var buyers = 0
        var revenue = 0
    }

    /// By month; and lives all together, as their buyers are not the sum of the months'.
    let lives: PlainArray<Life>
    let windows: PlainArray<Window>
    var life = Life()
    /// By group times three kinds.
    let chargesByProduct: PlainArray<Charge>
    let chargesByCurrency: PlainArray<Charge>
    let chargesByDay: PlainArray<Charge>
    /// By remainder (0) and subscribers (1).
    let email: PlainArray<Life>
    let sms: PlainArray<Life>
    let countryLives: PlainArray<Life>
    let countryWindows: PlainArray<Window>
    /// By month of the cohort, then by month of the purchase.
    let cohorts: PlainArray<Cell>
    let samples: GapSamples

    /// - Parameter rows: at most that many gaps come.
    init(_ columns: KernelColumns, rows: Int) {
        let calendar = columns.calendar
        lives = PlainArray(repeating: Life(), count: calendar.months)
        windows = PlainArray(repeating: Window(), count: calendar.months)
        chargesByProduct = PlainArray(repeating: Charge(), count: columns.productNames.count * 3)
        chargesByCurrency = PlainArray(repeating: Charge(), count: KernelColumns.currencies.count * 3)
        chargesByDay = PlainArray(repeating: Charge(), count: calendar.days * 3)
        email = PlainArray(repeating: Life(), count: 2)
        sms = PlainArray(repeating: Life(), count: 2)
        countryLives = PlainArray(repeating: Life(), count: columns.countryNames.count)
        countryWindows = PlainArray(repeating: Window(), count: columns.countryNames.count)
        cohorts = PlainArray(repeating: Cell(), count: calendar.months * calendar.months)
        samples = GapSamples(rows: rows, months: calendar.months, days: calendar.days)
    }

    /// Adds the sums of another thread; the samples stay where they are.
    func add(_ other: KernelSums) {
        merge(lives, other.lives) { $0.add($1) }
        merge(windows, other.windows) { $0.add($1) }
        life.add(other.life)
        merge(chargesByProduct, other.chargesByProduct) { $0.add($1) }
        merge(chargesByCurrency, other.chargesByCurrency) { $0.add($1) }
        merge(chargesByDay, other.chargesByDay) { $0.add($1) }
        merge(email, other.email) { $0.add($1) }
        merge(sms, other.sms) { $0.add($1) }
        merge(countryLives, other.countryLives) { $0.add($1) }
        merge(countryWindows, other.countryWindows) { $0.add($1) }
        merge(cohorts, other.cohorts) { $0.add($1) }
    }

    private func merge<Element>(
        _ own: PlainArray<Element>, _ other: PlainArray<Element>, _ add: (inout Element, Element) -> Void
    ) {
        for index in 0..<own.count { add(&own[index], other[index]) }
    }
}

extension KernelSums.Charge {
    mutating func add(_ other: Self) {
        count += other.count
        amount += other.amount
    }
}

extension KernelSums.Life {
    mutating func add(_ other: Self) {
        buyers += other.buyers
        repeatBuyers += other.repeatBuyers
        purchases += other.purchases
        revenue += other.revenue
    }
}

extension KernelSums.Window {
    mutating func add(_ other: Self) {
        buyers += other.buyers
        purchases += other.purchases
        revenue += other.revenue
        canceled += other.canceled
        newBuyers += other.newBuyers
        newRevenue += other.newRevenue
        gaps += other.gaps
        gapSum += other.gapSum
    }
}

extension KernelSums.Cell {
    mutating func add(_ other: Self) {
        buyers += other.buyers
        revenue += other.revenue
    }
}
