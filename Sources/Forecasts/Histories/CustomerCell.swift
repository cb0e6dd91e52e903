/// Customers with the same history and what they spent: all that sums over them need.
package struct CustomerCell: Hashable, Sendable {
    package var history: BuyerHistory
    package var customers: Int
    /// What their repeat purchases amount to together, and the sum of each customer's amount squared.
    package var spend: Double
    package var spendSquares: Double

    package init(_ history: BuyerHistory, customers: Int, spend: Double, spendSquares: Double) {
        self.history = history
        self.customers = customers
        self.spend = spend
        self.spendSquares = spendSquares
    }

    /// One customer, or several who spent nothing on repeat purchases.
    package init(_ history: BuyerHistory, customers: Int = 1, spend: Double) {
        self.init(history, customers: customers, spend: spend, spendSquares: spend * spend)
    }
}

extension Sequence<CustomerCell> {
    /// One cell a history, in the order of frequency, recency and age. What is added up comes in the order of amounts, so
    /// that sums are the same whatever the order of the customers.
    package func merged() -> [CustomerCell] {
        let sorted = sorted { a, b in
            (a.history.frequency, a.history.recency, a.history.age, a.spend, a.customers)
                < (b.history.frequency, b.history.recency, b.history.age, b.spend, b.customers)
        }
        var result: [CustomerCell] = []
        for cell in sorted {
            if let last = result.indices.last, result[last].history == cell.history {
                result[last].customers += cell.customers
                result[last].spend += cell.spend
                result[last].spendSquares += cell.spendSquares
            } else {
                result.append(cell)
            }
        }
        return result
    }
}
