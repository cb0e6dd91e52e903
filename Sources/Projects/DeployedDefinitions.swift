package import Definitions
package import Deployments
import Diagnostics
package import Plans

extension Deployment {
    /// The definition read back from the assets.
    package func definition() throws -> UseCase { try Deployment.definition(of: blueprint) }

    package static func definition(of blueprint: Blueprint) throws -> UseCase {
        let (filled, diagnostics) = UseCase.load(
            file: try blueprint.document(), templates: Templates(), values: Values())
        guard let filled, !diagnostics.hasErrors else {
            throw DiagnosticList(
                [Diagnostic(.damagedDeployment, "a deployment of '\(blueprint.useCase)' cannot be read back")]
                    + diagnostics)
        }
        return filled
    }
}

extension ProjectFolder {
    /// What is deployed of a use case.
    package func deployed(_ useCase: String) throws -> Deployment {
        _ = try project()
        let catalog = deployments()
        if let deployment = try catalog.current(useCase: useCase) { return deployment }
        guard try useCaseFiles().contains(where: { $0.id == useCase }) else { throw try unknownUseCase(useCase) }
        throw Diagnostic(
            .notDeployed, "the use case '\(useCase)' is not deployed in this project",
            hints: ["tenure deploy \(useCase)", "or look at it first, without deploying it: --draft"])
    }
}
