import ArgumentParser
import Definitions
import Deployments
import Diagnostics
import Plans
import Projects
import Quantities
import Queries
import Views

struct Reconcile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Walk from Tenure's number to the one that somebody else has, one policy after the other.",
        discussion: """
            The policies that are given, and the values, are what the other number was made under; the walk shows what each \
            of them changes. With --expect and no policies, all combinations are tried, and the nearest is shown. With \
            neither, each policy is changed by itself.
              tenure reconcile cltv-dashboard revenue --from 2025-01-01 --to 2026-01-01 --expect 91204.50
              tenure reconcile cltv-dashboard revenue --revenue-basis gross --tz UTC --expect 91204.50
              tenure reconcile cltv-dashboard revenue --set success_statuses=completed,pending
            """)

    @Argument(help: "The use case's id.")
    var useCase: String

    @Argument(help: "A metric: its name, or report.name where several reports have it.")
    var metric: String

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var evaluation: EvaluationArguments
    @OptionGroup var rowOption: RowOption

    @Option(help: ArgumentHelp("The other number, with a point: 91204.50", valueName: "number"))
    var expect: String?

    @Option(help: "table, json, csv or markdown.")
    var format: OutputFormat = .table

    func validate() throws {
        if let expect, ExactDecimal(expect) == nil {
            throw ValidationError("--expect '\(expect)' is not a number, such as 91204.50")
        }
        if !evaluation.by.isEmpty || !evaluation.report.isEmpty {
            throw ValidationError("one number is reconciled: leave out --by and --report, and name it as report.metric")
        }
    }

    mutating func run() throws {
        var folder = project.folder
        _ = try folder.project()
        // The files are read again, and what they are warned of is said once.
        folder.warn = { _ in }
        let reading = try MetricReading(folder, useCase, metric, values, evaluation, row: rowOption.row)
        let given = changes(reading)
        let expected = expect.flatMap { ExactDecimal($0) }
        let walk: Reconciliation
        var alone: [Reconciliation] = []
        if given.isEmpty, let expected {
            walk = try .nearest(
                to: expected, among: reading.alternatives, from: reading.current, value: reading.value)
        } else {
            walk = try Reconciliation(given, from: reading.current, expected: expected, value: reading.value)
            if given.isEmpty {
                alone = try reading.alternatives.sorted { $0.key < $1.key }.flatMap { policy, values in
                    try values.map {
                        try Reconciliation(
                            [PolicyChange(policy, $0)], from: reading.current, expected: nil, value: reading.value)
                    }
                }
            }
        }
        Terminal.data(
            ReconciliationView(try reading.subject(), walk: walk, alone: alone)
                .render(format, width: Terminal.listingWidth))
        if expected != nil, !walk.isExplained {
            Terminal.note("\nEvery booking behind the number, to compare one by one:")
            Terminal.next("tenure explain \(useCase) \(metric)\(evaluation.arguments) --format csv")
        }
    }

    /// The policies that were given.
    private func changes(_ reading: MetricReading) -> [PolicyChange] {
        var changes: [PolicyChange] = []
        func add(_ policy: PolicyChange.Policy, _ value: String?) {
            if let value { changes.append(PolicyChange(policy, value)) }
        }
        if !values.isEmpty {
            // What the files have changed is no doing of the values.
            if reading.filesHaveChanged { add(.files, "as they stand, not deployed") }
            add(.definition, values.arguments.trimmingPrefix(" ").description)
        }
        add(.revenueBasis, evaluation.money.revenueBasis)
        add(.refundDating, evaluation.refundDating)
        add(.timezone, evaluation.money.tz)
        add(.attribution, evaluation.attribution)
        add(.fx, evaluation.money.fx)
        add(.consentAsOf, evaluation.consentAsOf)
        return changes
    }
}

/// One metric of a deployed use case, read under any policies.
private final class MetricReading {
    /// Opened once: what is compared is of the same state of the data.
    private let data: ProjectData
    private let target: MetricTarget
    private let arguments: EvaluationArguments
    private let deployed: UseCase
    /// The definition of the files, without and with the values that were given; nil without any.
    private let files: UseCase?
    private let changed: UseCase?
    let filesHaveChanged: Bool
    private let semantics: Semantics
    private let hasCharges: Bool
    private var known: [[PolicyChange]: Value?] = [:]
    /// The report that has the metric, where none was named: found once, and the others are not computed again.
    private var report: String?

