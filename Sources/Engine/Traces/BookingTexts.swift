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
        booking(
            .purchase, of: lane, batch, time: batch.time[lane],
            native: batch.wide.map { $0.units[lane] } ?? Int128(batch.units[lane]),
            display: batch.purchasesWithoutRate.contains(Int32(lane))
                ? nil : batch.wide.map { $0.display[lane] } ?? Int128(batch.display[lane]),
            currency: batch.currency[lane], adds)
    }

    /// - Parameter adds: by measure of a trace.
    func refund(_ lane: Int, _ batch: CustomerBatch, adds: [MeasureValue?]) -> TracedBooking {
        booking(
            .refund, of: Int(batch.refundPurchase[lane]), batch, time: batch.refundTime[lane],
            native: -(batch.wide.map { $0.refundUnits[lane] } ?? Int128(batch.refundUnits[lane])),
            display: batch.refundsWithoutRate.contains(Int32(lane))
                ? nil : -(batch.wide.map { $0.refundDisplay[lane] } ?? Int128(batch.refundDisplay[lane])),
            currency: batch.refundCurrency[lane], adds)
    }

    /// - Parameter display: in the display currency; nil where no rate was known.
    private func booking(
        _ kind: TracedBooking.Kind, of purchase: Int, _ batch: CustomerBatch, time: Int64, native: Int128,
        display: Int128?, currency: Int32, _ adds: [MeasureValue?]
    ) -> TracedBooking {
        TracedBooking(
            customer: customer(purchase, batch), purchase: traced(purchase, batch), kind: kind,
            bookedAt: Instant(microseconds: time), amount: ExactDecimal(units: native, scale: plan.money.nativeScale),
            currency: plan.money.currencies[Int(currency)],
            converted: display.map { ExactDecimal(units: $0, scale: plan.money.displayScale) }, adds: adds)
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
