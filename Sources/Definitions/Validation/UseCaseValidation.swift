import Diagnostics
import Quantities

/// Everything about a use case that its form alone does not show: ids, references, cycles, types.
struct UseCaseValidation {
    private let draft: UseCaseDraft
    private let segmentations: SegmentationIndex
    private var conditions: ConditionValidation
    private let typing: MetricTyping
    private var diagnostics: [Diagnostic] = []

    static func check(_ draft: UseCaseDraft) -> [Diagnostic] {
        var validation = UseCaseValidation(draft)
        validation.checkRequirements()
        validation.checkSegmentations()
        validation.checkCycles()
        validation.checkPurchases()
        validation.checkMetrics()
        validation.checkDashboard()
        return validation.diagnostics + validation.conditions.diagnostics + validation.typing.diagnostics
    }

    private init(_ draft: UseCaseDraft) {
        self.draft = draft
        segmentations = SegmentationIndex(draft)
        let consents = draft.requirements.flatMap(\.all).compactMap { requirement -> String? in
            if case .consent(let category) = requirement.kind { category } else { nil }
        }
        conditions = ConditionValidation(segmentations, consents: consents)
        typing = MetricTyping(draft.metrics, written: draft.metricNames)
    }

    /// Segmentations that requirements name exist, and are ones whose remainder is known.
    private mutating func checkRequirements() {
        for requirement in draft.requirements.flatMap(\.all) {
            guard case .remainder(let id, _) = requirement.kind,
                let entry = segmentations.entry(id, &diagnostics), !entry.isCustomer,
                let event = draft.purchases?.event.value, entry.event != event
            else { continue }
            diagnostics.append(
                Diagnostic(
                    .conditionSubject,
                    "the remainder of '\(id.value)' is not counted: it divides '\(entry.event ?? "")'",
                    at: id.place, hints: ["possible: segmentations of customers, and of '\(event)'"]))
        }
    }

    private mutating func checkSegmentations() {
        reportDuplicates(draft.segmentationIDs, "segmentation")
        for definition in draft.eventSegmentations {
            checkNames(definition.segments.map(\.name), remainder: nil)
            for segment in definition.segments { conditions.check(segment.when, in: .eventSegmentation) }
        }
        for definition in draft.customerSegmentations {
            checkNames(definition.segments.map(\.name), remainder: definition.remainder)
            for segment in definition.segments { conditions.check(segment.when, in: .customerSegmentation) }
        }
    }

    private mutating func reportDuplicates(_ ids: [Located<String>], _ what: String) {
        var seen: [ByteText: Place] = [:]
        for id in ids {
            if let first = seen[ByteText(id.value)] {
                diagnostics.append(
                    Diagnostic(
                        .duplicateID, "\(what) '\(id.value)' exists twice", at: id.place,
                        related: [.init("first written here", at: first)]))
            } else {
                seen[ByteText(id.value)] = id.place
            }
        }
    }

    private mutating func checkNames(_ names: [Located<String>], remainder: Located<String>?) {
        var seen: [ByteText: Place] = [:]
        for name in names {
            if let first = seen[ByteText(name.value)] {
                diagnostics.append(
                    Diagnostic(
                        .segmentName, "segment '\(name.value)' exists twice", at: name.place,
                        related: [.init("first written here", at: first)]))
            } else {
                seen[ByteText(name.value)] = name.place
            }
        }
        if let remainder, let first = seen[ByteText(remainder.value)] {
            diagnostics.append(
                Diagnostic(
                    .segmentName, "the remainder has the name of a segment, '\(remainder.value)'", at: remainder.place,
                    related: [.init("the segment", at: first)]))
        }
    }

    /// Customer segmentations that lead back to themselves, each cycle once.
    private mutating func checkCycles() {
        var edges: [String: [Located<String>]] = [:]
        for definition in draft.customerSegmentations {
            edges[definition.id.value] = definition.segments.flatMap(\.when.tests).compactMap { subject, _ in
                if case .segmentation(let id) = subject.value { Located(id, at: subject.place) } else { nil }
            }
        }
        var done: Set<String> = []
        var path: [String] = []
        func visit(_ id: String, from place: Place?) {
            if let start = path.firstIndex(of: id) {
                let cycle = (path[start...] + [id]).joined(separator: " -> ")
                diagnostics.append(
                    Diagnostic(.segmentationCycle, "segmentation '\(id)' refers to itself: \(cycle)", at: place))
                return
            }
            guard !done.contains(id) else { return }
            path.append(id)
            for edge in edges[id] ?? [] { visit(edge.value, from: edge.place) }
            path.removeLast()
            done.insert(id)
        }
        for definition in draft.customerSegmentations { visit(definition.id.value, from: nil) }
    }

