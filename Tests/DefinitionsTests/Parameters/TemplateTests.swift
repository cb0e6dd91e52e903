import Definitions
import Diagnostics
import Testing

@Suite struct TemplateTests {
    private let template = SourceFile(
        path: "templates/list.yaml",
        text: """
            template: list
            kind: customer_segmentation
            parameters:
              id: {type: text}
              property: {type: text}
              values: {type: list, default: [a]}
            asset:
              id: "{{ id }}"
              name: "Segments of {{ id }}"
              segments:
                - {name: In, when: {property: "{{ property }}", in: "{{ values }}"}}
              remainder: Rest

            """)

    private func load(_ uses: String, _ template: SourceFile? = nil) -> (useCase: UseCase?, diagnostics: [Diagnostic]) {
        let text = """
            use_case: shop
            version: 1.0.0
            title: Shop
            parameters:
              countries: {type: list, default: [GB, "no"]}
              kind: {type: text, default: "Rest"}
            event_segmentations:
              - {id: state, name: State, event: p, segments: [{name: Good, when: {attribute: a, equals: b}}]}
            purchases: {event: p, amount: t, success: {segmentation: state, in: Good}}
            customer_segmentations:

            """
        return UseCase.load(
            file: SourceFile(path: "usecase.yaml", text: text + uses),
            templates: Templates(["list": template ?? self.template]))
    }

    @Test func listsPassThrough() throws {
        let (useCase, diagnostics) = load(
            "  - {template: list, with: {id: a, property: country, values: \"{{ countries }}\"}}\n"
                + "  - {template: list, with: {id: b, property: country}}\n"
                + "  - {template: list, with: {id: c, property: country, values: single}}\n")
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let values = try #require(useCase).customerSegmentations.map { segmentation -> [String] in
            guard case .test(_, let test) = segmentation.segments[0].when.value, case .isIn(let values) = test.value
            else { return [] }
            return values
        }
        #expect(values == [["GB", "no"], ["a"], ["single"]])
        #expect(
            useCase?.customerSegmentations.map(\.name.value) == ["Segments of a", "Segments of b", "Segments of c"])
    }

    /// A problem of a filled value stands where the use case gives it, and names the template's line.
    @Test func problemsOfValuesStandInTheUseCase() throws {
        let (_, diagnostics) = load("  - {template: list, with: {id: state, property: country}}\n")
        let diagnostic = try #require(diagnostics.first)
        #expect(diagnostics.map(\.code) == [.duplicateID])
        #expect(diagnostic.place?.file.path == "usecase.yaml")
        #expect(diagnostic.place?.line == 11)
        #expect(diagnostic.related.contains { $0.place.file.path == "templates/list.yaml" && $0.place.line == 8 })
    }

    @Test func problemsOfTheTemplateAreReportedOnce() {
        let broken = SourceFile(path: "t.yaml", text: template.text.replacing("remainder", with: "remaindr"))
        let uses =
            "  - {template: list, with: {id: a, property: c}}\n  - {template: list, with: {id: b, property: c}}\n"
        let (_, diagnostics) = load(uses, broken)
        #expect(diagnostics.map(\.code) == [.unknownKey])
        #expect(diagnostics.first?.place?.file.path == "t.yaml")
    }
}
