import Definitions
import Deployments
import Diagnostics
import EventStores
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Views

/// `GET /reports/{report}`: the drill-down of a deployed dashboard by one of its groupings.
struct ReportAPI {
    let deployed: DeployedDashboard
    let zone: Zone
    /// What rows can be grouped by: the dashboard's named groupings, then whatever the data has.
    let groupings: [String]
    let sources: [SourceState]
    private let currencies: [String]?

    init(_ deployed: DeployedDashboard, _ state: ProjectState) {
        self.deployed = deployed
        zone = state.zone
        sources = state.sources
        let dashboard = DashboardAPI(deployed, state)
        groupings = dashboard.dimensions(state.data.profile)
        currencies = dashboard.currencies
    }

    /// The names of metrics in the API, in the order of the report: `fc_quantity` is `fcQuantity`.
    var measures: [(name: String, metric: String)] {
        let reserved = ["currency", "incomplete"] + deployed.dashboard.groupings.map(\.name.value)
        return deployed.dashboard.drillDownMetrics.map { metric in
            let name = camelCase(metric.value)
            return (reserved.contains(name) ? name + "Value" : name, metric.value)
        }
    }

    var exclusions: [String] { deployed.dashboard.exclusions.map(\.name.value) }

    /// What rows can be sorted by.
    var orders: [String] { RowOrder.choices(measures.map(\.name)) }

    /// The order of rows in the words of the API, for one in those of metrics.
    func order(_ text: String?) -> String? {
        guard let text else { return nil }
        let order = RowOrder(text)
        let name = measures.first { $0.metric == order.column }?.name ?? order.column
        return (order.isDescending ? "-" : "") + name
    }

    /// What a request asks for, and in which order its rows are.
    ///
    /// - Throws: `Problem` 400 with everything that is wrong in it.
    func options(_ query: QueryString) throws -> (options: EvaluationOptions, order: RowOrder?) {
        var reader = ParameterReader(query)
        var options = reader.evaluation(zone: zone, currencies: currencies, exclusions: exclusions)
        let grouping = reader.word("groupBy", among: groupings)
        let measures = reader.words("measures", among: measures.map(\.name))
        let sort = reader.word("sort", among: orders)
        try reader.finish()
        options.isDrillDownOnly = true
        options.by = [grouping].compactMap(\.self)
        options.metrics = measures.compactMap { name in self.measures.first { $0.name == name }?.metric }
        let order = sort.map { text in
            let order = RowOrder(text)
            let metric = self.measures.first { $0.name == order.column }?.metric ?? order.column
            return RowOrder((order.isDescending ? "-" : "") + metric)
        }
        return (options, order)
    }

    /// - Throws: `Problem` 400 where a measure was asked for that the grouping cannot have.
    func json(_ result: DashboardResult, _ options: EvaluationOptions, _ order: RowOrder?) throws -> JSONText {
        let table = try checked(result, options, order).table
        let names = Dictionary(uniqueKeysWithValues: measures.map { ($0.metric, $0.name) })
        func row(_ row: ResultTable.Row, group: ResultTable.Key?) -> JSONText {
            var members: [(String, JSONText)] = []
            if let group, let name = options.by.first { members.append((groupName(name), text(group))) }
            if options.by.first != "currency" || group == nil { members.append(("currency", .string(row.currency))) }
            for (column, value) in zip(table.columns, row.values) {
                let number = NumberFormatting.raw(value).map { JSONText.number($0) } ?? .null
                members.append((names[column.name] ?? column.name, number))
            }
            if isTimed(table), group != nil { members.append(("incomplete", .boolean(row.isIncomplete))) }
            return .inline(.object(members))
        }
        let isGrouped = !table.dimensions.isEmpty
        let rows = isGrouped ? table.rows.map { row($0, group: $0.keys.first) } : []
        let total = (isGrouped ? table.total : table.rows.first).map { row($0, group: nil) } ?? .null
        return .object([("data", .array(rows)), ("total", total), ("meta", meta(result, table, options, names))])
    }

