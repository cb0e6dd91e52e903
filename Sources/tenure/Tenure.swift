import ArgumentParser
import Deployments
import Diagnostics
import Foundation

/// The command line: parses arguments, calls the stages in their order, hands the result to a view.
struct Tenure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenure",
        abstract: "Deploy customer-value use cases on a project's data, and evaluate them.",
        discussion: """
            The way from YAML to a dashboard:
              tenure init            a new project in this folder   (or: tenure demo, a complete sample)
              tenure import          read the sources that project.yaml names
              tenure check USE-CASE  hold the use case against what the data really has
              tenure plan USE-CASE   what a deployment would change
              tenure deploy USE-CASE
              tenure evaluate USE-CASE
              tenure export USE-CASE --html dashboard.html
            """,
        version: "0.1.0",
        subcommands: [
            Init.self, Demo.self, Import.self, Compact.self, UseCases.self, Customize.self, Validate.self,
            TestCommand.self, Check.self, PlanCommand.self, Deploy.self, Upgrade.self, Status.self, Diff.self,
            History.self, Rollback.self, Destroy.self, Render.self, Evaluate.self, ForecastCommand.self, Export.self,
            Explain.self,
            Reconcile.self, Schema.self, Serve.self, TokenCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        do {
            var command = try Tenure.parseAsRoot()
            try command.run()
        } catch {
            exit(with: error)
        }
    }

    /// Prints the error for a person and ends with the exit code that conventions give to its kind.
    private static func exit(with error: any Error) -> Never {
        switch error {
        case let outcome as Outcome: Foundation.exit(outcome.rawValue)
        case let list as DiagnosticList:
            Terminal.show(list.diagnostics)
            Foundation.exit(Outcome(list.diagnostics).rawValue)
        case let diagnostic as Diagnostic:
            Terminal.show([diagnostic])
            Foundation.exit(Outcome([diagnostic]).rawValue)
        case let conflict as DeploymentConflict:
            let found = conflict.found.map { "deployment \($0)" } ?? "nothing"
            let expected = conflict.expected.map { "deployment \($0)" } ?? "nothing"
            Terminal.show([
                Diagnostic(
                    .deploymentConflict, "the plan was made over \(expected), but \(found) is deployed now",
                    hints: ["run the command again"])
            ])
            Foundation.exit(Outcome.conflict.rawValue)
        default: Tenure.exit(withError: error)
        }
    }
}

/// How a command ended, as exit code.
enum Outcome: Int32, Error {
    case done = 0
    case failure = 1
    /// `plan --detailed-exitcode`: there are changes.
    case changes = 2
    /// Requirements, validation or tests failed.
    case unmet = 3
    /// Locked, stale or in conflict.
    case conflict = 4
    case corruption = 5
    case usage = 64
    /// Ctrl-C and termination, as a shell counts them.
    case interrupted = 130
    case terminated = 143

    init(_ diagnostics: [Diagnostic]) {
        let codes = Set(diagnostics.map(\.code))
        if codes.contains(where: \.isDamage) {
            self = .corruption
        } else if !codes.isDisjoint(with: [
            .storeLocked, .trackingLocked, .deploymentConflict, .stalePlan, .upgradeConflict,
        ]) {
            self = .conflict
        } else if !codes.isEmpty, codes.isSubset(of: [.invalidOption]) {
            self = .usage
        } else if codes.contains(.interrupted) {
            self = Interruption.exitCode == Outcome.terminated.rawValue ? .terminated : .interrupted
        } else {
            self = .failure
        }
    }
}
