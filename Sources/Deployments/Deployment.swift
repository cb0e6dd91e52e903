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
}

extension Blueprint {
    /// The first 12 hexadecimal digits of a hash over every asset: equal definitions have equal hashes.
    package var hash: String {
        var text: [UInt8] = []
        // A length before each part keeps the parts apart.
        for part in [useCase, version] + assets.flatMap({ [$0.id, $0.kind.rawValue, $0.yaml] }) {
            text += Array(String(part.utf8.count).utf8) + [0] + Array(part.utf8)
        }
        return String(hexadecimalChecksum(text).prefix(12))
    }
}
