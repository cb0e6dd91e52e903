import Deployments
import Plans
import Testing

@Suite struct DeploymentPlanTests {
    private let buyers = segmentation("buyers", name: "A Buyers", segments: ["Buyer", "Other buyer"])
    private let sleepers = segmentation("sleepers", name: "A Sleepers")

    private func plan(_ assets: [Asset], over old: [Asset]?) throws -> DeploymentPlan {
        try DeploymentPlan(blueprint(assets), over: old.map { (7, blueprint($0, version: "0.9.0")) })
    }

    private func summary(_ plan: DeploymentPlan) -> [String] { plan.changes.map { "\($0.action) \($0.id)" } }

    private func fields(_ change: AssetChange) -> [String] {
        change.fields.map { "\($0.path): \($0.before ?? "–") -> \($0.after ?? "–")" }
    }

    @Test func aFirstPlanCreatesEverything() throws {
        let plan = try plan([buyers, sleepers], over: nil)
        #expect(summary(plan) == ["create buyers", "create sleepers"])
        #expect(plan.base == nil && plan.baseVersion == nil && plan.hasChanges)
        #expect(fields(plan.changes[0]).first == "id: – -> buyers")
        #expect(plan.changes[0].fields.allSatisfy { $0.before == nil && $0.after != nil })
    }

    @Test func whatIsDeployedAlreadyIsUnchanged() throws {
        // The same content, written another way.
        var spaced = buyers
        spaced.yaml = "# a comment\n" + buyers.yaml.replacing("\"A Buyers\"", with: "A Buyers")
        let plan = try plan([spaced, sleepers], over: [buyers, sleepers])
        #expect(summary(plan) == ["unchanged buyers", "unchanged sleepers"])
        #expect(!plan.hasChanges)
        #expect(plan.changes.allSatisfy { $0.fields.isEmpty })
        #expect(plan.base == 7 && plan.baseVersion == "0.9.0")
    }

    @Test func aRenamedAssetIsUpdatedFieldByField() throws {
        let renamed = segmentation("buyers", name: "B Buyers", segments: ["Buyer"])
        let plan = try plan([renamed, sleepers], over: [buyers, sleepers])
        #expect(summary(plan) == ["update buyers", "unchanged sleepers"])
        #expect(
            fields(plan.changes[0]) == [
                "name: A Buyers -> B Buyers", "segments[Other buyer].name: Other buyer -> –",
                "segments[Other buyer].when.aggregate: purchases -> –", "segments[Other buyer].when.at_least: 1 -> –",
            ])
    }

    @Test func whatIsGoneIsDeletedAndWhatIsNewCreated() throws {
        let new = segmentation("new", name: "A New")
        let plan = try plan([new, buyers], over: [buyers, sleepers])
        #expect(summary(plan) == ["create new", "unchanged buyers", "delete sleepers"])
        #expect(plan.count(.create) == 1 && plan.count(.delete) == 1 && plan.count(.update) == 0)
        #expect(plan.changes[2].fields.allSatisfy { $0.after == nil })
    }

    @Test func theOrderOfSegmentsIsAChange() throws {
        let turned = segmentation("buyers", name: "A Buyers", segments: ["Other buyer", "Buyer"])
        #expect(summary(try plan([turned], over: [buyers])) == ["update buyers"])
    }

    @Test func anIdOfAnotherKindIsAnotherAsset() throws {
        var events = buyers
        events.kind = .eventSegmentation
        #expect(summary(try plan([events], over: [buyers])) == ["create buyers", "delete buyers"])
    }

    @Test func theHashIsOfTheContentAndStaysTheSame() {
        // Kept in deployments and shown to users: it must not change with a new version of the program.
        #expect(blueprint([buyers, sleepers]).hash == "4ca315076509")
        let others = [
            blueprint([buyers]), blueprint([sleepers, buyers]), blueprint([buyers, sleepers], useCase: "other"),
            blueprint([buyers, sleepers], version: "1.0.1"),
            // The same bytes, divided in another way.
            Blueprint(useCase: "tin", version: "y1.0.0", title: "Tiny", assets: [buyers, sleepers]),
        ]
        #expect(Set(others.map(\.hash) + [blueprint([buyers, sleepers]).hash]).count == others.count + 1)
    }
}
