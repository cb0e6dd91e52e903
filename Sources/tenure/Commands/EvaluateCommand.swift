import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import Engine
import EventStores
import Foundation
import Plans
import Projects
import Quantities
import Queries
import Views

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute a deployed use case's dashboard.",
        discussion: """
            Without a window: the twelve months before the newest event. Examples:
              tenure evaluate cltv-dashboard --from 2025-01-01 --to 2026-01-01
              tenure evaluate cltv-dashboard --by country
              tenure evaluate cltv-dashboard --report cohort-retention --format csv
            """)

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var evaluation: EvaluationArguments

    @Flag(help: "Evaluate the definition and values as they stand, without deploying them.")
    var draft = false

    @Option(help: "Worker threads; the numbers do not depend on it.")
    var threads: Int = Machine.threads

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        let result = try EvaluationFlow(
            folder: project.folder, useCase: useCase, values: values, arguments: evaluation, draft: draft,
            threads: threads
        ).result()
        switch format {
        case .table:
            Terminal.data(TextView(width: Terminal.width, color: Terminal.colorOnOutput).render(result))
            Terminal.next("tenure export \(useCase)\(evaluation.arguments) --html \(useCase).html")
        case .json: Terminal.data(JSONView().render(result))
        case .csv:
            Terminal.data(try CSVView().render(result, report: evaluation.onlyReport))
            Terminal.noteSemantics(of: result)
        case .markdown: Terminal.data(MarkdownView().render(result))
        }
    }
}

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a deployed use case's dashboard to files: one self-contained HTML page, JSON, CSV, Markdown.")

    @Argument(help: "The use case's id.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var evaluation: EvaluationArguments

    @Flag(help: "From the definition and values as they stand, without deploying them.")
    var draft = false

    @Option(help: "Write a page without scripts or external parts to this file.")
    var html: String?

    @Option(help: "Write JSON to this file.")
    var json: String?

    @Option(help: "Write CSV to this file; with --report that report alone.")
    var csv: String?

    @Option(help: "Write Markdown to this file.")
    var markdown: String?

    func validate() throws {
        if html == nil, json == nil, csv == nil, markdown == nil {
            throw ValidationError("name at least one file: --html, --json, --csv or --markdown")
        }
    }

    mutating func run() throws {
        let result = try EvaluationFlow(
            folder: project.folder, useCase: useCase, values: values, arguments: evaluation, draft: draft,
            threads: Machine.threads
        ).result()
        if let html { try write(HTMLView().render(result), to: html) }
        if let json { try write(JSONView().render(result), to: json) }
        if let csv {
            try write(try CSVView().render(result, report: evaluation.onlyReport), to: csv)
            Terminal.noteSemantics(of: result)
        }
        if let markdown { try write(MarkdownView().render(result), to: markdown) }
    }

    private func write(_ text: String, to path: String) throws { try Terminal.write(Data(text.utf8), to: path) }
}

/// The stages from a deployed use case to its result.
struct EvaluationFlow {
    let folder: ProjectFolder
    let useCase: String
    let values: ValuesOptions
    let arguments: EvaluationArguments
    let draft: Bool
    let threads: Int

    func result() throws -> DashboardResult {
        let options = try arguments.options(zone: folder.project().timezone.value)
        let (definition, hash) = try definition()
        return try EvaluationSetup(folder, options: options, threads: threads).result(definition, hash: hash)
    }

    func definition() throws -> (UseCase, String) {
        try DefinitionFlow(folder: folder, useCase: useCase, values: values, draft: draft).definition()
    }
}

/// Which definition of a use case a command is about.
struct DefinitionFlow {
    let folder: ProjectFolder
    let useCase: String
    let values: ValuesOptions
    let draft: Bool

    /// The deployed definition, or with `draft` the one on disk, and its hash.
    func definition() throws -> (UseCase, String) {
        if draft {
            let filled = try folder.useCase(useCase, values.selection)
            return (filled, Blueprint(filled).hash)
        }
        if !values.isEmpty {
            throw Diagnostic(
                .invalidOption, "--env, -f and --set change a definition, but what is deployed is evaluated",
                hints: ["evaluate the changed definition: --draft", "or deploy it with the same options"])
        }
        let deployment = try folder.deployed(useCase)
        let filled = try deployment.definition()
        return (filled, deployment.blueprint.hash)
    }
}
