import Queries

/// Counts of findings about the data.
struct QualityCounts {
    private var counts: [QualityFinding.Kind: Int] = [:]
    /// Purchases in neither kind of state, by the code of the text that names the state.
    private var unclassified: [UInt32: Int] = [:]

    mutating func add(_ kind: QualityFinding.Kind, _ count: Int = 1) {
        if count > 0 { counts[kind, default: 0] += count }
    }

    /// Adds so many purchases; `code` gives that of each. Most have the code of the one before.
    mutating func addUnclassified(_ count: Int, _ code: (Int) -> UInt32) {
        var (current, run): (UInt32, Int) = (0, 0)
        for position in 0..<count {
            let code = code(position)
            if code != current {
                if run > 0 { unclassified[current, default: 0] += run }
                (current, run) = (code, 0)
            }
            run += 1
        }
        if run > 0 { unclassified[current, default: 0] += run }
    }

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
