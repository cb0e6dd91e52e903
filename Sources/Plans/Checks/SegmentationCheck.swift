import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// For event segmentations over one text attribute: the values of the data that fall in no segment, with their share.
    func segmentationResults() -> [RequirementResult] {
        useCase.eventSegmentations.compactMap { segmentation in
            guard let event = profile.events.first(where: { $0.name == segmentation.event.value }),
                let (attribute, listed) = listedValues(segmentation),
                let found = event.attributes.first(where: { $0.name == attribute }), !found.values.isEmpty
            else { return nil }
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
