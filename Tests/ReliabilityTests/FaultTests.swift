import Foundation
import Testing

/// A full disk, a broken disk, a folder without rights, few file handles: a clear error, and everything as before.
@Suite struct FaultTests {
    private static let importing = ["import", "--progress", "none"]
    private static let deploying = ["deploy", "tiny", "--yes", "--set", "tiny.prefix=B "]

    /// Two generations and a deployment; the next import has other rows.
    private func makeProject() throws -> SampleProject {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        try project.write(orders: 5)
        try project.tenure("import", "--progress", "none")
        try project.tenure("deploy", "tiny", "--yes")
        try project.write(orders: 6)
        return project
    }

    private struct State: Hashable {
        var store: Evaluated?
        var deployed: [String: Int]

        init(_ project: SampleProject) throws {
            store = try project.evaluated()
            deployed = try project.deployed()
        }
    }

    @Test(
        .enabled(if: Strace.isInstalled, "needs strace"),
        arguments: [importing, deploying], ["ENOSPC", "EIO"])
    func aFailingCallLeavesEverythingAsItWas(arguments: [String], error: String) throws {
        let template = try makeProject()
        let before = try State(template)
        let reference = try SampleProject(copyOf: template)
        let all = try Strace.calls(reference, arguments)
        // A failing output is another matter, and strace counts calls by thread.
        let outputs = Set(all.filter(\.isOutput).map(\.ordinal))
        let calls = all.filter { $0.name != "write" || !outputs.contains($0.ordinal) }
        let lastSync = calls.last { $0.name == "fdatasync" }?.ordinal
        let after = try State(reference)
        #expect(after != before)
        var tolerated: [String] = []
        let chosen = Strace.sample(calls)
        for (index, call) in chosen.enumerated() {
            let project = try SampleProject(copyOf: template)
            // A full disk stays full, a bad block is one: both forms in turn. Output is written by the same call.
            let onwards = index % 2 == 0 && call.name != "write"
            let run = try Strace.failing(project, at: call, with: error, onwards: onwards, arguments)
            let found = try State(project)
            #expect(!run.isCrash, "\(call): \(run)")
            if run.code == 0 {
                // What is not needed for the result, such as removing an old generation.
                #expect(found == after, "\(call)")
                tolerated.append(call.name)
            } else {
                #expect(run.code == 1, "\(call): \(run)")
                #expect(run.err.contains("error[TN"), "\(call): \(run)")
                // The sync that ends a commit: the change is made, but nobody knows whether it is on the disk.
                let isLast = call.name == "fdatasync" && call.ordinal == lastSync
                #expect(found == before || isLast && found == after, "\(call): \(run)")
            }
            let next = try project.run(arguments)
            #expect(next.code == 0, "\(call): \(next)")
            if found == before { #expect(try State(project) == after, "\(call)") }
        }
        print("\(arguments[0]), \(error) at \(chosen.count) calls, without effect at \(tolerated.sorted())")
    }

    /// Root may write everywhere, so the command runs as nobody.
    private static let asNobody =
        geteuid() == 0 ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : []

    @Test(.enabled(if: geteuid() != 0 || Program.isInstalled("setpriv"), "needs setpriv, as root"))
    func aReadOnlyFolderIsReadAndReported() throws {
        let project = try makeProject()
        let before = try State(project)
        // The program itself may lie where nobody else may go.
        let reach = try project.run(["use-cases"], under: FaultTests.asNobody)
        guard reach.code == 0 else {
            print("skipped: the program can not be run without root's rights: \(reach.err)")
            return
        }
        _ = try Child(["chmod", "-R", "a-w", project.path]).wait()
        defer { _ = try? Child(["chmod", "-R", "u+w", project.path]).wait() }
        for arguments in [FaultTests.importing, FaultTests.deploying] {
            let run = try project.run(arguments, under: FaultTests.asNobody)
            #expect(run.code == 1 && run.err.contains("error[TN") && !run.isCrash, "\(run)")
        }
        for arguments in [["evaluate", "tiny"], ["status"], ["check", "tiny"], ["plan", "tiny"]] {
            let run = try project.run(arguments, under: FaultTests.asNobody)
            #expect(run.code == 0, "\(arguments): \(run)")
        }
        #expect(try State(project) == before)
    }

    @Test func aFolderThatCanNotBeMadeIsReported() throws {
        let project = try SampleProject(orders: 4)
        try project.write("in the way", to: ".tenure")
        let run = try project.run(FaultTests.importing)
        #expect(run.code == 1 && run.err.contains("error[TN") && !run.isCrash, "\(run)")
    }

    @Test(arguments: [16, 32]) func fewFileHandlesSuffice(limit: Int) throws {
        let project = try makeProject()
        let few = ["bash", "-c", "ulimit -n \(limit); exec \"$0\" \"$@\""]
        for arguments in [FaultTests.importing, FaultTests.deploying, ["evaluate", "tiny"], ["status"]] {
            let run = try project.run(arguments, under: few)
            #expect(run.code == 0, "\(arguments): \(run)")
        }
        #expect(try project.evaluated() == Evaluated(generation: 3, orders: 6))
    }

    @Test func outputThatCanNotBeWrittenIsReported() throws {
        let project = try makeProject()
        let full = ["bash", "-c", "exec \"$0\" \"$@\" > /dev/full"]
        for arguments in [["status"], ["evaluate", "tiny"], FaultTests.importing] {
            let run = try project.run(arguments, under: full)
            #expect(run.code == 1 && run.err.contains("error[TN") && !run.isCrash, "\(arguments): \(run)")
        }
        let mute = ["bash", "-c", "exec \"$0\" \"$@\" 2> /dev/full"]
        #expect(try project.run(["status"], under: mute).code == 0)
    }
}
