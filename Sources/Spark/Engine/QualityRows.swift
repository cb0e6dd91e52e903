import Queries

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
