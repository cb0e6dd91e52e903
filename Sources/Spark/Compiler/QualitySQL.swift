import Quantities
import Queries

/// What a reader of the numbers should know about the data, counted.
extension EvaluationSQL {
    /// The kinds that are counted over purchases, in the order of their columns.
    static let purchaseFindings: [QualityFinding.Kind] = [
        .unclassifiedPurchases, .purchasesWithoutAmount, .negativePurchases, .chargesWithoutFirstCharge,
        .refundsAbovePurchase,
    ]

    /// The query over the steps; its columns are `source` (a kind of finding, or `purchases`), `detail`, and five counts.
    func qualitySelect() throws -> String {
        let definition = evaluation.purchases
        let amount = attributeNames.name(definition.amount)
        let isWithout =
            definition.charges != nil && semantics.attribution == .anchored
            ? "state = 's' AND charge IN ('upsell', 'rebill') AND anchor IS NULL" : "FALSE"
        let detail = try stateAttribute().map { "p.\(attributeNames.name($0))" } ?? EvaluationSQL.none
        func count(_ condition: String) -> String { "CAST(COUNT_IF(\(condition)) AS STRING)" }
        // Refunds in another currency are not compared.
        let refunds = text.has("refund_lists") ? "CONCAT(given_back, COALESCE(r.list, ARRAY()))" : "given_back"
        let join =
            text.has("refund_lists") ? "\nLEFT JOIN refund_lists r ON r.customer = p.customer AND r.key = p.key" : ""
        let givenBack =
            "AGGREGATE(FILTER(\(refunds), g -> COALESCE(g.currency, p.currency) = p.currency),"
            + " CAST(0 AS DECIMAL(38, \(money.amountScale))), (s, g) -> CAST(s + g.amount AS DECIMAL(38, \(money.amountScale))))"
        var parts = [
            """
            SELECT 'purchases' AS source, CASE WHEN state = 'u' THEN \(detail) END AS detail, \(count("state = 'u'")) AS n0,
              \(count("state = 's' AND \(amount) IS NULL")) AS n1, \(count("state = 's' AND amount < 0")) AS n2,
              \(count(isWithout)) AS n3, \(count("state = 's' AND \(givenBack) > GREATEST(amount, 0)")) AS n4
            FROM purchase_facts p\(join)
            GROUP BY 2
            """
        ]
        func add(_ kind: QualityFinding.Kind, _ source: String, _ condition: String = "TRUE") {
            let none = EvaluationSQL.none
            parts.append(
                "SELECT '\(kind.rawValue)', \(none), \(count(condition)), \(none), \(none), \(none), \(none)\nFROM \(source)"
            )
        }
        for consent in evaluation.consents {
            guard case .events = consent.source else { continue }
            let events = "said_\(consentNames.name(consent.category))"
            add(.unknownConsentActions, events, "NOT COALESCE(action IN ('accept', 'reject'), FALSE)")
            add(.consentsWithoutValidity, events, "action = 'accept' AND valid_until IS NULL")
        }
        if purchases.keys.key != nil {
            // The purchase does not exist yet.
            parts.append(
                "SELECT '\(QualityFinding.Kind.refundsWithoutPurchase.rawValue)', \(EvaluationSQL.none),"
                    + " CAST(SUM(SIZE(given_back)) AS STRING), \(EvaluationSQL.none), \(EvaluationSQL.none),"
                    + " \(EvaluationSQL.none), \(EvaluationSQL.none)\nFROM purchase_states WHERE at IS NULL")
        }
        if text.has("refunds") {
            add(
                .refundsWithoutPurchase,
                "refunds r\nLEFT JOIN purchase_states p ON p.customer = r.customer AND p.key = r.key", "p.at IS NULL")
        }
        return parts.joined(separator: "\nUNION ALL\n")
    }

    /// The text attribute that the success segmentation looks at first; nil where that is none.
    func stateAttribute() throws -> String? {
        let segmentation = try eventSegmentation(evaluation.purchases.success.segmentation)
        func first(_ predicate: Predicate) -> String? {
            switch predicate {
            case .all(let parts), .any(let parts): parts.lazy.compactMap { first($0) }.first
            case .not(let part): first(part)
            case .test(.attribute(let name), _): name
            case .test: nil
            }
        }
        guard let name = segmentation.segments.lazy.compactMap({ first($0.when) }).first,
            try type(ofAttribute: name) == .text
        else { return nil }
        return name
    }
}
