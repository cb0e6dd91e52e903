import Deployments
import Diagnostics
import Foundation
import Plans
import Testing

@Suite struct SavedPlanTests {
    private let plan = SavedPlan(
        blueprint([
            segmentation("buyers", name: "O'Neill's \u{1F600} cafe\u{301}"), segmentation("sleepers", name: "B"),
        ]),
        base: 3, generation: 7, valuesFiles: ["values.staging.yaml"], settings: ["name_prefix=[B] "])

    @Test func aPlanIsReadBack() throws {
        #expect(try SavedPlan(plan.data(), path: "p.plan") == plan)
        var first = plan
        first.base = nil
        first.generation = nil
        #expect(try SavedPlan(first.data(), path: "p.plan") == first)
    }

    @Test func anEditedPlanIsRefused() throws {
        let text = String(decoding: try plan.data(), as: UTF8.self)
        for (old, new) in [("\"name\" : \"B\"", "\"name\" : \"C\""), ("\"base\" : 3", "\"base\" : 4"), ("_B", "_C")]
        where text.contains(old) {
            #expect(throws: Diagnostic.self) {
                try SavedPlan(Data(text.replacing(old, with: new).utf8), path: "p.plan")
            }
        }
        #expect(text.contains("\"base\" : 3") && text.contains("\"name\" : \"B\""))
        for wrong in [Data(), Data("{}".utf8), Data("use_case: x\n".utf8), try plan.data().dropLast(40)] {
            do {
                _ = try SavedPlan(wrong, path: "p.plan")
                Issue.record("'\(String(decoding: wrong, as: UTF8.self))' was taken for a plan")
            } catch let problem as Diagnostic {
                #expect(problem.code == .damagedPlan && problem.message.hasPrefix("p.plan: "))
            }
        }
    }

    @Test func aNewerFormatIsNamed() throws {
        let newer = Data(#"{"format": "tenure-plan", "schema_version": 2, "other": true}"#.utf8)
        do {
            _ = try SavedPlan(newer, path: "p.plan")
            Issue.record("a plan of another format was taken")
        } catch let problem as Diagnostic {
            #expect(problem.message == "p.plan: its format is 2, the newest known is 1")
        }
    }

    @Test func whatHasChangedIsNamed() {
        let same = plan.blueprint
        #expect(plan.staleness(latest: 3, generation: 7, definition: same) == [])
        #expect(
            plan.staleness(latest: 5, generation: 7, definition: same) == [
                "it starts from deployment 3, and deployment 5 is there now"
            ])
        #expect(
            plan.staleness(latest: nil, generation: 8, definition: same) == [
                "it starts from deployment 3, and nothing is there now",
                "it was made on generation 7 of the data, and generation 8 is there now",
            ])
        var edited = same
        edited.assets.removeLast()
        #expect(plan.staleness(latest: 3, generation: 7, definition: edited).count == 1)
        #expect(plan.staleness(latest: 3, generation: 7, definition: nil).count == 1)
    }
}
