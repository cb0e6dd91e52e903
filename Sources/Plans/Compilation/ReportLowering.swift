package import Definitions
import Diagnostics
import Quantities
import Queries

/// Turns reports into queries.
package struct ReportLowering {
    /// The id of the table that `--by` asks for.
    package static func drillDownID(_ by: [String]) -> String { "by-" + by.joined(separator: "-") }

    let useCase: UseCase
    let metrics: MetricLowering
    let conditions: ConditionLowering
    let profile: DataProfile

    /// The dashboard's reports that the options ask for; with `by` the key figures and one table by that dimension, and
    /// sentences about what it cannot have.
    func chosen(
        _ dashboard: DashboardDefinition, _ options: EvaluationOptions
    ) throws -> (reports: [ReportDefinition], notes: [String]) {
        let ids = dashboard.reports.map(\.id.value)
        for id in options.reports where !ids.contains(id) {
            throw DiagnosticList([
                Diagnostic(
                    .unknownReport, "the dashboard '\(dashboard.id.value)' has no report '\(id)'",
                    hints: didYouMean(id, among: ids) + ["reports: \(ids.joined(separator: ", "))"])
            ])
        }
        if !options.by.isEmpty || options.isDrillDownOnly {
            let groupings = try options.by.map { try grouping(named: $0, dashboard) }
            if options.metrics.isEmpty, dashboard.drillDownMetrics.isEmpty {
                throw DiagnosticList([
                    Diagnostic(
                        .invalidOption, "the dashboard '\(dashboard.id.value)' has no key figures to group",
                        at: dashboard.id.place, hints: ["a report of the kind kpi, or drill_down:, names them"])
                ])
            }
            let names = options.by.map { name in dashboard.groupings.first { $0.name.value == name }?.title ?? name }
            let wanted =
                options.metrics.isEmpty
                ? dashboard.drillDownMetrics : options.metrics.map { Located($0, at: dashboard.id.place) }
            let (metrics, notes) = try drillDown(wanted, by: groupings, named: names.joined(separator: " and "))
            let table = ReportDefinition(
                id: Located(ReportLowering.drillDownID(options.by), at: dashboard.id.place),
                title: names.isEmpty ? "Total" : "By " + names.joined(separator: " and "), kind: .table, by: groupings,
                metrics: metrics)
            if options.isDrillDownOnly { return ([table], notes) }
            if options.isDrillDownAdded {
                var table = table
                table.id.value = dashboard.addedDrillDownID(options.by)
                let (there, missing) = reports(of: dashboard)
                // Its own table by one of the named groupings would say the same again.
                let named = dashboard.groupings.map(\.by.value)
                let others = there.filter { report in
                    report.kind != .table || report.by.count != 1 || !named.contains(report.by[0].value)
                }
                let key = others.prefix { $0.kind == .kpi }
                return (key + [table] + others.dropFirst(key.count), missing + notes)
            }
            let chosen =
                options.reports.isEmpty
                ? dashboard.reports.filter { $0.kind == .kpi }
                : dashboard.reports.filter { options.reports.contains($0.id.value) }
            var added = table
            if chosen.contains(where: { $0.id.value == table.id.value }) {
                added.id.value = dashboard.addedDrillDownID(options.by)
            }
            return (chosen + [added], notes)
        }
        if !options.reports.isEmpty {
            return (dashboard.reports.filter { options.reports.contains($0.id.value) }, [])
        }
        return reports(of: dashboard)
    }

    /// All reports but those by what the data does not have: that is missing in the whole dashboard, and an error where it
    /// is asked for.
    private func reports(of dashboard: DashboardDefinition) -> (reports: [ReportDefinition], notes: [String]) {
        var notes: [String] = []
        let there = dashboard.reports.filter { report in
            guard let name = report.by.lazy.compactMap({ missing($0.value) }).first else { return true }
            notes.append("There is no '\(report.title)': the data has no \(name).")
            return false
        }
        return (there, notes)
    }

    /// The attribute or property that a grouping needs and the data does not have.
    private func missing(_ grouping: Grouping) -> String? {
        switch grouping {
        case .attribute(let name):
            guard let event = profile.events.first(where: { $0.name == useCase.purchases.event.value }),
                !event.attributes.contains(where: { $0.name == name })
            else { return nil }
            return "attribute '\(name)' of \(event.name)"
        case .property(let name):
            return profile.properties.contains { $0.name == name } ? nil : "property '\(name)'"
        default: return nil
        }
    }

    /// Those purchases that the reader wants left out, and a sentence about it.
    func exclusion(
        _ dashboard: DashboardDefinition, _ options: EvaluationOptions
    ) throws -> (Predicate?, notes: [String]) {
        let known = dashboard.exclusions.map(\.name.value)
        var predicates: [Predicate] = []
        var notes: [String] = []
        for exclusion in options.exclusions {
            guard let named = dashboard.exclusions.first(where: { $0.name.value == exclusion.name }) else {
                let names =
                    known.isEmpty ? "the dashboard has none" : "exclusions: \(known.joined(separator: ", "))"
                throw DiagnosticList([
                    Diagnostic(
                        .invalidOption, "there is no exclusion '\(exclusion.name)'",
                        hints: didYouMean(exclusion.name, among: known) + [names])
                ])
            }
            predicates.append(.test(.attribute(named.attribute.value), .isIn(exclusion.values)))
            notes.append(
                "Left out by choice: purchases with \(named.title) \(exclusion.values.joined(separator: ", ")).")
            notes += exclusion.values.compactMap { absent($0, named) }
        }
        if predicates.count < 2 { return (predicates.first, notes) }
        return (.any(predicates), notes)
    }

    /// That no purchase has a value, where all values are known.
    private func absent(_ value: String, _ exclusion: NamedExclusion) -> String? {
        let event = profile.events.first { $0.name == useCase.purchases.event.value }
        guard let attribute = event?.attributes.first(where: { $0.name == exclusion.attribute.value }),
            attribute.distinct == attribute.values.count
        else { return nil }
        let known = attribute.values.map(\.value)
        if known.contains(value) { return nil }
        return "No purchase has the \(exclusion.title) '\(value)'; there are: \(known.joined(separator: ", "))."
    }

    /// Headings of dimensions that the dashboard names.
    func titles(_ dashboard: DashboardDefinition) -> [Dimension: String] {
        var titles: [Dimension: String] = [:]
        for named in dashboard.groupings {
            for dimension in dimensions(named.by.value) { titles[dimension] = named.title }
        }
        return titles
    }

    /// The metrics that a table by those dimensions can have.
    ///
    /// What is grouped by something of the purchase, such as its month, has in each row some of a customer's purchases,
    /// and no history of anybody: metrics over whole histories would be a part of what their name says.
    private func drillDown(
        _ wanted: [Located<String>], by groupings: [Located<Grouping>], named name: String
    ) throws -> (metrics: [Located<String>], notes: [String]) {
        let dimensions = groupings.flatMap { self.dimensions($0.value) }
        let splitsCustomers = dimensions.contains { !$0.isOfCustomers }
        var (metrics, ofHistories, ofPeriods): ([Located<String>], [String], [String]) = ([], [], [])
        for metric in wanted {
            let (columns, measures) = try self.metrics.columns([metric.value])
            let title = columns.first?.title ?? metric.value
            if splitsCustomers, measures.contains(where: { ![.window, .charges].contains($0.scope) }) {
                ofHistories.append(title)
            } else if measures.contains(where: \.kind.isOfPeriods),
                dimensions.contains(where: { isShorterThanPeriod($0, period(nil)) })
            {
                ofPeriods.append(title)
            } else {
                metrics.append(metric)
            }
        }
        var notes: [String] = []
        if !ofHistories.isEmpty {
            notes.append(
                "By \(name) there is no \(ofHistories.joined(separator: ", no ")): over customers' whole histories, of which "
                    + "a row by \(name) has a part.")
        }
        if !ofPeriods.isEmpty {
            notes.append("By \(name) there is no \(ofPeriods.joined(separator: ", no ")): its periods are longer.")
        }
        return (metrics, notes)
    }

    /// What `--by name` means: a grouping that the dashboard names, a customer property, an attribute of the purchase, a
    /// segmentation, a calendar unit.
    private func grouping(named name: String, _ dashboard: DashboardDefinition) throws -> Located<Grouping> {
        let place = dashboard.id.place
        if let named = dashboard.groupings.first(where: { $0.name.value == name }) { return named.by }
        let properties = profile.properties.map(\.name)
        let attributes =
            profile.events.first { $0.name == useCase.purchases.event.value }?.attributes.map(\.name) ?? []
        let segmentations =
            useCase.customerSegmentations.map(\.id.value) + useCase.eventSegmentations.map(\.id.value)
        if properties.contains(name) { return Located(.property(name), at: place) }
        if segmentations.contains(name) { return Located(.segmentation(name), at: place) }
        if name == "currency" { return Located(.currency, at: place) }
        if attributes.contains(name) { return Located(.attribute(name), at: place) }
        if let unit = CalendarUnit(rawValue: name) { return Located(.calendar(unit), at: place) }
        let named = dashboard.groupings.map(\.name.value)
        let known = named + properties + segmentations + attributes + CalendarUnit.allCases.map(\.rawValue)
        throw DiagnosticList([
            Diagnostic(
                .unknownDimension, "--by '\(name)' is no customer property, segmentation, attribute or calendar unit",
                hints: didYouMean(name, among: known)
                    + (named.isEmpty ? [] : ["groupings of the dashboard: \(named.joined(separator: ", "))"]) + [
                        "properties: \(properties.joined(separator: ", "))",
                        "segmentations: \(segmentations.joined(separator: ", "))",
                        "attributes: \(attributes.joined(separator: ", "))",
                    ])
        ])
    }

    func query(_ report: ReportDefinition) throws -> Query {
        let (columns, measures) = try metrics.columns(report.metrics.map(\.value))
        return Query(
            id: report.id.value, title: report.title,
            filter: try report.filter.map(conditions.predicate),
            groupBy: report.by.flatMap { dimensions($0.value) }, measures: measures, columns: columns,
            period: period(report.period?.value), layout: layout(report.kind))
    }

    /// Measures of retention periods longer than a month have no value by month.
    func canGroupByMonth(_ query: Query) -> Bool {
        !isShorterThanPeriod(.calendar(.month), query.period) || !query.measures.contains { $0.kind.isOfPeriods }
    }

    /// Whether no whole period falls into a bucket of the dimension.
    private func isShorterThanPeriod(_ dimension: Dimension, _ period: Period) -> Bool {
        guard case .calendar(let unit) = dimension else { return false }
        return Period.calendar(unit).days < period.days
    }

    private func dimensions(_ grouping: Grouping) -> [Dimension] {
        switch grouping {
        case .attribute(let name): return [.attribute(name)]
        case .property(let name): return [.property(name)]
        case .segmentation(let id):
            let isOfEvents = useCase.eventSegmentations.contains { $0.id.value == id }
            return [isOfEvents ? .eventSegmentation(id) : .segmentation(id)]
        case .currency: return [.currency]
        case .calendar(let unit): return [.calendar(unit)]
        case .cohort(let unit): return [.cohort(unit), .age(unit)]
        case .purchaseCount(let classes): return [.purchaseCount(classes: classes)]
        case .daysToSecondPurchase(let classes): return [.daysToSecondPurchase(classes: classes)]
        }
    }

    private func period(_ span: Span?) -> Period {
        guard let span else { return .calendar(.month) }
        if span.count == 1 { return .calendar(span.unit) }
        guard span.unit == .day else {
            preconditionFailure("retention periods are one calendar unit or a number of days: \(span)")
        }
        return .days(span.count)
    }

    private func layout(_ kind: ReportDefinition.Kind) -> Layout {
        switch kind {
        case .kpi: .kpi
        case .table: .table
        case .trend: .trend
        case .cohort: .cohort
        case .distribution: .distribution
        case .tree: .tree
        case .forecast: .forecast
        }
    }
}

extension DashboardDefinition {
    /// The id of the drill-down's table where it stands beside the reports: none of theirs.
    package func addedDrillDownID(_ by: [String]) -> String {
        var id = ReportLowering.drillDownID(by)
        while reports.contains(where: { $0.id.value == id }) { id += "-2" }
        return id
    }

    /// What a drill-down shows: as the definition says, else the first key figures.
    package var drillDownMetrics: [Located<String>] {
        drillDown.isEmpty ? reports.first { $0.kind == .kpi }?.metrics ?? [] : drillDown
    }
}
