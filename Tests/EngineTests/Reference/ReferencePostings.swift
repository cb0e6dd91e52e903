import Quantities
import Queries

/// Something booked on an instant.
struct ReferenceBooking {
    enum Kind {
        /// A successful purchase, with its amount.
        case order
        /// What was given back on a successful purchase, as a positive amount.
        case refund
        /// A cancelled purchase; no amount.
        case canceled
    }

    var kind: Kind
    var purchase: ReferencePurchase
    var instant: Instant
    var amount: ExactDecimal
    var currency: RawText

    /// The order of a purchase that counts.
    var isPurchase: Bool { kind == .order && purchase.counts }
}

extension ReferenceRun {
    func bookings(of customer: ReferenceCustomer) -> [ReferenceBooking] {
        var result: [ReferenceBooking] = []
        for purchase in customer.purchases {
            switch purchase.state {
            case .unclassified: break
            case .canceled:
                // Its refunds are left out: the whole order is gone already.
                result.append(
                    ReferenceBooking(
                        kind: .canceled, purchase: purchase, instant: purchase.instant, amount: .zero,
                        currency: purchase.currency))
            case .successful:
                result.append(
                    ReferenceBooking(
                        kind: .order, purchase: purchase, instant: purchase.instant, amount: purchase.amount,
                        currency: purchase.currency))
                for refund in purchase.refunds {
                    let instant =
                        switch semantics.refundDating {
                        case .order: purchase.instant
                        case .refund: refund.instant
                        }
                    result.append(
                        ReferenceBooking(
                            kind: .refund, purchase: purchase, instant: instant, amount: refund.amount,
                            currency: refund.currency))
                }
            }
        }
        return result
    }

    /// The booking's amount in the display currency.
    func displayAmount(of booking: ReferenceBooking) throws -> ExactDecimal {
        try amount(of: booking, in: semantics.displayCurrency, semantics.rates)
    }

    /// In the currency of conditions.
    func segmentAmount(of booking: ReferenceBooking) throws -> ExactDecimal {
        // Where it is the one that is shown, rates are those of what is shown.
        if semantics.segmentCurrency == semantics.displayCurrency { return try displayAmount(of: booking) }
        return try amount(of: booking, in: semantics.segmentCurrency, semantics.segmentRates)
    }

    private func amount(
        of booking: ReferenceBooking, in currency: String, _ rates: RateTable
    ) throws -> ExactDecimal {
        if booking.currency == RawText(currency) { return booking.amount }
        let day =
            switch semantics.fx {
            case .eventDate: zone.dayNumber(at: booking.instant)
            case .asOf: zone.dayNumber(at: asOf)
            }
        guard let rate = rates.rate(of: booking.currency.string, onDay: day) else {
            throw QueryError.missingRate(
                currency: booking.currency.string, date: CivilDate(dayNumber: day).description,
                display: currency)
        }
        return (booking.amount * rate).normalized
    }
}
