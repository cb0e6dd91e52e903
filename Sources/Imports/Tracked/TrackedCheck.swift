package import Definitions
import Diagnostics
import EventStores
import Foundation
package import Quantities

/// Whether what is posted can be imported, asked before it is acknowledged: what the import would do with it, done in
/// memory.
package struct TrackedCheck {
    private let sources: [Source]
    private let timezone: Zone
    private let sink: PostedSink
    private let guests: Bool

    /// What an import would do with a line.
    package enum Verdict: Equatable, Sendable {
        case accepted
        /// By no source: what they leave out.
        case leftOut
        /// By the line's own fault.
        case refused(String)
        /// By that of the mapping.
        case unusable(String)
    }

    /// - Parameters:
    ///   - sources: all of a project.
    ///   - limits: of the store that it would be added to.
    ///   - times: that events may have.
    /// - Throws: `storeDamaged`
    package init(_ sources: [Source], timezone: Zone, limits: PostedLimits, times: ClosedRange<Instant>) throws {
        self.sources = sources
        self.timezone = timezone
        sink = try PostedSink(limits, times: times)
        guests = sources.contains { $0.withoutCustomer?.value == .guest }
    }

    /// The sources that take what is posted of a kind.
    private static func sources(of kind: Source.TrackedKind, in sources: [Source]) -> [Source] {
        sources.filter { if case .tracking(let own) = $0.input { own.value == kind } else { false } }
    }

    /// - Throws: `storeDamaged`
    package func verdict(on line: PostedLine) throws -> Verdict {
        var verdict = Verdict.leftOut
        for source in TrackedCheck.sources(of: line.kind, in: sources) {
            let findings = Findings()
            let before = sink.propertiesSet
            if case .fixed? = source.event?.type { sink.needsKeys = true } else { sink.needsKeys = false }
            let run = SourceImport(
                source, timezone: timezone, sink: sink, findings: findings,
                meter: ProgressMeter(total: 0, report: { _ in }, isCancelled: { false }), quarantine: nil,
                rowProblemsFail: true, guestsExist: guests, reading: ChunkedReading())
            let file = InputFile(path: "the request", url: URL(filePath: "/"), size: line.bytes.count)
            do {
                try run.read(MemoryBytes(line.bytes), file, line.kind)
            } catch {
                try findings.add(error)
            }
            if let problem = findings.diagnostics.first(where: { $0.severity == .error }) {
                let message = "source '\(source.name.value)': \(problem.message)"
                return run.counts.errors.isEmpty ? .unusable(message) : .refused(message)
            }
            // A source of properties that takes none of them takes nothing.
            let isTaken = source.event != nil || sink.propertiesSet > before
            if run.counts.accepted > 0, isTaken { verdict = .accepted }
        }
        return verdict
    }
}