    /// - Throws: `Problem` 400 where a measure was asked for that the grouping cannot have.
    func csv(_ result: DashboardResult, _ options: EvaluationOptions, _ order: RowOrder?) throws -> String {
        CSVView().table(try checked(result, options, order))
    }

    private func checked(
        _ result: DashboardResult, _ options: EvaluationOptions, _ order: RowOrder?
    ) throws -> ReportResult {
        guard var report = result.reports.last else {
            preconditionFailure("a drill-down is one report, the evaluation has none")
        }
        let there = report.table.columns.map(\.name)
        let missing = options.metrics.filter { !there.contains($0) }
        if missing.isEmpty {
            if let order { report.table.rows = order.sorted(report.table) }
            return report
        }
        throw Problem.parameters(
            missing.map { metric in
                let name = measures.first { $0.metric == metric }?.name ?? metric
                let reason = result.warnings.first { $0.hasPrefix("By ") } ?? ""
                return .init("measures", "'\(name)' is not there by \(options.by.joined()). \(reason)")
            })
    }

    private func text(_ key: ResultTable.Key) -> JSONText {
        if case .missing = key.key { return .null }
        return .string(key.label)
    }

    /// The member that has the group: the grouping's name, unless a measure has it.
    func groupName(_ grouping: String) -> String {
        measures.contains { $0.name == grouping } ? "group." + grouping : grouping
    }

    private func isTimed(_ table: ResultTable) -> Bool {
        table.dimensions.contains { header in
            if case .calendar = header.dimension { return true }
            return false
        }
    }

    private func meta(
        _ result: DashboardResult, _ table: ResultTable, _ options: EvaluationOptions, _ names: [String: String]
    ) -> JSONText {
        let measures: [JSONText] = table.columns.map { column in
            .inline(
                .object([
                    ("name", .string(names[column.name] ?? column.name)), ("title", .string(column.title)),
                    ("type", .string(column.type.rawValue)), ("formula", .nullable(column.expression?.source)),
                    ("explanation", .string(column.explanation)),
                ]))
        }
        let exclusions = options.exclusions.map { ($0.name, JSONText.inline(.strings($0.values))) }
        return .object([
            ("report", .string(result.id)), ("title", .string(result.title)),
            ("useCase", .string(deployed.useCase)), ("version", .string(deployed.deployment.blueprint.version)),
            ("groupBy", .nullable(options.by.first)),
            (
                "createdAt",
                .inline(
                    .object([
                        ("gte", .string(result.semantics.window.from.description)),
                        ("lt", .string(result.semantics.window.to.description)),
                    ]))
            ),
            ("excluded", .object(exclusions)), ("measures", .array(measures)),
            ("semantics", JSONView().semantics(result.semantics)),
            (
                "sources",
                .array(
                    sources.map { source in
                        .inline(
                            .object([
                                ("source", .string(source.name)), ("state", .string(source.state)),
                                ("updatedAt", .nullable(source.updatedAt?.description)),
                            ]))
                    })
            ),
            ("definition", .string(result.definition)), ("generation", .string(result.generation)),
            ("notes", .strings(table.notes)), ("warnings", .strings(result.warnings)),
        ])
    }
}

/// `fc_quantity` as `fcQuantity`.
func camelCase(_ name: String) -> String {
    let parts = name.split(separator: "_")
    let head = parts.first.map { String($0) } ?? name
    return head + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
}

/// The name of an exported file with the first and the last day of its window: `cltv_2026-01-01_2026-01-31.csv`.
func fileName(_ id: String, _ semantics: Semantics) -> String {
    guard let zone = Zone(identifier: semantics.timezone) else { return "\(id).csv" }
    let first = zone.date(at: semantics.window.from)
    let last = zone.date(at: Instant(microseconds: semantics.window.to.microseconds - 1))
    return "\(id)_\(first)_\(last).csv"
}
