import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import Engine
import EventStores
import Plans
import Projects
import Queries
import Views

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what a number is made of, why a customer is in a segment, or what the code of an error means.",
        discussion: """
            Examples:
              tenure explain TN206                                          an error's code; without one, all codes
              tenure explain cltv-dashboard apv                             a metric: formula, inputs, purchases
              tenure explain cltv-dashboard by-email.revenue --row "Email subscribers"
              tenure explain cltv-dashboard revenue --by country --row CZ   a row of a drill-down
              tenure explain cltv-dashboard revenue --format csv            every booking behind it
              tenure explain cltv-dashboard --customer 17                   a customer: rules, consents, purchases
            """)

    @Argument(help: ArgumentHelp("A code such as TN012, or a use case's id.", valueName: "code or use case"))
    var subject: String?

    @Argument(
        help: ArgumentHelp(
            "A metric of the use case: its name, or report.name where several reports have it.", valueName: "metric"))
    var metric: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var evaluation: EvaluationArguments
    @OptionGroup var rowOption: RowOption

    @Option(help: ArgumentHelp("Explain this customer.", valueName: "id"))
    var customer: String?

    @Flag(help: "From the definition and values as they stand, without deploying them.")
    var draft = false

    @Option(help: "How many bookings a table shows; other formats give all.")
    var limit = 20

    @Option(help: "table, json, csv (the bookings alone) or markdown.")
    var format: OutputFormat = .table

    func validate() throws {
        if limit < 0 { throw ValidationError("--limit is 0 or more") }
    }

    mutating func run() throws {
        guard let subject else { return listCodes() }
        if let code = Code.all.first(where: { $0.id == subject.uppercased() }) {
            if metric != nil || customer != nil {
                throw Diagnostic(.invalidOption, "'\(subject)' is a code: nothing else is explained with it")
            }
            return Terminal.data("\(code.id): \(code.title)\n\n\(code.explanation)")
        }
        let known = try project.folder.useCaseFiles().map(\.id)
        guard known.contains(subject) else {
            if subject.uppercased().hasPrefix("TN"), subject.dropFirst(2).allSatisfy(\.isNumber) {
                throw Diagnostic(
                    .unknownCode, "there is no code '\(subject)'",
                    hints: didYouMean(subject, among: Code.all.map(\.id)) + ["all codes: tenure explain"])
            }
            throw Diagnostic(
                .unknownUseCase, "'\(subject)' is no code and no use case",
                hints: didYouMean(subject, among: known + Code.all.map(\.id)) + [
                    "use cases: \(known.joined(separator: ", "))", "all codes: tenure explain",
                ])
        }
        if !evaluation.report.isEmpty {
            throw Diagnostic(
                .invalidOption, "--report goes without explain",
                hints: ["name the report with the metric: tenure explain \(subject) report.metric"])
        }
        if customer != nil, !rowOption.row.isEmpty || !evaluation.by.isEmpty || evaluation.consentAsOf != nil {
            throw Diagnostic(
                .invalidOption, "--row, --by and --consent-as-of are for metrics, and a customer is explained",
                hints: ["segments are those of --as-of"])
        }
        switch (metric, customer) {
        case (let metric?, nil): try explain(metric, of: subject)
        case (nil, let customer?): try explain(customer: customer, of: subject)
        case (nil, nil):
            throw Diagnostic(
                .invalidOption, "what of '\(subject)' is to be explained?",
                hints: [
                    "a metric: tenure explain \(subject) revenue",
                    "a customer: tenure explain \(subject) --customer ID",
                ])
        case (_?, _?):
            throw Diagnostic(.invalidOption, "a metric and a customer are explained one at a time")
        }
    }

    private func listCodes() {
        Terminal.data(
            Listing(
                "codes", columns: [Listing.Column("code"), Listing.Column("title")],
                rows: Code.all.map { [$0.id, $0.title] }, empty: ""
            ).render(format, width: Terminal.listingWidth))
    }

    private func explain(_ metric: String, of useCase: String) throws {
        let folder = project.folder
        var options = try evaluation.options(zone: folder.project().timezone.value)
        var target = MetricTarget(metric, row: rowOption.row)
        if !options.by.isEmpty {
            if let report = target.report {
                throw Diagnostic(
                    .invalidOption, "--by is a report of its own, and '\(report)' is another",
                    hints: ["name the metric alone: \(target.metric)"])
            }
            target.report = ReportLowering.drillDownID(options.by)
        } else if let report = target.report {
            options.reports = [report]
        }
        let (definition, hash) = try EvaluationFlow(
            folder: folder, useCase: useCase, values: values, arguments: evaluation, draft: draft,
            threads: Machine.threads
        ).definition()
        let setup = try EvaluationSetup(folder, options: options, threads: Machine.threads)
        do {
            let explanation = try MetricExplaining(
                definition, project: setup.project, profile: setup.profile, semantics: setup.semantics,
                options: options, engine: setup.engine
            ).explanation(
                target, limit: format == .table ? limit : .max, definition: hash,
                generation: setup.generation)
            let view = MetricExplanationView(explanation)
            Terminal.data(view.render(format, width: Terminal.listingWidth))
            if format == .table, !view.isComplete {
                Terminal.note("\nAll bookings, one a line: the same command with --format csv")
            }
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    private func explain(customer: String, of useCase: String) throws {
        let folder = project.folder
        let options = try evaluation.options(zone: folder.project().timezone.value)
        let (definition, _) = try EvaluationFlow(
            folder: folder, useCase: useCase, values: values, arguments: evaluation, draft: draft, threads: 1
        ).definition()
        let setup = try EvaluationSetup(folder, options: options, threads: 1)
        do {
            let explaining = try CustomerExplaining(
                definition, project: setup.project, profile: setup.profile, semantics: setup.semantics,
                engine: setup.engine)
            guard let explanation = try explaining.explanation(customer) else {
                throw Diagnostic(
                    .unknownCustomer, "the data has no customer '\(customer)'",
                    hints: ["ids are compared letter by letter, as they were imported"])
            }
            Terminal.data(CustomerExplanationView(explanation).render(format, width: Terminal.listingWidth))
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }
}
