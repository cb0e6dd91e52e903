import Testing

/// Holds a whole history, evaluated with the use case `figures`, against a reading of the reference answers. Counts and
/// revenue are exact; the reference rounds everything else to six digits.
func compare(_ result: Evaluated, to reading: ReferenceAnswers.Reading) throws {
    let headline = try result.report("headline").total
    #expect(headline["buyers"] == Figure(reading.buyers))
    #expect(headline["new_buyers"] == Figure(reading.buyers))
    #expect(headline["purchases"] == Figure(reading.orders))
    #expect(headline["repeat_buyers"] == Figure(reading.buyersWithTwoOrMore))
    #expect(headline["revenue"] == reading.revenue)
    #expect(headline["gaps"] == Figure(reading.orders - reading.buyers))
    for (name, expected) in [
        ("repurchase_rate", reading.repurchaseRate), ("frequency", reading.frequency), ("aov", reading.aov),
        ("revenue_per_buyer", reading.revenuePerBuyer), ("average_gap", reading.meanDaysBetweenOrders),
    ] {
        #expect(headline[name]?.isClose(to: expected) == true, "\(name): \(headline[name] ?? .null), not \(expected)")
    }
    let months = try result.report("months")
    for (month, newBuyers) in reading.newBuyersByMonth {
        #expect(try months.row(month)["new_buyers"] == Figure(newBuyers), "new buyers of \(month)")
    }
    // The class of the most orders begins at that number, and nobody is in a later one.
    let classes = try result.report("purchases-per-buyer")
    let occupied = classes.rows.filter { $0.values["lifetime_buyers"] != 0 }
    let last = occupied.last?.keys.values.first?.label ?? ""
    #expect(last == "\(reading.mostOrders)")
    if let cohort = reading.cohort { try compare(try result.report("cohorts"), to: cohort) }
}

private func compare(_ report: Report, to cohort: ReferenceAnswers.Cohort) throws {
    for (age, active) in cohort.active.enumerated() {
        let row = try report.row("\(cohort.month) \(age)")
        #expect(row["cohort_buyers"] == Figure(active), "active in month \(age)")
        #expect(row["cohort_retention"]?.isClose(to: cohort.retention[age]) == true, "retention of month \(age)")
        #expect(row["cohort_cltv"]?.isClose(to: cohort.cumulativeRevenue[age]) == true, "CLTV up to month \(age)")
    }
}
