package import Plans
package import Quantities

/// A use case as it was deployed: its number, when, on which data, and the assets.
package struct Deployment: Hashable, Sendable {
    /// 1, 2, 3, ... over all use cases of the project.
    package var number: Int
    package var deployedAt: Instant
    /// The store's generation that the plan was made on.
    package var generation: Int
    package var blueprint: Blueprint

    package init(number: Int, deployedAt: Instant, generation: Int, blueprint: Blueprint) {
        self.number = number
        self.deployedAt = deployedAt
        self.generation = generation
        self.blueprint = blueprint
    }

    /// Nothing of the use case was left by it.
    package var isDestruction: Bool { blueprint.assets.isEmpty }
}

/// What a deployment did to the one before it.
package enum DeploymentAction: Hashable, Sendable {
    case deploy
    /// The same version with other assets: other values, or an edited definition.
    case update
    /// Another version of the use case.
    case upgrade
    /// What an earlier deployment had.
    case rollback(to: Int)
    case destroy

    /// What each deployment of one use case did, the oldest first.
    package static func of(_ history: [Deployment]) -> [DeploymentAction] {
        history.enumerated().map { index, deployment in
            if deployment.isDestruction { return .destroy }
            let earlier = history[..<index]
            if let same = earlier.last(where: { $0.blueprint == deployment.blueprint }) {
                return .rollback(to: same.number)
            }
            guard let before = earlier.last, !before.isDestruction else { return .deploy }
            return before.blueprint.version == deployment.blueprint.version ? .update : .upgrade
        }
    }
}

extension Blueprint {
    /// The same use case without any asset: what is planned to destroy a deployment.
    package var destroyed: Blueprint { Blueprint(useCase: useCase, version: version, title: title, assets: []) }

    /// The first 12 hexadecimal digits of a hash over every asset but views, which change no number: equal definitions have
    /// equal hashes.
    package var hash: String {
        var text: [UInt8] = []
        // A length before each part keeps the parts apart.
        for part in [useCase, version]
            + assets.filter({ $0.kind != .view }).flatMap({ [$0.id, $0.kind.rawValue, $0.yaml] })
        {
            text += Array(String(part.utf8.count).utf8) + [0] + Array(part.utf8)
        }
        return String(hexadecimalChecksum(text).prefix(12))
    }
}