    init(
        _ folder: ProjectFolder, _ useCase: String, _ metric: String, _ values: ValuesOptions,
        _ arguments: EvaluationArguments, row: [String]
    ) throws {
        target = MetricTarget(metric, row: row)
        report = target.report
        self.arguments = arguments
        let deployment = try folder.deployed(useCase)
        deployed = try deployment.definition()
        files = values.isEmpty ? nil : try folder.useCase(useCase, ValuesSelection())
        changed = values.isEmpty ? nil : try folder.useCase(useCase, values.selection)
        filesHaveChanged = files.map { Blueprint($0) != deployment.blueprint } ?? false
        hasCharges = deployed.purchases.charges != nil
        // Mistakes in the given policies show before anything is opened.
        _ = try arguments.options(zone: folder.project().timezone.value)
        data = try ProjectData(folder, threads: Machine.threads)
        semantics = try EvaluationSetup(data, options: MetricReading.options([], arguments, data.project)).semantics
    }

    /// The project's policies.
    var current: [PolicyChange.Policy: String] {
        [
            .revenueBasis: semantics.revenueBasis.rawValue, .refundDating: semantics.refundDating.rawValue,
            .timezone: semantics.timezone, .attribution: semantics.attribution.rawValue, .fx: semantics.fx.rawValue,
            .consentAsOf: semantics.consentAsOf.rawValue,
        ]
    }

    /// What is tried beside the project's policies: what cannot change anything is left out.
    var alternatives: [PolicyChange.Policy: [String]] {
        var alternatives: [PolicyChange.Policy: [String]] = [
            .revenueBasis: RevenueBasis.allCases.map(\.rawValue), .refundDating: RefundDating.allCases.map(\.rawValue),
            .timezone: ["UTC"], .consentAsOf: ConsentAsOf.allCases.map(\.rawValue),
        ]
        if hasCharges { alternatives[.attribution] = Attribution.allCases.map(\.rawValue) }
        if !semantics.rates.rates.isEmpty { alternatives[.fx] = FXPolicy.allCases.map(\.rawValue) }
        return alternatives.reduce(into: [:]) { result, entry in
            let others = entry.value.filter { $0 != current[entry.key] }
            if !others.isEmpty { result[entry.key] = others }
        }
    }

    func value(_ changes: [PolicyChange]) throws -> Value? {
        if let value = known[changes] { return value }
        let (table, column) = try column(changes)
        let row = target.row(of: table)
        let value = row?.values[column]
        // A row may be missing under other policies; to start with it has to be there.
        if changes.isEmpty {
            if row == nil, !target.row.isEmpty { throw target.unknownRow(of: table) }
            if value == nil {
                throw Diagnostic(
                    .unknownDimension,
                    "there is no value to start from: '\(target.metric)' has none "
                        + (target.row.isEmpty ? "in total" : "in that row"),
                    hints: ["name a row that has one: --row LABEL"])
            }
        }
        known[changes] = value
        return value
    }

    func subject() throws -> ReconciliationView.Subject {
        let (table, position) = try column([])
        let column = table.columns[position]
        return ReconciliationView.Subject(
            title: column.title, type: column.type, currency: semantics.displayCurrency, semantics: semantics)
    }

    private func column(_ changes: [PolicyChange]) throws -> (table: ResultTable, column: Int) {
        func has(_ policy: PolicyChange.Policy) -> Bool { changes.contains { $0.policy == policy } }
        let definition = has(.definition) ? changed ?? deployed : has(.files) ? files ?? deployed : deployed
        var options = try MetricReading.options(changes, arguments, data.project)
        // Another definition may have the metric elsewhere.
        let isDeployed = !has(.definition) && !has(.files)
        let asked = isDeployed ? metricAlone(in: definition) : definition
        if let report = isDeployed ? report : target.report { options.reports = [report] }
        let found = try target.column(in: EvaluationSetup(data, options: options).result(asked, hash: ""))
        if isDeployed { report = found.table.id }
        return found
    }

    /// The definition without the other key figures beside the metric, their course by month and the period before: nothing of
    /// the metric's own depends on them. Which rows a table has depends on all of its metrics.
    private func metricAlone(in definition: UseCase) -> UseCase {
        var alone = definition
        guard
            let place = definition.dashboard?.reports.firstIndex(where: {
                $0.id.value == report && $0.kind == .kpi && $0.metrics.contains { $0.value == target.metric }
            })
        else { return definition }
        alone.dashboard?.reports[place].kind = .table
        alone.dashboard?.reports[place].compare = nil
        alone.dashboard?.reports[place].metrics.removeAll { $0.value != target.metric }
        return alone
    }

    /// The window of the arguments with the project's policies and these changes; dates are read in the zone that results.
    private static func options(
        _ changes: [PolicyChange], _ arguments: EvaluationArguments, _ project: Project
    ) throws -> EvaluationOptions {
        var changed = arguments
        func value(_ policy: PolicyChange.Policy) -> String? { changes.first { $0.policy == policy }?.value }
        changed.money.revenueBasis = value(.revenueBasis)
        changed.refundDating = value(.refundDating)
        changed.money.tz = value(.timezone)
        changed.attribution = value(.attribution)
        changed.money.fx = value(.fx)
        changed.consentAsOf = value(.consentAsOf)
        return try changed.options(zone: project.timezone.value)
    }
}
