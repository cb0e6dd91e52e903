import Definitions
import Diagnostics
package import Scenarios

package enum ScenarioFormat: String, CaseIterable, Sendable {
    case table, json, github
}

/// The tests of use cases, with what differs.
package struct ScenarioView: Sendable {
    /// The tests of one file.
    package struct Part: Sendable {
        package var useCase: String
        package var file: String
        package var outcomes: [ScenarioRun.Outcome]

        package init(useCase: String, file: String, outcomes: [ScenarioRun.Outcome]) {
            self.useCase = useCase
            self.file = file
            self.outcomes = outcomes
        }
    }

    private let parts: [Part]

    /// Files that cannot be read.
    private let unreadable: Int

    package init(_ parts: [Part], unreadable: Int = 0) {
        self.parts = parts
        self.unreadable = unreadable
    }

    package var hasFailures: Bool { parts.contains { $0.outcomes.contains { !$0.failures.isEmpty } } }

    package func render(_ format: ScenarioFormat, color: Bool = false) -> String {
        switch format {
        case .table: table(color)
        case .json: json
        case .github: MachineFormat.github.render(parts.flatMap { $0.outcomes.flatMap(\.failures) })
        }
    }

    private func table(_ color: Bool) -> String {
        var lines: [String] = []
        for part in parts {
            lines.append(part.file)
            for outcome in part.outcomes {
                let mark = outcome.failures.isEmpty ? "✓" : "✗"
                lines.append("  \(mark) \(DisplayWidth.printable(outcome.scenario.value))")
                if !outcome.failures.isEmpty {
                    let text = TextRenderer(isColored: color).render(outcome.failures)
                    lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
                }
            }
        }
        let outcomes = parts.flatMap(\.outcomes)
        let failed = outcomes.count { !$0.failures.isEmpty }
        let checked = outcomes.reduce(0) { $0 + $1.checked }
        lines.append("")
        lines.append(
            "\(outcomes.count - failed) passed, \(failed) failed; \(checked) expectation\(checked == 1 ? "" : "s")"
                + (unreadable == 0 ? "" : "; \(unreadable) file\(unreadable == 1 ? "" : "s") could not be read"))
        return lines.joined(separator: "\n")
    }

    private var json: String {
        let tests = parts.flatMap { part in
            part.outcomes.map { outcome in
                JSONText.object([
                    ("use_case", .string(part.useCase)), ("file", .string(part.file)),
                    ("test", .string(outcome.scenario.value)), ("line", .integer(outcome.scenario.place.line)),
                    ("passed", .boolean(outcome.failures.isEmpty)), ("expectations", .integer(outcome.checked)),
                    (
                        "failures",
                        .array(
                            outcome.failures.map { failure in
                                JSONText.object([
                                    ("message", .string(failure.message)),
                                    ("line", .integer(failure.place?.line ?? outcome.scenario.place.line)),
                                ])
                            })
                    ),
                ])
            }
        }
        return JSONText.object([
            ("schema_version", .integer(1)), ("passed", .boolean(!hasFailures && unreadable == 0)),
            ("unreadable_files", .integer(unreadable)), ("tests", .array(tests)),
        ]).indented
    }
}
