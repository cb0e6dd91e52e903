import Quantities
import Queries

/// What a reader of the numbers should know about the data, counted.
extension EvaluationSQL {
    /// A select whose rows are a kind of finding, its count, and a detail.
    func qualitySelect() throws -> String {
        let definition = evaluation.purchases
        var parts: [String] = []
        func count(_ kind: QualityFinding.Kind, _ source: String, detail: String = EvaluationSQL.none) {
            parts.append(
                "SELECT '\(kind.rawValue)' AS finding, CAST(COUNT(*) AS STRING) AS count, \(detail) AS detail FROM \(source)"
            )
        }
        let detail = try stateColumn()
        parts.append(
            "SELECT '\(QualityFinding.Kind.unclassifiedPurchases.rawValue)' AS finding, CAST(COUNT(*) AS STRING) AS count,"
                + " \(detail) AS detail FROM purchases p WHERE state = 'u' GROUP BY 3")
        let amount = attributeNames.name(definition.amount)
        count(.purchasesWithoutAmount, "purchases p WHERE state = 's' AND p.\(amount) IS NULL")
        count(.negativePurchases, "purchases p WHERE state = 's' AND amount < 0")
        for consent in evaluation.consents {
            guard case .events = consent.source else { continue }
            let events = "\(consentNames.name(consent.category))_events"
            count(.unknownConsentActions, "\(events) WHERE NOT COALESCE(action IN ('accept', 'reject'), FALSE)")
            count(.consentsWithoutValidity, "\(events) WHERE action = 'accept' AND valid_until IS NULL")
        }
        if text.has("refunds") {
            count(
                .refundsWithoutPurchase,
                "refunds r LEFT ANTI JOIN purchase_states p ON p.customer = r.customer AND p.key = r.key")
            count(
                .refundsAbovePurchase,
                """
                (
                  SELECT b.customer, b.ordinal FROM bookings b
                  WHERE b.kind = 'refund' AND b.booked_currency = b.currency
                  GROUP BY b.customer, b.ordinal
                  HAVING SUM(b.booked) > GREATEST(FIRST(b.amount), 0)
                )
                """)
        }
        if definition.charges != nil, semantics.attribution == .anchored {
            count(
                .chargesWithoutFirstCharge,
                "purchase_facts WHERE state = 's' AND charge IN ('upsell', 'rebill') AND anchor IS NULL")
        }
        return parts.joined(separator: "\nUNION ALL\n")
    }

    /// The text of the first attribute that the success segmentation's first segment looks at.
    private func stateColumn() throws -> String {
        let segmentation = try eventSegmentation(evaluation.purchases.success.segmentation)
        func attributes(_ predicate: Predicate) -> [String] {
            switch predicate {
            case .all(let parts), .any(let parts): parts.flatMap(attributes)
            case .not(let part): attributes(part)
            case .test(.attribute(let name), _): [name]
            case .test: []
            }
        }
        guard let name = segmentation.segments.first.flatMap({ attributes($0.when).first }) else {
            return EvaluationSQL.none
        }
        return "CAST(p.\(attributeNames.name(name)) AS STRING)"
    }
}
