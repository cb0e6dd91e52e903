import Queries

/// Some measures of a query that look at the same rows: one pass over the bookings.
struct Pass {
    /// The position of the query.
    let query: Int
    let scope: Scope
    /// Positions of measures. Of periods each has a pass of its own.
    let measures: [Int]
    let isOfPeriods: Bool

    /// Passes of all queries, in an order that depends on nothing but the queries.
    static func all(_ queries: [Query]) -> [Pass] {
        queries.enumerated().flatMap { position, query -> [Pass] in
            let rows = Scope.allCases.compactMap { scope -> Pass? in
                let found = query.measures.indices.filter {
                    query.measures[$0].scope == scope && !query.measures[$0].kind.isOfPeriods
                }
                return found.isEmpty
                    ? nil : Pass(query: position, scope: scope, measures: found, isOfPeriods: false)
            }
            let periods = query.measures.indices.filter { query.measures[$0].kind.isOfPeriods }.map {
                Pass(query: position, scope: query.measures[$0].scope, measures: [$0], isOfPeriods: true)
            }
            return rows + periods
        }
    }
}

/// What is read of a sum of the answer.
enum SumReading {
    /// `c`: the sum of counts; `b`: the customers with any; `d`, `w`: sums of money, converted and as booked; `q`: a quantile.
    case count, customers, money, quantile

    init(_ kind: Measure.Kind) {
        switch kind {
        case .buyers, .repeatBuyers: self = .customers
        case .revenue, .grossRevenue, .refunds, .chargeAmount: self = .money
        case .gapQuantile: self = .quantile
        default: self = .count
        }
    }
}
