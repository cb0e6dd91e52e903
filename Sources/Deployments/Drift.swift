package import Plans

/// How far what is deployed of a use case and the files of the project have come apart.
package struct Drift: Sendable {
    package enum State: String, Sendable {
        case inSync = "in sync"
        case changed = "changed in the files"
        case added = "new in the files"
        case gone = "not in the files"
        /// The definition or its values have mistakes.
        case unknown = "files not readable"
    }

    /// The deployed assets, then those that only the files have.
    package var assets: [(asset: Asset, state: State)]

    /// - Parameter files: what would be deployed now; nil where the files cannot be read.
    /// - Throws: `DiagnosticList` where a deployed asset cannot be read back.
    package init(_ deployed: Deployment, files: Blueprint?) throws {
        guard let files else {
            assets = deployed.blueprint.assets.map { ($0, .unknown) }
            return
        }
        let plan = try DeploymentPlan(
            files.withViews(deployed.blueprint.hasViews), over: (deployed.number, deployed.blueprint))
        func change(_ asset: Asset) -> AssetChange? {
            plan.changes.first { $0.id == asset.id && $0.kind == asset.kind }
        }
        assets = deployed.blueprint.assets.map { asset in
            let state: State =
                switch change(asset)?.action {
                case .unchanged: .inSync
                case .delete, nil: .gone
                case .update, .create: .changed
                }
            return (asset, state)
        }
        assets += files.assets.filter { change($0)?.action == .create }.map { ($0, .added) }
    }

    package var isThere: Bool { assets.contains { $0.state != .inSync } }
}
