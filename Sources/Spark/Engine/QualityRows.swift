import Queries

extension QualityFinding {
    /// What a row of the findings counts.
    static func findings(_ row: [String?]) throws -> [QualityFinding] {
        guard row.count == 7, let source = row[0] else {
            throw SparkFailure(.malformedAnswer, "a row of findings with \(row.count) columns")
        }
        let counts = row[2...].map { $0.flatMap { Int($0) } ?? 0 }
        if let kind = Kind(rawValue: source) { return [QualityFinding(kind, count: counts[0])] }
        return zip(EvaluationSQL.purchaseFindings, counts).map { kind, count in
            QualityFinding(kind, count: count, detail: kind == .unclassifiedPurchases ? row[1] : nil)
        }
    }
}

extension QualityFinding {
    /// One finding a kind and detail; several consents count together.
    static func joined(_ findings: [QualityFinding]) -> [QualityFinding] {
        var joined: [QualityFinding] = []
        for finding in findings where finding.count > 0 {
            if let place = joined.firstIndex(where: {
                $0.kind == finding.kind && ($0.detail ?? "").utf8.elementsEqual((finding.detail ?? "").utf8)
                    && ($0.detail == nil) == (finding.detail == nil)
            }) {
                joined[place].count += finding.count
            } else {
                joined.append(finding)
            }
        }
        return joined
    }
}
