import Diagnostics
import Forecasts
package import Plans
import Quantities
import Queries

/// What each customer is expected to do, one a line.
package struct ForecastCustomersView: Sendable {
    private let result: ProjectForecast
    private let customers: [(id: String, customer: ProjectForecast.Customer)]

    /// - Parameter ids: of the buyers, in the forecast's order.
    package init(_ result: ProjectForecast, ids: [String]) {
        self.result = result
        customers = Array(zip(ids, result.customers))
    }

    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .json: json
        case .csv: listing(isRaw: true).render(format, width: width)
        case .table, .markdown: listing(isRaw: false).render(format, width: width)
        }
    }

    /// What they are expected to do, and what that rests on.
    private var json: String {
        let listing = listing(isRaw: true)
        let customers = listing.rows.map { row in
            JSONText.inline(
                .object(
                    zip(listing.columns, row).map { column, text in
                        (
                            column.name,
                            text.isEmpty ? .null : column.isNumber ? .number(text) : .string(text)
                        )
                    }))
        }
        return JSONText.object(ForecastView(result).basis + [("customers", .array(customers))]).indented
    }

    private func listing(isRaw: Bool) -> Listing {
        func number(_ name: String, _ title: String) -> Listing.Column {
            Listing.Column(name, title: isRaw ? name : title, isNumber: true)
        }
        return Listing(
            "customers",
            columns: [
                Listing.Column("customer"), number("repeat_orders", "repeat orders"),
                number("expected_orders", "orders"),
                number("average_order_value", "average order"), number("expected_value", "value"),
                number("revenue", "so far"), number("total_value", "together"), number("no_order_chance", "no order"),
                number("days_between_orders", "days between"),
                Listing.Column("expected_next_order", title: "next order"),
            ],
            rows: customers.map { row($0, $1, isRaw) }, empty: "There is no forecast.")
    }

    private func row(_ id: String, _ customer: ProjectForecast.Customer, _ isRaw: Bool) -> [String] {
        let forecast = customer.forecast
        func text(_ value: Value?, _ type: ValueType) -> String {
            isRaw
                ? NumberFormatting.raw(value) ?? ""
                : NumberFormatting.display(value, type: type, currency: result.semantics.displayCurrency)
        }
        return [
            id, text(.exact(ExactDecimal(customer.history.frequency)), .count), text(.real(forecast.orders), .number),
            text(forecast.averageOrder.map { .real($0) }, .money), text(forecast.value.map { .real($0) }, .money),
            text(.exact(customer.revenue), .money),
            text(forecast.value.map { .real($0 + customer.revenue.double * result.question.margin) }, .money),
            text(.real(forecast.noOrderChance), .ratio), text(.real(forecast.daysBetweenOrders), .number),
            result.nextOrder(of: customer)?.description ?? "",
        ]
    }
}