    private mutating func checkPurchases() {
        guard let purchases = draft.purchases else { return }
        let success = purchases.success
        check(success.segmentation, success.segments, purchases.event)
        if let canceled = purchases.canceled {
            check(canceled.segmentation, canceled.segments, purchases.event)
            if canceled.segmentation == success.segmentation {
                reportDoubled(success.segments + canceled.segments, "success and canceled")
            }
        }
        if let exclude = purchases.exclude { conditions.check(exclude, in: .exclude) }
        if let charges = purchases.charges {
            let segments = charges.firstCharge + charges.upsell + charges.rebill
            check(charges.segmentation, segments, purchases.event)
            reportDoubled(segments, "several kinds of charge")
        }
    }

    private mutating func check(_ id: Located<String>, _ segments: [Located<String>], _ event: Located<String>) {
        guard let entry = segmentations.entry(id, isCustomer: false, &diagnostics) else { return }
        segmentations.check(segments, of: entry, id.value, &diagnostics)
        if let other = entry.event, !other.utf8.elementsEqual(event.value.utf8) {
            diagnostics.append(
                Diagnostic(
                    .segmentationEvent,
                    "segmentation '\(id.value)' is over the event '\(other)', purchases are '\(event.value)'",
                    at: id.place, related: [.init("the purchase event", at: event.place)]))
        }
    }

    private mutating func reportDoubled(_ segments: [Located<String>], _ meanings: String) {
        var seen: [ByteText: Place] = [:]
        for segment in segments {
            if let first = seen[ByteText(segment.value)] {
                diagnostics.append(
                    Diagnostic(
                        .doubledMeaning, "segment '\(segment.value)' is listed twice (\(meanings))", at: segment.place,
                        related: [.init("first written here", at: first)]))
            } else {
                seen[ByteText(segment.value)] = segment.place
            }
        }
    }

    private mutating func checkMetrics() {
        for metric in draft.metrics {
            guard case .measure(let measure) = metric.source else { continue }
            let kind = measure.kind.value
            checkOption("at_least", measure.atLeast != nil, needed: kind == .repeatBuyers, measure.kind)
            checkOption("quantile", measure.quantile != nil, needed: kind == .gapQuantile, measure.kind)
            let isCharge = kind == .chargeCount || kind == .chargeAmount
            checkOption("charge", measure.charge != nil, needed: isCharge, measure.kind)
            let scope = measure.scope?.value
            if isCharge || scope == "charges", let purchases = draft.purchases, purchases.charges == nil {
                diagnostics.append(
                    Diagnostic(
                        .chargesMissing, "'\(metric.name.value)' needs purchases: charges:, which is not there",
                        at: isCharge ? measure.kind.place : measure.scope?.place))
            }
            if let filter = measure.filter { conditions.check(filter, in: .purchases) }
        }
    }

    private mutating func checkOption(_ key: String, _ isThere: Bool, needed: Bool, _ kind: Located<MeasureName>) {
        guard isThere != needed else { return }
        let message = needed ? "'\(kind.value.rawValue)' needs '\(key)'" : "'\(kind.value.rawValue)' takes no '\(key)'"
        diagnostics.append(Diagnostic(.measureOption, message, at: kind.place))
    }

    private mutating func checkDashboard() {
        guard let dashboard = draft.dashboard else { return }
        checkMetricList(dashboard.drillDown, allowsCohort: false, "drill_down")
        for grouping in dashboard.groupings {
            checkReference(grouping.by)
            guard let needed = ReportDefinition.Kind.table.groupingProblem([grouping.by.value.key]) else { continue }
            diagnostics.append(Diagnostic(.reportGrouping, "a named grouping \(needed)", at: grouping.by.place))
        }
        reportDuplicates(dashboard.reports.map(\.id), "report")
        for report in dashboard.reports {
            checkMetricList(report.metrics, allowsCohort: report.kind == .cohort, "a \(report.kind.rawValue) report")
            checkGrouping(report)
            if let filter = report.filter { conditions.check(filter, in: .purchases) }
        }
    }

    private mutating func checkMetricList(_ metrics: [Located<String>], allowsCohort: Bool, _ owner: String) {
        reportDuplicates(metrics, "metric")
        for metric in metrics {
            if !draft.metricNames.contains(metric.value) {
                diagnostics.append(
                    Diagnostic(
                        .unknownReference, "unknown metric '\(metric.value)'", at: metric.place,
                        hints: didYouMean(metric.value, among: draft.metricNames)))
            } else if !allowsCohort, typing.cohortMetrics.contains(metric.value) {
                diagnostics.append(
                    Diagnostic(
                        .reportMetric,
                        "'\(metric.value)' uses of_cohort or cumulative, which \(owner) does not have",
                        at: metric.place))
            }
        }
    }

