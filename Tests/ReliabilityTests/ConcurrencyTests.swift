import Foundation
import Testing

/// Several commands on one project at once.
@Suite struct ConcurrencyTests {
    @Test(.enabled(if: Strace.isInstalled, "needs strace")) func ofTwoImportsOneIsTurnedAway() throws {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        try project.write(orders: 5)
        let first = try project.start(
            ["import", "--progress", "none"], under: Strace.injecting("fsync", "delay_enter=100000"))
        while first.isRunning,
            !FileManager.default.fileExists(atPath: project.path + "/.tenure/store/parts/2")
        { usleep(500) }
        let second = try project.run(["import", "--progress", "none"])
        let children = "/proc/\(first.pid)/task/\(first.pid)/children"
        let pid = FileManager.default.contents(atPath: children).map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(second.code == 4, "\(second)")
        #expect(second.err.contains("process \(pid.split(separator: " ").first ?? "none") "), "\(second)")
        #expect(try project.evaluated()?.generation == 1)
        #expect(first.wait().code == 0)
        #expect(try project.evaluated() == Evaluated(generation: 2, orders: 5))
    }

    @Test func ofManyImportsAtOnceEachIsWholeOrTurnedAway() throws {
        let project = try SampleProject(orders: 6)
        var generation = 0
        for _ in 0..<4 {
            let runs = try (0..<6).map { _ in try project.start(["import", "--progress", "none"]) }.map { $0.wait() }
            #expect(runs.allSatisfy { $0.code == 0 || $0.code == 4 && $0.err.contains("TN301") }, "\(runs)")
            let winners = runs.count { $0.code == 0 }
            #expect(winners >= 1)
            generation += winners
            #expect(try project.evaluated() == Evaluated(generation: generation, orders: 6))
        }
    }

    @Test func ofManyDeploymentsAtOnceOneWinsOverEachBase() throws {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        var current = 0
        for round in 0..<5 {
            let runs = try (0..<8).map { number in
                try project.start(["deploy", "tiny", "--yes", "--set", "tiny.prefix=\(round)-\(number) "])
            }.map { $0.wait() }
            #expect(
                runs.allSatisfy { $0.code == 0 || $0.code == 4 && $0.err.contains("TN407") }, "round \(round): \(runs)")
            let numbers = runs.compactMap { run -> Int? in
                guard run.code == 0, let range = run.err.firstRange(of: /as deployment \d+/) else { return nil }
                return Int(run.err[range].dropFirst(14))
            }
            // Each winner stands on the one before: no number is missing, and none was given twice.
            #expect(numbers.sorted() == Array((current + 1)..<(current + 1 + numbers.count)), "round \(round): \(runs)")
            #expect(numbers.count == runs.count { $0.code == 0 }, "round \(round): \(runs)")
            #expect(!numbers.isEmpty)
            current += numbers.count
            let deployed = try project.deployed()
            #expect(deployed == ["purchase-success": current, "buyers": current, "tiny": current])
        }
        #expect(try project.run(["evaluate", "tiny"]).code == 0)
    }

    @Test func ofManyKeptPlansOverOneBaseExactlyOneIsApplied() throws {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        var reasons: [String: Int] = [:]
        for round in 0..<20 {
            let names = (0..<8).map { "\(round)-\($0) " }
            let plans = names.indices.map { "\(project.path)/\($0).plan" }
            let made = try zip(names, plans).map { name, plan in
                try project.start(["plan", "tiny", "--set", "tiny.prefix=\(name)", "-o", plan])
            }.map { $0.wait() }
            #expect(made.allSatisfy { $0.code == 0 }, "round \(round): \(made)")

            let runs = try plans.map { try project.start(["deploy", $0]) }.map { $0.wait() }
            let winners = runs.indices.filter { runs[$0].code == 0 }
            #expect(winners.count == 1, "round \(round): \(runs)")
            for run in runs where run.code != 0 {
                let reason = ["TN407", "TN412"].first { run.err.contains($0) }
                #expect(run.code == 4 && reason != nil, "round \(round): \(run)")
                reasons[reason ?? "none", default: 0] += 1
            }
            let deployed = try project.tenure("render", "tiny").out
            #expect(winners.allSatisfy { deployed.contains("\(names[$0])Buyers") }, "round \(round): \(deployed)")
            #expect(try project.deployed() == ["purchase-success": round + 1, "buyers": round + 1, "tiny": round + 1])
            #expect(try project.deploymentCount() == round + 1, "round \(round)")
        }
        print(
            "turned away: \(reasons.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }.joined(separator: ", "))"
        )
        #expect(try project.run(["evaluate", "tiny"]).code == 0)
    }

    @Test func equalDeploymentsAtOnceAreOne() throws {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        let runs = try (0..<8).map { _ in try project.start(["deploy", "tiny", "--yes"]) }.map { $0.wait() }
        #expect(runs.allSatisfy { $0.code == 0 || $0.code == 4 }, "\(runs)")
        #expect(runs.count { $0.err.contains("as deployment 1,") } == 1, "\(runs)")
        #expect(try project.deployed() == ["purchase-success": 1, "buyers": 1, "tiny": 1])
    }

    @Test func readersSeeOneGenerationWhileImportsRun() throws {
        let project = try SampleProject(orders: 10)
        try project.tenure("import", "--progress", "none")
        // Generation g has 9 + g orders.
        let reading = try (0..<3).map { _ in
            try project.start(
                ["evaluate", "tiny", "--draft", "--all-time", "--format", "json"],
                under: ["bash", "-c", ConcurrencyTests.reader])
        }
        for generation in 2...25 {
            try project.write(orders: 9 + generation)
            try project.tenure("import", "--progress", "none")
        }
        try project.write("", to: "stop")
        var seen: Set<Int> = []
        for reader in reading {
            let run = reader.wait()
            #expect(run.code == 0, "\(run)")
            for json in run.out.components(separatedBy: "\u{1E}").dropLast() {
                let found = try Evaluated(json: json)
                #expect(found == Evaluated(generation: found.generation, orders: 9 + found.generation))
                seen.insert(found.generation)
            }
        }
        print("readers saw \(seen.count) generations of 25")
        #expect(seen.count > 1)
    }

    /// Evaluates until the file `stop` appears; ends at the first failure. The project's folder is the last argument.
    private static let reader = """
        while [ ! -e "${!#}/stop" ]; do "$0" "$@" || exit $?; printf '\\036'; done
        """
}
