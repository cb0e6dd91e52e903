import Quantities
import Queries

extension SparkEngine {
    /// What is asked of Spark for an evaluation, for people: it runs as it stands in a session of UTC. Above it is what the
    /// columns of its rows are: each report with its metrics, their definitions, and the measures that these are made of.
    /// Forecasts are a statement of their own, behind that.
    ///
    /// - Throws: `QueryError`.
    func text(_ evaluation: Evaluation) throws -> String {
        let (statement, plan) = try sums(evaluation)
        var text = (comments(legend(evaluation, plan)) + [statement.inlined]).joined(separator: "\n") + ";\n"
        if let buyers = try BuyerStatement(evaluation, self) {
            let lines = [
                "What forecasts are made of: each buyer who came again (kind b), with those who bought on one day alone counted by",
                "what they have in common, and the repeat purchases of each day (kind d).",
            ]
            text += "\n" + (comments(lines) + [buyers.statement.inlined]).joined(separator: "\n") + ";\n"
        }
        return text
    }

    private func legend(_ evaluation: Evaluation, _ plan: SumPlan) -> [String] {
        let semantics = evaluation.semantics
        var lines = [
            "As of \(semantics.asOf), window from \(semantics.window.from) up to before \(semantics.window.to), timezone "
                + "\(semantics.timezone), amounts in \(semantics.displayCurrency), revenue \(semantics.revenueBasis).",
            "Each row is one grouping of bookings by the keys g0, g1, ..., and its sums as JSON. Money of reports by currency is",
            "in that currency, durations are in microseconds. The session has to be one of UTC: SET TIME ZONE 'UTC'.",
        ]
        for (position, query) in evaluation.queries.enumerated() {
            lines.append("")
            lines.append("Report \(query.id): \(query.title)")
            for column in query.columns {
                var line = "  \(column.name) (\(column.title))"
                if let expression = column.expression { line += " = \(expression.source)" }
                if !column.explanation.isEmpty { line += ": \(column.explanation)" }
                lines.append(line)
            }
            for (place, dimension) in query.groupBy.enumerated() { lines.append("  g\(place): \(dimension.words)") }
            for (grouping, reading) in plan.readings(of: position) {
                for (place, sum) in reading.values {
                    let measure = query.measures[place]
                    lines.append(
                        "  \(grouping) \(sum): \(reading.part.words)\(measure.name), \(measure.kind.words), "
                            + measure.scope.words)
                }
            }
        }
        lines += ["", "What is to be said about the data, counted"]
        for (grouping, sum, kind) in plan.findings { lines.append("  \(grouping) \(sum): \(kind.rawValue)") }
        return lines
    }

    private func comments(_ lines: [String]) -> [String] {
        lines.map { line in
            // Whatever is in a title stays in its line.
            let safe = line.unicodeScalars.map { scalar -> Character in
                [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
                    ? " " : Character(scalar)
            }
            return safe.isEmpty ? "--" : "-- " + String(safe)
        }
    }
}

extension PartReading.Part {
    fileprivate var words: String {
        switch self {
        case .total: "total of "
        case .group: ""
        case .cohort: "by whole cohort, "
        }
    }
}

extension Scope {
    fileprivate var words: String {
        switch self {
        case .window: "booked in the window"
        case .active: "whole histories of customers who bought in the window"
        case .acquired: "whole histories of customers whose first purchase is in the window"
        case .charges: "first charges of the window and what belongs to them"
        case .history: "everything up to as_of"
        }
    }
}

extension Measure.Kind {
    fileprivate var words: String {
        switch self {
        case .purchases: "purchases that count"
        case .canceledPurchases: "cancelled purchases"
        case .buyers: "distinct customers with a purchase"
        case .newBuyers: "customers whose first purchase it is"
        case .repeatBuyers(let least): "customers with at least \(least) purchases"
        case .revenue: "revenue"
        case .grossRevenue: "revenue before refunds"
        case .refunds: "what was given back"
        case .chargeCount(let kind): "charges of the kind \(kind.rawValue)"
        case .chargeAmount(let kind): "amount of charges of the kind \(kind.rawValue)"
        case .gapCount: "pairs of purchases one after the other"
        case .gapSum: "microseconds between purchases one after the other"
        case .gapQuantile(let share): "quantile \(share) of the microseconds between purchases"
        case .periodBuyers: "buyers by complete period"
        case .periodPurchases: "purchases in complete periods"
        case .retainedBuyers: "buyers of a period who had bought in the one before"
        case .previousPeriodBuyers: "buyers of the periods before"
        }
    }
}

extension Dimension {
    fileprivate var words: String {
        switch self {
        case .attribute(let name): "attribute \(name) of the purchase"
        case .property(let name): "property \(name) of the customer"
        case .segmentation(let id), .eventSegmentation(let id): "segment of \(id)"
        case .currency: "currency of the purchase"
        case .calendar(let unit): "\(unit.rawValue) of the booking"
        case .cohort(let unit): "\(unit.rawValue) of the customer's first purchase"
        case .age(let unit): "\(unit.rawValue)s since the first purchase"
        case .purchaseCount: "class of purchases by customer"
        case .daysToSecondPurchase: "class of days to the second purchase"
        }
    }
}