    private mutating func checkGrouping(_ report: ReportDefinition) {
        var kinds: [String] = []
        for grouping in report.by {
            kinds.append(grouping.value.key)
            checkReference(grouping)
        }
        if let forecast = report.forecast, forecast.shown != .value {
            let unused = [
                ("discount_rate", forecast.discountRate?.place), ("margin", forecast.margin?.place),
                ("scope", forecast.scope == .history ? nil : report.id.place),
            ]
            for case (let key, let place?) in unused {
                diagnostics.append(
                    Diagnostic(
                        .warning, .reportGrouping,
                        "'\(key)' changes nothing in a forecast that shows \(forecast.shown.rawValue)",
                        at: place))
            }
        }
        if let horizon = report.forecast?.horizon, horizon.value.isLongerThanTenYears {
            diagnostics.append(
                Diagnostic(
                    .reportGrouping, "a forecast looks 10 years ahead at most, and not \(horizon.value)",
                    at: horizon.place))
        }
        if let forecast = report.forecast, let by = report.by.first {
            if forecast.shown != .value {
                diagnostics.append(
                    Diagnostic(
                        .reportGrouping, "a forecast that shows \(forecast.shown.rawValue) is not grouped", at: by.place
                    ))
                return
            }
            if case .segmentation(let id) = by.value, draft.eventSegmentations.contains(where: { $0.id.value == id }) {
                diagnostics.append(
                    Diagnostic(
                        .reportGrouping, "a forecast is of customers, and '\(id)' segments events", at: by.place))
                return
            }
        }
        guard let needed = report.kind.groupingProblem(kinds) else { return }
        diagnostics.append(
            Diagnostic(
                .reportGrouping, "a \(report.kind.rawValue) report \(needed)",
                at: report.by.first?.place ?? report.id.place))
    }

    /// That there is what a grouping names.
    private mutating func checkReference(_ grouping: Located<Grouping>) {
        switch grouping.value {
        case .segmentation(let id): _ = segmentations.entry(Located(id, at: grouping.place), &diagnostics)
        case .purchaseCount(let classes): checkClasses(classes, from: 1, grouping.place)
        case .daysToSecondPurchase(let classes): checkClasses(classes, from: 0, grouping.place)
        default: break
        }
    }

    private mutating func checkClasses(_ classes: [Int], from first: Int, _ place: Place) {
        if classes.first != first {
            diagnostics.append(Diagnostic(.classBounds, "the classes begin at \(first)", at: place))
        } else if zip(classes, classes.dropFirst()).contains(where: { $0 >= $1 }) {
            diagnostics.append(Diagnostic(.classBounds, "the classes ascend", at: place))
        }
    }
}

extension Grouping {
    var key: String {
        switch self {
        case .attribute: "attribute"
        case .property: "property"
        case .segmentation: "segmentation"
        case .currency: "currency"
        case .calendar: "calendar"
        case .cohort: "cohort"
        case .purchaseCount: "purchase_count"
        case .daysToSecondPurchase: "days_to_second_purchase"
        }
    }
}

extension Span {
    fileprivate var isLongerThanTenYears: Bool {
        let most =
            switch unit {
            case .day: 3_652
            case .week: 521
            case .month: 120
            case .quarter: 40
            case .year: 10
            }
        return count > most
    }
}

extension ReportDefinition.Kind {
    /// What a report of this kind needs instead of these groupings; nil where they fit.
    func groupingProblem(_ keys: [String]) -> String? {
        let classes = ["purchase_count", "days_to_second_purchase"]
        switch self {
        case .kpi, .tree: return keys.isEmpty ? nil : "is not grouped"
        case .forecast:
            return keys.isEmpty || keys == ["segmentation"] || keys == ["cohort"]
                ? nil : "is grouped by one customer segmentation, or by cohort, or not at all"
        case .cohort: return keys == ["cohort"] ? nil : "is grouped by one cohort, and nothing else"
        case .distribution:
            return keys.count == 1 && classes.contains(keys[0])
                ? nil : "is grouped by purchase_count or days_to_second_purchase, and nothing else"
        case .trend:
            let rest = keys.filter { $0 != "calendar" }
            let isSplit = rest.isEmpty || (rest.count == 1 && !classes.contains(rest[0]) && rest != ["cohort"])
            return keys.count == rest.count + 1 && isSplit
                ? nil : "is grouped by one calendar unit, and at most one thing besides"
        case .table:
            if keys.isEmpty { return "needs 'by'" }
            return keys.contains("cohort") || keys.contains(where: classes.contains)
                ? "is grouped by anything but cohort, purchase_count and days_to_second_purchase" : nil
        }
    }
}
