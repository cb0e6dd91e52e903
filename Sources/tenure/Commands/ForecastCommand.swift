import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import Engine
import EventStores
import Plans
import Projects
import Quantities
import Queries
import Views

struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Tell what customers are expected to spend, how well that worked before, and why not to believe it.",
        discussion: """
            A customer-base model is fitted to the purchases of a use case, and held against a period at the end that it did
            not see. Examples:
              tenure forecast cltv-dashboard
              tenure forecast cltv-dashboard --by email-subscription --horizon "6 months"
              tenure forecast cltv-dashboard --by quarter --format csv
              tenure forecast cltv-dashboard --customers --format csv
            """)

    @Argument(help: "The use case's id: its definition says what a purchase is.")
    var useCase: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far it looks: 12 months, 52 weeks, 90 days; 10 years at most.", valueName: "length"))
    var horizon = "12 months"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What money is worth less in a year, such as 0.1 or 10%.", valueName: "share"))
    var discount = "10%"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The share of revenue that counts as value, such as 40%.", valueName: "share"))
    var margin = "100%"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The period at the end that the model is held against; the shorter of the horizon and half of the history.",
            valueName: "length"))
    var holdout: String?

    @Option(
        help: ArgumentHelp(
            "A customer segmentation, or day, week, month, quarter or year of acquisition.", valueName: "name"))
    var by: [String] = []

    @Flag(help: "Each customer by itself instead of sums.")
    var customers = false

    @OptionGroup var money: MoneyArguments

    @Flag(help: "From the definition and values as they stand, without deploying them.")
    var draft = false

    @Option(help: "Worker threads; the numbers do not depend on it.")
    var threads: Int = Machine.threads

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    mutating func run() throws {
        let folder = project.folder
        if by.count > 1 {
            throw Diagnostic(
                .invalidOption, "--by stands there \(by.count) times, and rows are of one thing", hints: ["one of them"]
            )
        }
        if customers, !by.isEmpty {
            throw Diagnostic(
                .invalidOption, "--by is of sums, and --customers has none", hints: ["one of the two"])
        }
        let question = try question()
        let (definition, hash) = try DefinitionFlow(
            folder: folder, useCase: useCase, values: values, draft: draft
        ).definition()
        let options = try money.texts.commandLineOptions(zone: folder.project().timezone.value)
        let setup = try EvaluationSetup(folder, options: options, threads: threads)
        do {
            let result = try ForecastMaking(
                definition, project: setup.project, profile: setup.profile, semantics: setup.semantics,
                engine: setup.engine
            ).forecast(question, definition: hash, generation: setup.generation, isByCustomer: customers)
            if customers {
                let view = ForecastCustomersView(
                    result, ids: try setup.engine.customerIDs(result.summaries.customers))
                Terminal.data(view.render(format, width: Terminal.listingWidth))
                if format != .json { for line in result.reasons { Terminal.note(line) } }
            } else {
                Terminal.data(ForecastView(result).render(format, width: Terminal.listingWidth))
                if format == .csv { for line in result.reasons { Terminal.note(line) } }
            }
            // As of a check: what was asked for is not there, and the output says why.
            if result.isRefused { throw ExitCode(3) }
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    private func question() throws -> ForecastQuestion {
        ForecastQuestion(
            horizon: try length(horizon, "horizon"), annualRate: try share(discount, "discount"),
            margin: try positiveShare(margin, "margin"), holdout: try holdout.map { try length($0, "holdout") },
            split: by.first.map { name in
                CalendarUnit(rawValue: name).map { .cohort($0) } ?? .segmentation(name)
            })
    }

    private func positiveShare(_ text: String, _ option: String) throws -> Double {
        let share = try share(text, option)
        if share == 0 {
            throw Diagnostic(.invalidOption, "--\(option): of nothing there is no value", hints: ["more than 0"])
        }
        return share
    }

    private func length(_ text: String, _ option: String) throws -> Span {
        guard let length = Span(length: text) else {
            throw Diagnostic(
                .invalidOption, "--\(option): '\(text)' is not a length of time",
                hints: ["such as \"12 months\", \"52 weeks\", \"90 days\""])
        }
        return length
    }

    private func share(_ text: String, _ option: String) throws -> Double {
        let text = text.filter { $0 != " " }
        let isPercent = text.hasSuffix("%")
        let digits = isPercent ? String(text.dropLast()) : text
        guard let number = ExactDecimal(digits)?.double else {
            throw Diagnostic(
                .invalidOption, "--\(option): '\(text)' is not a share", hints: ["such as 0.4 or 40%"])
        }
        let share = number / (isPercent ? 100 : 1)
        guard share >= 0, share <= 1 else {
            let isMeantAsPercent = !isPercent && number > 1 && number <= 100
            throw Diagnostic(
                .invalidOption, "--\(option): '\(text)' is not between 0 and 1",
                hints: isMeantAsPercent ? ["did you mean '\(text)%'?"] : ["such as 0.4 or 40%"])
        }
        return share
    }
}
