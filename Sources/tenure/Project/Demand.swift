import Definitions
import Diagnostics
import Plans
import Projects
import Views

extension RequirementCheck {
    /// Stops a deployment where something required is missing, and shows what.
    func demand(_ filled: UseCase) throws {
        let missing = try results(filled).filter(\.isBlocking)
        if missing.isEmpty { return }
        let id = filled.id.value
        Terminal.data(CheckView(useCase: id, results: missing).render(.table))
        Terminal.show([
            Diagnostic(
                .unmetRequirements,
                "\(missing.count) required thing\(missing.count == 1 ? " is" : "s are") missing",
                hints: ["see all of them: tenure check \(id)"])
        ])
        throw Outcome.unmet
    }
}
