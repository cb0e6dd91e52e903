package import Deployments
import Plans
package import Quantities

/// All deployments of a use case, the newest first.
package struct HistoryView: Sendable {
    private let listing: Listing

    /// - Parameters:
    ///   - history: the oldest first.
    ///   - zone: of the project, for the times shown.
    package init(_ history: [Deployment], zone: Zone) {
        let times = Times(timezone: zone.identifier)
        let rows = zip(history, DeploymentAction.of(history)).enumerated().map { index, element in
            let (deployment, action) = element
            return [
                String(deployment.number), times.display(deployment.deployedAt), action.words,
                deployment.blueprint.version, deployment.isDestruction ? "" : deployment.blueprint.hash,
                String(deployment.blueprint.assets.count), String(deployment.generation),
                index == history.count - 1 && !deployment.isDestruction ? "current" : "",
            ]
        }
        listing = Listing(
            "deployments",
            columns: [
                Listing.Column("deployment", isNumber: true), Listing.Column("deployed_at", title: "when"),
                Listing.Column("action"), Listing.Column("version"), Listing.Column("definition"),
                Listing.Column("assets", isNumber: true), Listing.Column("generation", isNumber: true),
                Listing.Column("state"),
            ],
            rows: rows.reversed(), empty: "It was never deployed.")
    }

    /// For pages.
    package var markup: Markup { listing.markup }

    package func render(_ format: OutputFormat, width: Int = 100) -> String {
        listing.render(format, width: width)
    }
}

extension DeploymentAction {
    /// For people and machines: `rollback to 3`.
    fileprivate var words: String {
        switch self {
        case .deploy: "deploy"
        case .update: "update"
        case .upgrade: "upgrade"
        case .rollback(let number): "rollback to \(number)"
        case .destroy: "destroy"
        }
    }
}
