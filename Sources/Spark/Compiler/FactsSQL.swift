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
        addHistories()
        try addKnown()
        let last = counts.isEmpty ? "facts" : "booking_facts"
        let variants = owner.hasAnchors && owner.isAtPurchase ? ["", "anchor_"] : [""]
        try owner.addSegments(
            last, "with segments by position, 0 for the remainder", from: "known", variants: variants)
        guard !counts.isEmpty else { return }
        let counted = counts.map { "COUNT_IF(\($0.condition)) OVER (PARTITION BY r.customer) AS \($0.name)" }
        owner.text.add(
            "facts", "with counts of the customer's bookings",
            "SELECT r.*,\n  \(counted.joined(separator: ",\n  "))\nFROM booking_facts r")
    }

    /// Numbers of the customer's whole history beside each booking.
    private func addHistories() {
        var columns = ["b.*", "at AS own_at", "booked_at AS grouped_at", "currency AS home_currency"]
        columns += owner.historyOfBookings
        for (window, name) in activity.sorted(by: { $0.value < $1.value }) {
            columns.append("BOOL_OR(is_purchase AND \(isIn("at", window))) OVER (PARTITION BY customer) AS \(name)")
        }
        owner.text.add(
            "histories", "each booking with its customer's whole history",
            "SELECT \(columns.joined(separator: ",\n  "))\nFROM bookings b")
    }

    /// Properties and consents.
    private func addKnown() throws {
        var columns = ["b.*"]
        if owner.missingRateOfQuantiles != nil {
            columns = ["b.* EXCEPT (missing_segment_rate)"]
            columns.append("\(owner.missingSegmentRate(from: "b")) AS missing_segment_rate")
        }
        if owner.asksQuantiles { columns.append(EvaluationSQL.quantilesColumn) }
        var source = "histories b"
        if try owner.addProperties() {
            columns += owner.properties.map { "c.\(owner.propertyNames.name($0))" }
            source += "\nLEFT JOIN properties c ON c.customer = b.customer"
        }
        for name in owner.consentEventNames {
            columns.append("\(owner.isGiven(name, at: owner.isAtPurchase ? "b.own_at" : owner.asOf)) AS \(name)")
            if owner.hasAnchors {
                let given = owner.isAtPurchase ? owner.isGiven(name, at: "b.anchor.at") : "NULL"
                columns.append("CAST(\(given) AS BOOLEAN) AS anchor_\(name)")
            }
            source += "\nLEFT JOIN \(name) ON \(name).customer = b.customer"
        }
        if owner.asksPredictions {
            try owner.addPredicted()
            columns += EvaluationSQL.predictedColumns.map { "p.\($0)" }
            source += "\nLEFT JOIN predicted p ON p.customer = b.customer"
        }
        owner.text.add(
            "known", "with properties and consents", "SELECT \(columns.joined(separator: ",\n  "))\nFROM \(source)")
    }
}
