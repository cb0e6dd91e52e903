import Queries

/// Counts of findings about the data.
struct QualityCounts {
    private var counts: [QualityFinding.Kind: Int] = [:]
    /// Purchases in neither kind of state, by the code of the text that names the state.
    private var unclassified: [UInt32: Int] = [:]

    mutating func add(_ kind: QualityFinding.Kind, _ count: Int = 1) {
        if count > 0 { counts[kind, default: 0] += count }
    }

    mutating func addUnclassified(code: UInt32) { unclassified[code, default: 0] += 1 }

    mutating func merge(_ other: QualityCounts) {
        counts.merge(other.counts, uniquingKeysWith: +)
        unclassified.merge(other.unclassified, uniquingKeysWith: +)
    }

    func findings(_ plan: EvaluationPlan) -> [QualityFinding] {
        var findings = unclassified.map { code, count in
            QualityFinding(.unclassifiedPurchases, count: count, detail: plan.purchases.stateText(of: code))
        }
        findings.sort { ($1.count, $0.detail ?? "") < ($0.count, $1.detail ?? "") }
        for kind in QualityFinding.Kind.allCases {
            if let count = counts[kind] { findings.append(QualityFinding(kind, count: count)) }
        }
        return findings
    }
}
