import Plans
import Testing

/// Views of segmentations as assets: when a plan shows one as changed.
@Suite struct ViewAssetTests {
    private func blueprint(_ names: [String: String]) -> Blueprint {
        let base = ["base", "middle", "top", "alone"].map { id in
            let below = ["middle": "base", "top": "middle"][id]
            let condition =
                below.map { "segmentation: \($0)\n      in: [Buyer]" } ?? "aggregate: purchases\n      at_least: 1"
            return Asset(
                id: id, kind: .customerSegmentation, name: id,
                yaml: "id: \(id)\nsegments:\n  - name: \(names[id] ?? "Buyer")\n    when:\n      \(condition)\n")
        }
        return DeploymentsTests.blueprint(base).withViews(true)
    }

    private func changed(_ id: String) -> [String] {
        let (before, after) = (blueprint([:]).assets, blueprint([id: "Customer"]).assets)
        return zip(before, after).filter { $0.kind == .view && $0 != $1 }.map(\.0.id)
    }

    @Test func viewsFollowWhatTheyReferTo() {
        #expect(blueprint([:]).viewIDs == ["base", "middle", "top", "alone"])
        #expect(changed("base") == ["base", "middle", "top"])
        #expect(changed("middle") == ["middle", "top"])
        #expect(changed("top") == ["top"])
        #expect(changed("alone") == ["alone"])
    }
}
