import Forecasts
import Testing

/// Customers who bought on one day alone may be counted instead of told one by one: the forecast is the same.
@Suite struct CountedCustomersTests {
    private struct Alike: Hashable {
        let firstDay: Int
        let history: BuyerHistory
        let calibration: BuyerHistory?
    }

    @Test func theSameForecast() throws {
        let (end, calibration) = (700, 500)
        let one = Simulation.customers(2_000, span: end, seed: 7).map {
            $0.forecast(until: end, calibration: calibration)
        }
        var counted = one.filter { $0.history.frequency > 0 }
        var alike: [Alike: Int] = [:]
        for customer in one where customer.history.frequency == 0 {
            alike[
                Alike(
                    firstDay: customer.firstDay, history: customer.history, calibration: customer.calibration),
                default: 0] += 1
        }
        counted += alike.map { alike, customers in
            ForecastCustomer(
                firstDay: alike.firstDay, history: alike.history, spend: 0, calibration: alike.calibration,
                customers: customers)
        }
        #expect(counted.count < one.count && counted.reduce(0) { $0 + $1.customers } == one.count)

        func base(_ customers: [ForecastCustomer]) -> CustomerBase {
            CustomerBase(customers, repeats: [:], days: end, knownDays: end - calibration)
        }
        let (first, second) = (base(one), base(counted))
        #expect(first.cells == second.cells && first.groups.groups == second.groups.groups)
        #expect(first.firsts == second.firsts && first.rankCorrelation == second.rankCorrelation)
        let known = try (#require(first.known), #require(second.known))
        #expect(known.0.cells == known.1.cells && known.0.groups.groups == known.1.groups.groups)
        let horizon = Horizon(weeks: 52, annualRate: 0.1)
        var all = try #require(Forecast(first, within: horizon).expectations)
        var grouped = try #require(Forecast(second, within: horizon).expectations)
        #expect(all.value(of: first.cells) == grouped.value(of: second.cells))
    }
}
