import EventStores
import Quantities
import Queries

/// Turns lanes of a batch into bookings that can be read.
struct BookingTexts {
    private let plan: EvaluationPlan
    private let ids: TextDictionary
    private let keys: (codes: Cells<UInt32>, dictionary: TextDictionary)?
    private let segmentNames: [String]

    init(_ plan: EvaluationPlan, _ store: EventStore) throws {
        self.plan = plan
        ids = try store.customers.ids
        guard let table = store.tables[plan.purchaseEvent] else {
            preconditionFailure("the plan has found the purchase's table")
        }
        if let key = table.keys.key, case .text(let codes, let dictionary)? = try table.column(key) {
            keys = (codes, dictionary)
        } else {
            keys = nil
        }
        segmentNames = plan.successSegments
    }

    func customer(_ lane: Int, _ batch: CustomerBatch) -> String {
        ids.text(of: UInt32(batch.customers.lowerBound + Int(batch.owner[lane]) + 1))
    }

    /// - Parameter adds: by measure of a trace.
    func purchase(_ lane: Int, _ batch: CustomerBatch, adds: [MeasureValue?]) -> TracedBooking {
        let hasRate = !batch.purchasesWithoutRate.contains(Int32(lane))
        let native = batch.wide.map { $0.units[lane] } ?? Int128(batch.units[lane])
        let display = batch.wide.map { $0.display[lane] } ?? Int128(batch.display[lane])
        return TracedBooking(
            customer: customer(lane, batch), purchase: traced(lane, batch), kind: .purchase,
            bookedAt: Instant(microseconds: batch.time[lane]),
            amount: ExactDecimal(units: native, scale: plan.money.nativeScale),
            currency: plan.money.currencies[Int(batch.currency[lane])],
            converted: hasRate ? ExactDecimal(units: display, scale: plan.money.displayScale) : nil, adds: adds)
    }

    func refund(_ lane: Int, _ batch: CustomerBatch, adds: [MeasureValue?]) -> TracedBooking {
        let purchase = Int(batch.refundPurchase[lane])
        let hasRate = !batch.refundsWithoutRate.contains(Int32(lane))
        let native = batch.wide.map { $0.refundUnits[lane] } ?? Int128(batch.refundUnits[lane])
        let display = batch.wide.map { $0.refundDisplay[lane] } ?? Int128(batch.refundDisplay[lane])
        return TracedBooking(
            customer: customer(purchase, batch), purchase: traced(purchase, batch), kind: .refund,
            bookedAt: Instant(microseconds: batch.refundTime[lane]),
            amount: ExactDecimal(units: -native, scale: plan.money.nativeScale),
            currency: plan.money.currencies[Int(batch.refundCurrency[lane])],
            converted: hasRate ? ExactDecimal(units: -display, scale: plan.money.displayScale) : nil, adds: adds)
    }

    private func traced(_ lane: Int, _ batch: CustomerBatch) -> TracedPurchase {
        let row = batch.rows.rows.lowerBound + Int(batch.row[lane])
        let code = keys?.codes[row] ?? 0
        let segment = Int(batch.segments(ofEvents: plan.purchases.success.kernel, .purchases)[lane])
        let standing: TracedPurchase.Standing =
            switch batch.status[lane] {
            case CustomerBatch.Status.counted: .counted
            case CustomerBatch.Status.uncounted: .uncounted
            case CustomerBatch.Status.canceled: .canceled
            default: .unclassified
            }
        return TracedPurchase(
            key: code == 0 ? nil : keys?.dictionary.text(of: code), at: Instant(microseconds: batch.time[lane]),
            standing: standing, segment: segment < segmentNames.count ? segmentNames[segment] : nil)
    }
}
