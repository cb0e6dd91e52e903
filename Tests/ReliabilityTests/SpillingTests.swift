import Foundation
import Testing

/// Imports that spill, killed, stopped, and on disks that are full or broken: everything as before, and nothing left.
@Suite struct SpillingTests {
    private static let arguments = ["import", "--progress", "none", "--memory-limit", "64MB"]
    /// As many as spill with that limit.
    private static let orders = 300_000

    private func makeProject() throws -> SampleProject {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        try project.write(orders: SpillingTests.orders)
        return project
    }

    private func expectNothingLeft(_ project: SampleProject, _ what: String) throws {
        #expect(!project.stored().contains { $0.hasPrefix("store/spill") }, "\(what)")
    }

    @Test(.enabled(if: Strace.isInstalled, "needs strace")) func aKilledImportIsAllOrNothing() throws {
        let template = try makeProject()
        let before = try template.evaluated()
        let reference = try SampleProject(copyOf: template)
        let all = try Strace.calls(reference, SpillingTests.arguments)
        let after = try #require(try reference.evaluated())
        #expect(after == Evaluated(generation: 2, orders: SpillingTests.orders))
        try expectNothingLeft(reference, "the end of an import")
        let spilling = all.filter { $0.text.contains("/spill\"") }
        #expect(spilling.map(\.name).contains("unlink"), "there is a spill file")
        for call in spilling + Strace.sample(all, limit: 6) {
            let project = try SampleProject(copyOf: template)
            let killed = try Strace.killing(project, at: call, SpillingTests.arguments)
            let found = try project.evaluated()
            #expect(found == before || found == after && killed.code != 0 || killed.code == 0, "\(call)")
            try project.write(orders: 6)
            let next = try project.run(["import", "--progress", "none"])
            #expect(next.code == 0, "\(call): \(next)")
            let expected = Evaluated(generation: (found?.generation ?? 0) + 1, orders: 6)
            #expect(try project.evaluated() == expected, "\(call)")
            try expectNothingLeft(project, "\(call)")
        }
    }

    /// A write to the spill file, and a read of what it has.
    @Test(.enabled(if: Strace.isInstalled, "needs strace")) func aDiskThatFailsLeavesEverythingAsItWas() throws {
        let project = try makeProject()
        let before = try project.evaluated()
        let calls = try Strace.calls(try SampleProject(copyOf: project), SpillingTests.arguments)
        // The first large writes are those of the spill file.
        let writes = calls.filter { $0.name == "write" && !$0.isOutput && bytes(ofWrite: $0) >= 1 << 20 }
        try #require(writes.count > 2)
        var failures: [(name: String, what: String)] = []
        for (write, error) in [(writes[0], "ENOSPC"), (writes[2], "EIO")] {
            failures.append(("write", "error=\(error):when=\(write.ordinal)"))
        }
        // The catalog is read by the same call, but not as often.
        failures.append(("pread64", "error=EIO:when=300"))
        for failure in failures {
            let run = try project.run(
                SpillingTests.arguments, under: Strace.injecting(failure.name, failure.what))
            #expect(run.code == 1 && run.err.contains("error[TN303]") && !run.isCrash, "\(failure): \(run)")
            #expect(run.err.contains("/spill"), "\(failure): \(run)")
            #expect(try project.evaluated() == before, "\(failure)")
            try expectNothingLeft(project, "\(failure)")
        }
        try project.tenure("import", "--progress", "none")
        #expect(try project.evaluated() == Evaluated(generation: 2, orders: SpillingTests.orders))
    }

    /// `write(7, "…"..., 1048580) = 1048580`
    private func bytes(ofWrite call: Strace.Call) -> Int {
        call.text.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    @Test func aStoppedImportLeavesTheStoreAsItWas() throws {
        let project = try makeProject()
        let before = try project.evaluated()
        try project.write(orders: 600_000)
        let child = try project.start(["import", "--progress", "plain", "--memory-limit", "64MB"])
        while child.isRunning, !child.errorsSoFar.contains("MB spilled") { usleep(500) }
        child.send(SIGINT)
        let run = child.wait()
        #expect(run.code == 128 + SIGINT, "\(run)")
        #expect(run.err.contains("TN908"), "\(run)")
        #expect(try project.evaluated() == before)
        try expectNothingLeft(project, "a stopped import")
    }

    @Test func theLimitIsThatOfTheOptionBeforeTheEnvironment() throws {
        let project = try SampleProject(orders: 4)
        func run(_ option: String?, _ environment: String?) throws -> Run {
            try project.start(
                ["import"] + (option.map { ["--memory-limit", $0] } ?? []),
                environment: environment.map { ["TENURE_MEMORY_LIMIT": $0] } ?? [:]
            ).wait()
        }
        for (option, environment, isRefused) in [
            ("100MB", nil, false), (nil, "1GiB", false), ("100MB", "nonsense", false), (nil, "", false),
            ("nonsense", "100MB", true), (nil, "nonsense", true), ("63MB", nil, true), (nil, "1000", true),
        ] as [(String?, String?, Bool)] {
            let run = try run(option, environment)
            #expect(run.code == (isRefused ? 64 : 0), "\(option ?? "-") \(environment ?? "-"): \(run)")
            if isRefused {
                let name = option == nil ? "TENURE_MEMORY_LIMIT" : "--memory-limit"
                #expect(run.err.contains("\(name) '\(option ?? environment ?? "")'"), "\(run)")
            }
        }
    }
}
