package import Deployments
package import Plans
package import Quantities

/// What is deployed, asset by asset, and where the files or the data have moved away from it.
package struct StatusView: Sendable {
    /// One deployed use case.
    package struct Entry: Sendable {
        package var deployment: Deployment
        package var drift: Drift
        /// Required things that the data does not have any more.
        package var unmet: [RequirementResult]

        package init(_ deployment: Deployment, drift: Drift, unmet: [RequirementResult]) {
            self.deployment = deployment
            self.drift = drift
            self.unmet = unmet
        }

        package var useCase: String { deployment.blueprint.useCase }
    }

    private let listing: Listing

    /// - Parameter zone: of the project, for the times shown.
    package init(_ entries: [Entry], zone: Zone) {
        let times = Times(timezone: zone.identifier)
        listing = Listing(
            "assets",
            columns: [
                Listing.Column("use_case", title: "use case"), Listing.Column("version"),
                Listing.Column("deployment", isNumber: true), Listing.Column("deployed_at", title: "deployed"),
                Listing.Column("kind"), Listing.Column("id"), Listing.Column("name"), Listing.Column("state"),
            ],
            rows: entries.flatMap { entry in
                let deployment = entry.deployment
                func row(_ kind: String, _ id: String, _ name: String, _ state: String) -> [String] {
                    [
                        deployment.blueprint.useCase, deployment.blueprint.version, String(deployment.number),
                        times.display(deployment.deployedAt), kind, id, name, state,
                    ]
                }
                return entry.drift.assets.map {
                    row($0.asset.kind.rawValue, $0.asset.id, $0.asset.name, $0.state.rawValue)
                }
                    + entry.unmet.map {
                        row("requirement", $0.subject, $0.evidence.joined(separator: "; "), "not met by the data")
                    }
            },
            empty: "Nothing is deployed.")
    }

    package func render(_ format: OutputFormat, width: Int = 100) -> String {
        listing.render(format, width: width)
    }
}
