package import Deployments
import Plans
package import Quantities

/// What is deployed, asset by asset.
package struct StatusView: Sendable {
    private let listing: Listing

    /// - Parameter zone: of the project, for the times shown.
    package init(_ deployments: [Deployment], zone: Zone) {
        let times = Times(timezone: zone.identifier)
        listing = Listing(
            "assets",
            columns: [
                Listing.Column("use_case", title: "use case"), Listing.Column("version"),
                Listing.Column("deployment", isNumber: true), Listing.Column("deployed_at", title: "deployed"),
                Listing.Column("kind"), Listing.Column("id"), Listing.Column("name"),
            ],
            rows: deployments.flatMap { deployment in
                deployment.blueprint.assets.map { asset in
                    [
                        deployment.blueprint.useCase, deployment.blueprint.version, String(deployment.number),
                        times.display(deployment.deployedAt), asset.kind.rawValue, asset.id, asset.name,
                    ]
                }
            },
            empty: "Nothing is deployed.")
    }

    package func render(_ format: OutputFormat, width: Int = 100) -> String {
        listing.render(format, width: width)
    }
}
