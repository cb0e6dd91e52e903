import ArgumentParser
import Engine
import EventStores
import Foundation
import Queries

/// Times the engine and the hand-written kernel in one process. See Benchmarks/README.md.
@main
struct TenureBenchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenure-benchmarks",
        abstract: "Times the twelve reports inside one process; each command prints one line of JSON.",
        subcommands: [Compare.self, Answer.self, Histories.self, FitBenchmark.self])
}

/// The engine against the kernel, warm, with one thread and with two.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the engine and the fused kernel over the same columns, and hold their sums against each other.")

    @Argument(help: "The benchmark's project folder, imported.")
    var project: String

    @Option(help: "Timed runs of each; the median is printed.")
    var runs: Int = 5

    @Flag(help: "Leave the engine out, for work on the kernel.")
    var kernelOnly = false

    @Option(help: "About how many rows a batch of the engine has.")
    var batchRows: Int?

    mutating func run() throws {
        let benchmark = try BenchmarkProject(project)
        let columns = try KernelColumns(benchmark.store, benchmark.evaluation)
        var figures: [(String, Double)] = []
        for threads in [1, 2] {
            let kernel = FusedKernel(columns: columns, threads: threads)
            let kernelTime = medianTimes(runs) { _ = kernel.answer() }
            // CPU seconds, of all threads together, are of use where others work on the machine.
            figures += [("kernel_\(threads)", kernelTime.wall), ("kernel_\(threads)_cpu", kernelTime.cpu)]
            if kernelOnly { continue }
            var engine = EmbeddedEngine(store: benchmark.store, threads: threads)
            if let batchRows { engine.batchRows = batchRows }
            let answer = try engine.answer(benchmark.evaluation)
            let problems = KernelCheck(columns: columns, answer: kernel.answer()).problems(
                with: answer, queries: benchmark.evaluation.queries)
            if !problems.isEmpty {
                for problem in problems.prefix(20) { FileHandle.standardError.write(Data((problem + "\n").utf8)) }
                throw ExitCode.failure
            }
            let engineTime = try medianTimes(runs) { _ = try engine.answer(benchmark.evaluation) }
            figures += [("engine_\(threads)", engineTime.wall), ("engine_\(threads)_cpu", engineTime.cpu)]
        }
        figures.append(("kernel_bytes", Double(columns.bytes)))
        printLine(figures)
    }
}

/// Nothing but one evaluation, for the memory that it takes.
struct Answer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate once, and print the memory that the process took.")

    @Argument(help: "The benchmark's project folder, imported.")
    var project: String

    @Option(help: "Worker threads.")
    var threads: Int = 2

    mutating func run() throws {
        let benchmark = try BenchmarkProject(project)
        let before = ProcessMemory.now()
        let answer = try EmbeddedEngine(store: benchmark.store, threads: threads).answer(benchmark.evaluation)
        precondition(answer.measurements.count == benchmark.evaluation.queries.count)
        // The store goes with its last use, and its mappings with it.
        let after = withExtendedLifetime(benchmark.store) { ProcessMemory.now() }
        printLine([
            ("peak_bytes", Double(after.peak)), ("before_bytes", Double(before.peak)),
            ("anonymous_bytes", Double(after.anonymous)), ("column_bytes", Double(after.columns)),
        ])
    }
}
