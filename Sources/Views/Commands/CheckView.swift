import Definitions
import Diagnostics
package import Plans

package enum CheckFormat: String, CaseIterable, Sendable {
    case table, json, csv, markdown, github, sarif
}

/// Requirements with their evidence.
package struct CheckView: Sendable {
    private let useCase: String
    private let results: [RequirementResult]

    package init(useCase: String, results: [RequirementResult]) {
        self.useCase = useCase
        self.results = results
    }

    package func render(_ format: CheckFormat) -> String {
        switch format {
        case .table: table
        case .json: json
        case .csv: listing.render(.csv)
        case .markdown: listing.render(.markdown)
        case .github: MachineFormat.github.render(diagnostics)
        case .sarif: MachineFormat.sarif.render(diagnostics)
        }
    }

    private var table: String {
        let subjects = results.map { DisplayWidth.printable($0.subject) }
        let width = min(44, subjects.map { DisplayWidth.of($0) }.max() ?? 0)
        var lines: [String] = []
        for (result, subject) in zip(results, subjects) {
            let level = DisplayWidth.padded(result.level.rawValue, to: 11)
            let lead = "\(mark(result)) \(level)  \(DisplayWidth.padded(subject, to: width))"
            let evidence = result.evidence.map(DisplayWidth.printable)
            lines.append("\(lead)  \(evidence.first ?? "")")
            let indent = String(repeating: " ", count: DisplayWidth.of(lead) + 2)
            lines += evidence.dropFirst().map { indent + $0 }
            if result.status != .matched { lines += result.hints.map { "\(indent)→ \(DisplayWidth.printable($0))" } }
        }
        func count(_ status: RequirementResult.Status) -> Int { results.count { $0.status == status } }
        let blocking = results.count(where: \.isBlocking)
        lines.append("")
        lines.append(
            "\(useCase): \(count(.matched)) matched, \(count(.default)) by default, \(count(.missing)) missing"
                + (blocking > 0 ? "; \(blocking) required" : ""))
        return lines.joined(separator: "\n")
    }

    private func mark(_ result: RequirementResult) -> String {
        switch result.status {
        case .matched: "✓"
        case .default: "○"
        case .missing: "✗"
        }
    }

    private var listing: Listing {
        Listing(
            "requirements",
            columns: ["status", "level", "requirement", "evidence", "hints"].map { Listing.Column($0) },
            rows: results.map {
                [
                    $0.status.rawValue, $0.level.rawValue, $0.subject, $0.evidence.joined(separator: "; "),
                    $0.hints.joined(separator: "; "),
                ]
            },
            empty: "The use case requires nothing.")
    }

    private var json: String { JSONText.object(members).indented }

    /// JSON with what is proposed beside it.
    package func json(suggestions: SuggestionView) -> String {
        JSONText.object(members + [("suggestions", suggestions.json)]).indented
    }

    private var members: [(String, JSONText)] {
        let list = results.map { result in
            JSONText.object([
                ("requirement", .string(result.subject)),
                ("level", .string(result.level.rawValue)),
                ("status", .string(result.status.rawValue)),
                ("evidence", .strings(result.evidence)),
                ("hints", .strings(result.hints)),
                ("file", .string(result.place.file.path)),
                ("line", .integer(result.place.line)),
            ])
        }
        return [
            ("schema_version", .integer(1)), ("use_case", .string(useCase)),
            ("met", .boolean(!results.contains(where: \.isBlocking))), ("requirements", .array(list)),
        ]
    }

    /// What is not matched, as diagnostics: a missing required thing is an error, the rest warnings and notes.
    private var diagnostics: [Diagnostic] {
        results.filter { $0.status != .matched }.map { result in
            let severity: Diagnostic.Severity =
                result.isBlocking ? .error : result.level == .optional ? .note : .warning
            return Diagnostic(
                severity, .unmetRequirements, "\(result.subject): \(result.evidence.joined(separator: "; "))",
                at: result.place, hints: result.hints)
        }
    }
}
