import Foundation
import Testing

/// Ctrl-C and termination during an import: it ends soon, says so, and leaves the store as it was.
@Suite struct SignalTests {
    private static let signals = [SIGINT, SIGTERM]

    private func makeProject() throws -> (project: SampleProject, before: Evaluated?) {
        let project = try SampleProject(orders: 4)
        try project.tenure("import", "--progress", "none")
        return (project, try project.evaluated())
    }

    @Test(arguments: signals) func aStoppedImportLeavesTheStoreAsItWas(signal: Int32) throws {
        let (project, before) = try makeProject()
        try project.write(orders: 400_000)
        let child = try project.start(["import", "--progress", "plain"])
        while child.isRunning, !child.errorsSoFar.contains(" %") { usleep(500) }
        child.send(signal)
        let sent = ContinuousClock.now
        let run = child.wait()
        #expect(ContinuousClock.now - sent < .seconds(5))
        try expectStopped(run, signal, project, before)
    }

    /// Between reading and committing: sorting, writing and flushing, which are slowed down here.
    @Test(.enabled(if: Strace.isInstalled, "needs strace"), arguments: signals)
    func anImportStoppedWhileItWritesLeavesTheStoreAsItWas(signal: Int32) throws {
        let (project, before) = try makeProject()
        try project.write(orders: 6)
        let child = try project.start(
            ["import", "--progress", "none"], under: Strace.injecting("fsync", "delay_enter=300000"))
        let folder = project.path + "/.tenure/store/parts/2"
        while child.isRunning, !FileManager.default.fileExists(atPath: folder) { usleep(500) }
        let children = "/proc/\(child.pid)/task/\(child.pid)/children"
        let pids = FileManager.default.contents(atPath: children).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let pid = try #require(pids.split(separator: " ").first.flatMap { Int32($0) })
        kill(pid, signal)
        let sent = ContinuousClock.now
        let run = child.wait()
        // There are some thirty files to flush.
        #expect(ContinuousClock.now - sent < .seconds(3))
        #expect(!FileManager.default.fileExists(atPath: folder))
        try expectStopped(run, signal, project, before)
    }

    private func expectStopped(_ run: Run, _ signal: Int32, _ project: SampleProject, _ before: Evaluated?) throws {
        #expect(run.code == 128 + signal, "\(run)")
        #expect(run.err.contains("TN908"), "\(run)")
        #expect(try project.evaluated() == before)
        try project.write(orders: 7)
        let next = try project.run(["import", "--progress", "none"])
        #expect(next.code == 0, "\(next)")
        #expect(try project.evaluated() == Evaluated(generation: 2, orders: 7))
    }

    /// Commands that have nothing to put in order end by the signal itself, at once.
    @Test(.enabled(if: Strace.isInstalled, "needs strace"), arguments: signals)
    func otherCommandsEndAtOnce(signal: Int32) throws {
        let (project, _) = try makeProject()
        let child = try project.start(
            ["evaluate", "tiny", "--draft"], under: Strace.injecting("mmap", "delay_enter=30000:when=60+"))
        usleep(300_000)
        let children = "/proc/\(child.pid)/task/\(child.pid)/children"
        while child.isRunning {
            let pids = FileManager.default.contents(atPath: children).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if let pid = pids.split(separator: " ").first.flatMap({ Int32($0) }) {
                kill(pid, signal)
                break
            }
        }
        let sent = ContinuousClock.now
        let run = child.wait()
        #expect(ContinuousClock.now - sent < .seconds(2))
        #expect(run.code == 128 + signal, "\(run)")
    }
}
