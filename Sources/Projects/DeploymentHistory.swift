package import Deployments
import Diagnostics
import Plans

extension ProjectFolder {
    /// All deployments of a use case, the oldest first; at least one.
    package func deploymentHistory(_ useCase: String) throws -> [Deployment] {
        let history = try deployments().history(useCase: useCase)
        // Says whether the use case is unknown or only not deployed.
        if history.isEmpty { return [try deployed(useCase)] }
        return history
    }

    /// The deployment of that number.
    package func deployment(_ useCase: String, number: Int) throws -> Deployment {
        let history = try deploymentHistory(useCase)
        if let found = history.first(where: { $0.number == number }) { return found }
        throw Diagnostic(
            .unknownDeployment, "'\(useCase)' has no deployment \(number)",
            hints: ["there are: \(history.map { String($0.number) }.joined(separator: ", "))"])
    }

    /// The deployment to go back to: that of the number, or the newest one before that had something else.
    package func rollbackTarget(_ useCase: String, number: Int?) throws -> Deployment {
        let target: Deployment
        if let number {
            target = try deployment(useCase, number: number)
        } else {
            let history = try deploymentHistory(useCase)
            let latest = history.last
            guard
                let before = history.dropLast().last(where: { !$0.isDestruction && $0.blueprint != latest?.blueprint })
            else {
                throw Diagnostic(
                    .unknownDeployment, "'\(useCase)' has no deployment to go back to",
                    hints: ["see all: tenure history \(useCase)"])
            }
            target = before
        }
        if target.isDestruction {
            throw Diagnostic(
                .unknownDeployment,
                "deployment \(target.number) of '\(useCase)' destroyed it: it has nothing to go back to",
                hints: ["tenure destroy \(useCase)"])
        }
        return target
    }
}
