import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// For event segmentations over one text attribute: the values of the data that fall in no segment, with their share.
    func segmentationResults() -> [RequirementResult] {
        useCase.eventSegmentations.flatMap { [listedTwice($0), segmentationResult($0)].compactMap(\.self) }
    }

    /// A value that two segments list is in the first of them.
    private func listedTwice(_ segmentation: EventSegmentationDefinition) -> RequirementResult? {
        guard let (attribute, _) = listedValues(segmentation) else { return nil }
        var owners: [String: String] = [:]
        var twice: [String] = []
        for segment in segmentation.segments {
            for value in listedValues(segmentation, in: [segment.name.value]) {
                if let owner = owners[value], owner != segment.name.value {
                    twice.append("'\(value)' is in '\(owner)', which comes first, and in '\(segment.name.value)'")
                }
                owners[value] = owners[value] ?? segment.name.value
            }
        }
        if twice.isEmpty { return nil }
        return RequirementResult(
            "segments of \(segmentation.event.value).\(attribute)", level: .recommended, status: .missing,
            evidence: twice, hints: ["name each value once in values.yaml"], place: segmentation.id.place)
    }

    private func segmentationResult(_ segmentation: EventSegmentationDefinition) -> RequirementResult? {
        guard let event = profile.events.first(where: { $0.name == segmentation.event.value }),
            let (attribute, listed) = listedValues(segmentation),
            let found = event.attributes.first(where: { $0.name == attribute }), !found.values.isEmpty
        else { return nil }
        // Of more values than these, the rest may be what is listed.
        let isComplete = (found.distinct ?? 0) <= found.values.count
        let success = Set(useCase.purchases.success.segments.map(\.value))
        let isSuccess = segmentation.id.value == useCase.purchases.success.segmentation.value
        let counted = isSuccess ? listedValues(segmentation, in: success) : []
        if isSuccess, counted.isEmpty || (isComplete && !found.values.contains { counted.contains($0.value) }) {
            let shown = found.values.prefix(5).map { "'\($0.value)' \(share($0.count, of: found.rows))" }
            return RequirementResult(
                "successful \(event.name)", level: .required, status: .missing,
                evidence: [
                    counted.isEmpty
                        ? "no value means success: the list is empty"
                        : "no \(event.name) has one of the values \(counted.joined(separator: ", "))",
                    "\(attribute): \(shown.joined(separator: ", "))",
                ],
                hints: ["name the values that mean success in values.yaml"], place: segmentation.id.place)
        }
        let outside = found.values.filter { !listed.contains($0.value) }
        let unused = listed.filter { value in !found.values.contains { $0.value == value } }
        if outside.isEmpty { return nil }
        let shown = outside.prefix(5).map { "'\($0.value)' \(share($0.count, of: found.rows))" }
        return RequirementResult(
            "values of \(event.name).\(attribute)", level: .recommended, status: .default,
            evidence: ["in no segment of '\(segmentation.name.value)': \(shown.joined(separator: ", "))"]
                + (unused.isEmpty ? [] : ["not in the data: \(unused.joined(separator: ", "))"]),
            hints: ["if they mean success or cancellation, name them in values.yaml"],
            place: segmentation.id.place)
    }

    /// The values that segments of those names list.
    private func listedValues(_ segmentation: EventSegmentationDefinition, in names: Set<String>) -> [String] {
        segmentation.segments.filter { names.contains($0.name.value) }.flatMap { segment -> [String] in
            guard case .test(_, let test) = segment.when.value, case .isIn(let list) = test.value else { return [] }
            return list
        }
    }

    /// The one attribute that all segments list values of; nil for anything more complex.
    private func listedValues(_ segmentation: EventSegmentationDefinition) -> (String, [String])? {
        var attribute: String?
        var values: [String] = []
        for segment in segmentation.segments {
            guard case .test(let subject, let test) = segment.when.value, case .attribute(let name) = subject.value,
                case .isIn(let list) = test.value, attribute == nil || attribute == name
            else { return nil }
            attribute = name
            values += list
        }
        return attribute.map { ($0, values) }
    }
}
