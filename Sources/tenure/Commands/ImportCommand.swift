import ArgumentParser
import Definitions
import Diagnostics
import EventStores
import Foundation
import Imports
import Projects
import Quantities
import Views

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the sources that project.yaml names into the embedded store.",
        discussion: """
            The store becomes what the sources hold: running it twice gives the same. With --append, rows are added to
            what is there: files that are there already are left out, and the same purchase delivered twice with the
            same content stays one.
            """)

    @OptionGroup var project: ProjectOptions

    @Option(help: ArgumentHelp("Only this source, added to what is there; may be repeated.", valueName: "name"))
    var source: [String] = []

    @Flag(help: "Add to what is there instead of replacing it.")
    var append = false

    @Flag(help: "With --append or --source: import files once more that are there already.")
    var again = false

    @Option(help: "Rows that cannot be imported: fail, skip or quarantine.")
    var onError: OnErrorChoice = .fail

    @Option(help: "Where --on-error quarantine writes rejected rows; the project's folder quarantine without it.")
    var quarantine: String?

    @Option(
        help: ArgumentHelp(
            "Rows that take more memory are put aside on the disk; half of the machine's without it.",
            discussion: "Such as 512MB, 1.5GiB or a number of bytes; at least 64MB. Also TENURE_MEMORY_LIMIT.",
            valueName: "size"))
    var memoryLimit: String?

    @Option(help: "auto, plain or none.")
    var progress: ProgressChoice = .auto

    enum OnErrorChoice: String, ExpressibleByArgument, CaseIterable {
        case fail, skip, quarantine
    }

    mutating func run() throws {
        let folder = project.folder
        let limit = try chosenLimit()
        let definition = try folder.project()
        let sources = try chosen(definition.sources)
        let display = ProgressDisplay(progress)
        var work = ProjectImport(folder, definition)
        work.limit = limit
        work.again = again
        work.onError = policy
        work.progress = { display.show($0) }
        work.phase = { display.show($0) }
        work.isCancelled = { Interruption.isRequested }
        let (report, outcome) = try {
            Interruption.begin()
            defer {
                Interruption.end()
                display.finish()
            }
            return try work.run(sources, extending: append || !source.isEmpty)
        }()
        Terminal.show(report.diagnostics)
        if report.moreProblems > 0 { Terminal.note("… and \(report.moreProblems) more rows with problems") }
        Terminal.data(ImportView(report: report, outcome: outcome).render())
        for file in report.quarantined { Terminal.note("rejected rows are in \(file.relativePath)") }
        if outcome == nil, !report.failed {
            Terminal.note("\nnothing new: the store is as it was")
            return
        }
        guard outcome != nil else {
            Terminal.note("\nnothing was imported: the store is as it was")
            let rejected = report.sources.reduce(0) { $0 + $1.errors.values.reduce(0, +) }
            if rejected * 2 > report.read {
                // Not the rows are wrong then, but how they are read.
                Terminal.next(
                    "mend how project.yaml reads the files (\(rejected) of \(report.read) rows cannot be read), then: tenure import"
                )
            } else if rejected > 0 {
                Terminal.next(
                    "tenure import --on-error skip         leaves the rows out that cannot be read",
                    "tenure import --on-error quarantine   keeps them aside, to be mended and imported")
            } else {
                Terminal.next("mend project.yaml, then: tenure import")
            }
            throw Outcome.failure
        }
        let useCases = try folder.useCaseFiles().map(\.id)
        Terminal.next("tenure check \(useCases.contains("cltv-dashboard") ? "cltv-dashboard" : useCases.first ?? "")")
    }

    /// The option comes before the environment.
    private func chosenLimit() throws -> MemoryLimit {
        let name = "TENURE_MEMORY_LIMIT"
        let environment = ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
        guard let text = memoryLimit ?? environment else { return .standard }
        let option = memoryLimit == nil ? name : "--memory-limit"
        guard let limit = MemoryLimit(text) else {
            throw Diagnostic(
                .invalidOption, "\(option) '\(text)' is no amount of memory",
                hints: ["such as 512MB, 1.5GiB or 800000000"])
        }
        guard limit.bytes >= MemoryLimit.smallest.bytes else {
            throw Diagnostic(
                .invalidOption, "\(option) '\(text)' is too little to import with", hints: ["at least 64MB"])
        }
        return limit
    }

    private var policy: OnError {
        switch onError {
        case .fail: .fail
        case .skip: .skip
        case .quarantine:
            .quarantine(
                to: quarantine.map { URL(filePath: $0, directoryHint: .isDirectory) }
                    ?? project.folder.url.appending(path: "quarantine", directoryHint: .isDirectory))
        }
    }

    private func chosen(_ sources: [Source]) throws -> [Source] {
        let known = sources.map(\.name.value)
        for name in source where !known.contains(name) {
            throw Diagnostic(
                .invalidOption, "project.yaml has no source '\(name)'",
                hints: didYouMean(name, among: known) + ["sources: \(known.joined(separator: ", "))"])
        }
        return source.isEmpty ? sources : sources.filter { source.contains($0.name.value) }
    }
}
