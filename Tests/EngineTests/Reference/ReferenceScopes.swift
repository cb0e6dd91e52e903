import Quantities
import Queries

/// A booking in the scope of a measure.
struct ReferenceRow {
    var customer: ReferenceCustomer
    var booking: ReferenceBooking
    /// The purchase under which the row is filtered and grouped: its own, or its first charge.
    var home: ReferencePurchase
    /// The instant under which the row is grouped.
    var instant: Instant
}

extension ReferenceRun {
    func window(of query: Query) -> Window { query.window ?? semantics.window }

    /// The rows of a measure: in scope, past the query's and the measure's filters.
    func rows(of measure: Measure, in query: Query) throws -> [ReferenceRow] {
        var result: [ReferenceRow] = []
        for customer in customers {
            for row in try rows(of: customer, in: measure.scope, window(of: query)) {
                guard try passes(query.filter, row.home, of: customer) else { continue }
                guard try passes(measure.filter, row.home, of: customer) else { continue }
                result.append(row)
            }
        }
        return result
    }

    /// The customer's bookings in a scope, before any filter.
    func rows(of customer: ReferenceCustomer, in scope: Scope, _ window: Window) throws -> [ReferenceRow] {
        var result: [ReferenceRow] = []
        for booking in bookings(of: customer) {
            var row = ReferenceRow(
                customer: customer, booking: booking, home: booking.purchase, instant: booking.instant)
            switch scope {
            case .charges where semantics.attribution == .anchored:
                guard let anchor = try anchor(of: booking.purchase, customer) else { continue }
                guard window.contains(anchor.instant) else { continue }
                row.home = anchor
                row.instant = anchor.instant
            case .window, .charges:
                guard window.contains(booking.instant) else { continue }
            case .active, .acquired, .history:
                guard isInScope(customer, scope, window) else { continue }
            }
            result.append(row)
        }
        return result
    }

    /// Whether everything of the customer is in a scope that is one of customers.
    func isInScope(_ customer: ReferenceCustomer, _ scope: Scope, _ window: Window) -> Bool {
        switch scope {
        case .active: customer.counted.contains { window.contains($0.instant) }
        case .acquired: customer.firstPurchase.map { window.contains($0.instant) } ?? false
        case .window, .history, .charges: true
        }
    }
}
