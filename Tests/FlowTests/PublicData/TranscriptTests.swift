import Foundation
import Testing

/// The session that Documentation/how-to/from-a-file-to-a-dashboard.md shows, command by command. `TENURE_RECORD=1` writes
/// what the commands print into the page.
@Suite struct TranscriptTests {
    private static let page = "Documentation/how-to/from-a-file-to-a-dashboard.md"

    /// A command and the lines that the page shows below it.
    private struct Step {
        var command: String
        var shown: [String]
        /// The lines of the page that `shown` stands in.
        var place: Range<Int>
    }

    @Test func thePageIsWhatHappens() throws {
        guard FileManager.default.fileExists(atPath: PublicData.folder.appending(path: "uci_online_retail").path) else {
            print("SKIPPED: uci_online_retail is not in \(PublicData.folder.path); TENURE_DATA names another folder")
            return
        }
        let file = TenureRun.package.appending(path: TranscriptTests.page)
        var lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).components(separatedBy: "\n")
        let steps = TranscriptTests.steps(lines)
        #expect(steps.count > 10)
        let isRecording = ProcessInfo.processInfo.environment["TENURE_RECORD"] == "1"
        let folder = try TemporaryFolder()
        var current = folder.url
        var recorded: [(Range<Int>, [String])] = []
        var changedByHand = 0
        for step in steps {
            if step.command.hasPrefix("cd ") {
                current = current.appending(path: String(step.command.dropFirst(3)))
                continue
            }
            let before = TranscriptTests.files(in: current)
            let printed = try TranscriptTests.run(step.command, in: current)
            if !step.command.hasPrefix("tenure ") {
                let added = TranscriptTests.files(in: current).difference(from: before).insertions.count
                changedByHand += added
            }
            if isRecording {
                recorded.append((step.place, printed))
            } else {
                TranscriptTests.compare(printed, to: step)
            }
        }
        #expect((1...3).contains(changedByHand), "\(changedByHand) lines are changed by hand")
        for (place, printed) in recorded.reversed() { lines.replaceSubrange(place, with: printed) }
        if isRecording { try Data(lines.joined(separator: "\n").utf8).write(to: file) }
    }

    /// The lines of the files that a mapping is made of.
    private static func files(in folder: URL) -> [String] {
        ["project.yaml", "values.yaml"].flatMap { name in
            (FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data())
                .split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func steps(_ lines: [String]) -> [Step] {
        var steps: [Step] = []
        var isInside = false
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                isInside = line == "```console transcript"
            } else if isInside, line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), shown: [], place: (index + 1)..<(index + 1)))
            } else if isInside, !steps.isEmpty {
                steps[steps.count - 1].shown.append(line)
                steps[steps.count - 1].place = steps[steps.count - 1].place.lowerBound..<(index + 1)
            }
        }
        return steps
    }

    /// What a command prints, on both ways, as a terminal shows it; nothing of empty lines at the end.
    private static func run(_ command: String, in folder: URL) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -o pipefail; \(command)"]
        process.currentDirectoryURL = folder
        let tools = try TenureRun.program().deletingLastPathComponent().path
        process.environment = [
            "PATH": "\(tools):/usr/local/bin:/usr/bin:/bin", "TENURE_DATA": PublicData.folder.path,
            "TENURE_HOME": TenureRun.package.path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "$ \(command)\n\(String(decoding: data, as: UTF8.self))")
        var lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// `…` alone on a line stands for any lines; within one, for any characters.
    private static func compare(_ printed: [String], to step: Step) {
        var rest = printed[...]
        var mayFollow = false
        var shown = step.shown
        while shown.last == "" { shown.removeLast() }
        for line in shown {
            if line == "…" {
                mayFollow = true
                continue
            }
            let index =
                mayFollow
                ? rest.firstIndex { matches($0, line) }
                : rest.first.map { matches($0, line) } == true ? rest.startIndex : nil
            guard let index else {
                Issue.record(
                    "$ \(step.command)\nthe page shows:\n\(line)\n--- printed is:\n\(rest.joined(separator: "\n"))")
                return
            }
            rest = rest[(index + 1)...]
            mayFollow = false
        }
        #expect(rest.isEmpty || mayFollow, "$ \(step.command) prints more:\n\(rest.joined(separator: "\n"))")
    }

    private static func matches(_ printed: String, _ shown: String) -> Bool {
        let parts = shown.components(separatedBy: "…")
        guard parts.count > 1 else { return printed == shown }
        guard printed.hasPrefix(parts[0]), printed.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = printed[...]
        for part in parts where !part.isEmpty {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
