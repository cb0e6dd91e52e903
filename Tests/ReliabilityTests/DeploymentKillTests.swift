import Foundation
import Testing

/// What changes deployments, killed before each system call that changes something on disk: what is deployed afterwards is
/// what was before or what comes after, and the command just works when it is run again.
@Suite(.enabled(if: Strace.isInstalled, "needs strace")) struct DeploymentKillTests {
    enum Change: CaseIterable {
        case firstDeployment, secondDeployment, keptPlan, rollback, destruction
        /// Of the files, too.
        case upgrade

        /// A project in which the change is possible. Definition A, then B are deployed: by the prefix of names.
        func project() throws -> SampleProject {
            let project = try SampleProject(orders: 4)
            try project.tenure("import", "--progress", "none")
            if self != .firstDeployment { try project.tenure("deploy", "tiny", "--yes") }
            switch self {
            case .firstDeployment, .secondDeployment, .destruction: break
            case .keptPlan:
                try project.tenure("plan", "tiny", "--set", "tiny.prefix=B ", "-o", project.path + "/kept.plan")
            case .rollback: try project.tenure("deploy", "tiny", "--yes", "--set", "tiny.prefix=B ")
            case .upgrade:
                let definition = try project.read("usecases/tiny/usecase.yaml")
                try project.write(definition, to: "usecases/tiny/origin.yaml")
                try project.write("# ours\n" + definition, to: "usecases/tiny/usecase.yaml")
                try project.write(
                    definition.replacing("\"A \"", with: "\"B \"").replacing("1.0.0", with: "2.0.0"), to: "next.yaml")
            }
            return project
        }

        func arguments(_ project: SampleProject) -> [String] {
            switch self {
            case .firstDeployment, .secondDeployment: ["deploy", "tiny", "--yes", "--set", "tiny.prefix=B "]
            case .keptPlan: ["deploy", project.path + "/kept.plan"]
            case .rollback: ["rollback", "tiny", "--yes"]
            case .destruction: ["destroy", "tiny", "--yes"]
            case .upgrade: ["upgrade", "tiny", "--yes", "--to", project.path + "/next.yaml"]
            }
        }

        /// What goes on from files that are upgraded and not deployed.
        func rest(_ project: SampleProject) throws -> [String] {
            let isWritten = try self == .upgrade && project.read("usecases/tiny/origin.yaml").contains("2.0.0")
            return isWritten ? ["deploy", "tiny", "--yes"] : arguments(project)
        }

        /// The prefix of names before and after; nil where nothing is deployed.
        var prefixes: (before: String?, after: String?) {
            switch self {
            case .firstDeployment: (nil, "B ")
            case .secondDeployment, .keptPlan, .upgrade: ("A ", "B ")
            case .rollback: ("B ", "A ")
            case .destruction: ("A ", nil)
            }
        }

        /// Deployments make a few calls: each of them is tried.
        var limit: Int {
            switch self {
            case .firstDeployment, .secondDeployment: .max
            default: 16
            }
        }
    }

    @Test(arguments: Change.allCases) func aKilledChangeIsAllOrNothing(_ change: Change) throws {
        let template = try change.project()
        let before = try template.deployed()
        let reference = try SampleProject(copyOf: template)
        let calls = try Strace.calls(reference, change.arguments(reference))
        let after = try reference.deployed()
        #expect(after != before)
        #expect(Set(after.values).count == (change.prefixes.after == nil ? 0 : 1))
        let names = reference.stored()

        let chosen = Strace.sample(calls, limit: change.limit)
        var kills = 0
        for call in chosen {
            let project = try SampleProject(copyOf: template)
            let killed = try Strace.killing(project, at: call, change.arguments(project))
            if killed.code == 137 { kills += 1 }
            let found = try project.deployed()
            #expect(found == before || found == after, "\(call)")
            if let prefix = found == before ? change.prefixes.before : change.prefixes.after {
                #expect(try project.tenure("render", "tiny").out.contains("\(prefix)Buyers"), "\(call)")
                #expect(try project.run(["evaluate", "tiny"]).code == 0, "\(call)")
            }
            // What was done once is not done again: going back twice would go elsewhere.
            if found == before || change.limit == .max {
                let next = try project.run(change.rest(project))
                #expect(next.code == 0, "\(call): \(next)")
                #expect(try project.deployed() == after, "\(call)")
                #expect(project.stored() == names, "\(call)")
            }
            if change == .upgrade {
                #expect(try project.read("usecases/tiny/usecase.yaml").hasPrefix("# ours\n"), "\(call)")
                #expect(try project.run(["status", "--detailed-exitcode"]).code == 0, "\(call)")
            }
            // The next change just works, whatever the kill left behind.
            if change.limit != .max { try project.tenure("deploy", "tiny", "--yes", "--set", "tiny.prefix=C ") }
        }
        print("\(change): killed at \(kills) of \(chosen.count) chosen calls, of \(calls.count)")
        #expect(kills >= chosen.count * 9 / 10)
    }
}
