import Quantities
import Queries

/// An answer in the one form in which equal answers are equal: groups sorted by key and without those in which
/// everything is nothing, findings sorted and without those that count nothing.
func canonical(_ answer: EvaluationAnswer) -> EvaluationAnswer {
    var result = answer
    for index in result.measurements.indices {
        result.measurements[index].groups = canonical(answer.measurements[index].groups)
        result.measurements[index].cohorts = canonical(answer.measurements[index].cohorts)
    }
    result.quality = canonical(answer.quality)
    return result
}

func canonical(_ groups: [Measurement.Group]) -> [Measurement.Group] {
    // Without dimensions there is one group, which is the total.
    groups.filter { !$0.keys.isEmpty && !$0.values.allSatisfy(isNothing) }
        .sorted { ReferenceGroup(keys: $0.keys) < ReferenceGroup(keys: $1.keys) }
}

func canonical(_ findings: [QualityFinding]) -> [QualityFinding] {
    func order(_ finding: QualityFinding) -> (Int, RawText) {
        let kind = QualityFinding.Kind.allCases.firstIndex(of: finding.kind) ?? 0
        return (kind, RawText(finding.detail ?? ""))
    }
    return findings.filter { $0.count > 0 }.sorted { order($0) < order($1) }
}

private func isNothing(_ value: MeasureValue) -> Bool {
    switch value {
    case .count(let count): count == 0
    case .money(let money): money == .zero
    case .duration(let duration): duration == 0
    case .quantile(let quantile): quantile == nil
    }
}

/// Where two answers differ, a line a difference; empty where they agree. Everything is compared exactly, except
/// quantiles, which are floating point: those to twelve digits.
func differences(_ left: EvaluationAnswer, _ right: EvaluationAnswer) -> [String] {
    let (left, right) = (canonical(left), canonical(right))
    var lines: [String] = []
    if left.measurements.map(\.query) != right.measurements.map(\.query) {
        return ["queries: \(left.measurements.map(\.query)) | \(right.measurements.map(\.query))"]
    }
    for (a, b) in zip(left.measurements, right.measurements) {
        let total = ReferenceGroup(keys: [])
        lines += differences([total: a.total], [total: b.total], "\(a.query) total")
        lines += differences(byKeys(a.groups), byKeys(b.groups), "\(a.query) group")
        lines += differences(byKeys(a.cohorts), byKeys(b.cohorts), "\(a.query) cohort")
        if a.groups.count != byKeys(a.groups).count || b.groups.count != byKeys(b.groups).count {
            lines.append("\(a.query): a group occurs twice")
        }
    }
    func texts(_ findings: [QualityFinding]) -> [RawText] {
        findings.map { RawText("\($0.kind.rawValue) \($0.count) \($0.detail ?? "-")") }
    }
    if texts(left.quality) != texts(right.quality) {
        lines.append("quality: \(texts(left.quality)) | \(texts(right.quality))")
    }
    return lines
}

private func byKeys(_ groups: [Measurement.Group]) -> [ReferenceGroup: [MeasureValue]] {
    Dictionary(groups.map { (ReferenceGroup(keys: $0.keys), $0.values) }) { first, _ in first }
}

private func differences(
    _ left: [ReferenceGroup: [MeasureValue]], _ right: [ReferenceGroup: [MeasureValue]], _ place: String
) -> [String] {
    var lines: [String] = []
    for group in Set(left.keys).union(right.keys).sorted() {
        switch (left[group], right[group]) {
        case (let a?, let b?):
            if a.count != b.count || !zip(a, b).allSatisfy(agree) {
                lines.append("\(place) \(group.keys): \(a.map(show)) | \(b.map(show))")
            }
        case (let a, let b):
            lines.append("\(place) \(group.keys): \(a?.map(show) ?? ["absent"]) | \(b?.map(show) ?? ["absent"])")
        }
    }
    return lines
}

private func agree(_ left: MeasureValue, _ right: MeasureValue) -> Bool {
    if case .quantile(let a?) = left, case .quantile(let b?) = right {
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    }
    return left == right
}

private func show(_ value: MeasureValue) -> String {
    switch value {
    case .count(let count): "\(count)"
    case .money(let money): "\(money.normalized)"
    case .duration(let duration): "\(duration) us"
    case .quantile(let quantile): quantile.map { "\($0) d" } ?? "none"
    }
}
