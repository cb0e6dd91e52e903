import Quantities
import Queries

/// Where the columns of a row are: those of the purchase that it stands under, and those of its customer.
struct RowColumns {
    /// `r`, or `r.anchor` for rows that stand under their first charge.
    let home: String
    /// Segments and consents are those of the first charge's instant.
    let isOfAnchor: Bool

    var customer: String { "r" }

    func segment(_ name: String) -> String { "r.\(isOfAnchor ? "anchor_" : "")\(name)" }
}

/// The step `facts`: each booking with what is known of its customer, and of the purchases that it stands under. What passes
/// ask of all of a customer's bookings is counted once for each question.
final class FactsSQL {
    private let owner: EvaluationSQL
    /// By window: whether the customer has a purchase in it.
    private var activity: [Window: String] = [:]
    private var counts: [(condition: String, name: String)] = []

    init(_ owner: EvaluationSQL) { self.owner = owner }

    /// Whether a booking is in a scope.
    func scope(_ scope: Scope, _ window: Window, isAnchored: Bool) -> String {
        switch scope {
        case .charges where isAnchored: return "COALESCE(\(isIn("r.anchor.grouped_at", window)), FALSE)"
        case .window, .charges: return isIn("r.booked_at", window)
        case .acquired: return "COALESCE(\(isIn("r.first_at", window)), FALSE)"
        case .history: return "TRUE"
        case .active:
            let name = activity[window] ?? "is_active\(activity.isEmpty ? "" : "\(activity.count + 1)")"
            activity[window] = name
            return "r.\(name)"
        }
    }

    private func isIn(_ instant: String, _ window: Window) -> String {
        let (from, to) = (
            owner.text.long(window.from.microseconds, "from"), owner.text.long(window.to.microseconds, "to")
        )
        return "\(instant) >= \(from) AND \(instant) < \(to)"
    }

    /// How many of the customer's bookings fulfil a condition over `r`.
    func count(_ condition: String) -> String {
        if let known = counts.first(where: { $0.condition == condition }) { return "r.\(known.name)" }
        let name = "count\(counts.count + 1)"
        counts.append((condition, name))
        return "r.\(name)"
    }

    func add() throws {
        try owner.addQuantiles()
        // Those that there is something to say in; the last of them is `facts`.
        var steps: [(name: String, add: (_ name: String, _ source: String) throws -> Void)] = []
        steps.append(("histories", { [self] name, _ in addHistories(name) }))
        if let known = try known() { steps.append(("known", known)) }
        if !owner.evaluation.customerSegmentations.isEmpty {
            steps.append(("booking_facts", { [self] in try addSegments($0, from: $1) }))
        }
        if !counts.isEmpty { steps.append(("facts", { [self] in addCounts($0, from: $1) })) }
        var source = ""
        for (place, step) in steps.enumerated() {
            let name = place == steps.count - 1 ? "facts" : step.name
            try step.add(name, source)
            source = name
        }
    }

    private func addSegments(_ step: String, from source: String) throws {
        let variants = owner.hasAnchors && owner.isAtPurchase ? ["", "anchor_"] : [""]
        try owner.addSegments(
            step, "with segments by position, 0 for the remainder", from: source, variants: variants)
    }

    private func addCounts(_ step: String, from source: String) {
        let counted = counts.map { "COUNT_IF(\($0.condition)) OVER (PARTITION BY r.customer) AS \($0.name)" }
        owner.text.add(
            step, "with counts of the customer's bookings",
            "SELECT r.*,\n  \(counted.joined(separator: ",\n  "))\nFROM \(source) r")
    }

    /// Numbers of the customer's whole history beside each booking.
    private func addHistories(_ step: String) {
        var columns = ["b.*", "at AS own_at", "booked_at AS grouped_at", "currency AS home_currency"]
        columns += owner.historyOfBookings
        for (window, name) in activity.sorted(by: { $0.value < $1.value }) {
            columns.append("BOOL_OR(is_purchase AND \(isIn("at", window))) OVER (PARTITION BY customer) AS \(name)")
        }
        owner.text.add(
            step, "each booking with its customer's whole history",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM bookings b")
    }

    /// Properties, consents, what a model says, and quantiles; nil where nothing of it is asked.
    private func known() throws -> ((_ step: String, _ source: String) -> Void)? {
        var columns = ["b.*"]
        if owner.missingRateOfQuantiles != nil {
            columns = ["b.* EXCEPT (missing_segment_rate)"]
            columns.append("\(owner.missingSegmentRate(from: "b")) AS missing_segment_rate")
        }
        if owner.asksQuantiles { columns.append(EvaluationSQL.quantilesColumn) }
        var joins = ""
        if try owner.addProperties() {
            columns += owner.properties.map { "c.\(owner.propertyNames.name($0))" }
            joins += "\nLEFT JOIN properties c ON c.customer = b.customer"
        }
        for name in owner.consentEventNames {
            columns.append("\(owner.isGiven(name, at: owner.isAtPurchase ? "b.own_at" : owner.asOf)) AS \(name)")
            if owner.hasAnchors {
                let given = owner.isAtPurchase ? owner.isGiven(name, at: "b.anchor.at") : "NULL"
                columns.append("CAST(\(given) AS BOOLEAN) AS anchor_\(name)")
            }
            joins += "\nLEFT JOIN \(name) ON \(name).customer = b.customer"
        }
        if owner.asksPredictions {
            try owner.addPredicted()
            columns += EvaluationSQL.predictedColumns.map { "p.\($0)" }
            joins += "\nLEFT JOIN predicted p ON p.customer = b.customer"
        }
        if columns == ["b.*"] { return nil }
        let (text, list) = (owner.text, columns.joined(separator: ",\n  "))
        return { step, source in
            text.add(step, "with properties and consents", "SELECT \(list)\nFROM \(source) b\(joins)")
        }
    }
}
