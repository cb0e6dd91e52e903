import Diagnostics
import Quantities

extension DashboardDefinition {
    static func decode(_ node: Node) -> DashboardDefinition? {
        let fields = Fields(node)
        guard let id = fields.text("id"), let name = fields.text("name") else { return nil }
        return DashboardDefinition(
            id: id, name: name, drillDown: fields.texts("drill_down"),
            groupings: fields.entries("groupings").compactMap(NamedGrouping.decode),
            exclusions: fields.entries("exclusions").compactMap(NamedExclusion.decode),
            reports: fields.elements("reports").compactMap(ReportDefinition.decode))
    }
}

extension NamedGrouping {
    static func decode(_ entry: Node.Entry) -> NamedGrouping? {
        let fields = Fields(entry.value)
        guard let name = Fields.text(entry.key), let by = fields.node("by").flatMap(Grouping.decode) else { return nil }
        return NamedGrouping(name: name, title: fields.string("title") ?? name.value, by: by)
    }
}

extension NamedExclusion {
    static func decode(_ entry: Node.Entry) -> NamedExclusion? {
        let fields = Fields(entry.value)
        guard let name = Fields.text(entry.key), let attribute = fields.text("attribute") else { return nil }
        return NamedExclusion(name: name, title: fields.string("title") ?? name.value, attribute: attribute)
    }
}

extension ReportDefinition {
    static func decode(_ node: Node) -> ReportDefinition? {
        let fields = Fields(node)
        guard let kind = Kind.allCases.first(where: { node[$0.rawValue] != nil }), let id = fields.text(kind.rawValue)
        else { return nil }
        let by = fields.elements("by").compactMap(Grouping.decode)
        guard by.count == fields.elements("by").count else { return nil }
        let period = fields.text("period").flatMap { text in
            Span(period: text.value).map { Located($0, at: text.place) }
        }
        return ReportDefinition(
            id: id, title: fields.string("title") ?? id.value, kind: kind, by: by, metrics: fields.texts("metrics"),
            filter: fields.node("filter").flatMap(Condition.decode), period: period, compare: fields.text("compare"),
            forecast: kind == .forecast ? ForecastDefinition.decode(fields) : nil)
    }
}

extension ForecastDefinition {
    fileprivate static func decode(_ fields: Fields) -> ForecastDefinition {
        let shown: Located<Shown>? = fields.word("show")
        let scope: Located<CustomerScope>? = fields.word("scope")
        return ForecastDefinition(
            horizon: fields.text("horizon").flatMap { text in Span(text.value).map { Located($0, at: text.place) } },
            discountRate: fields.text("discount_rate"), margin: fields.text("margin"), shown: shown?.value ?? .value,
            scope: scope?.value ?? .history)
    }
}

extension Grouping {
    static func decode(_ node: Node) -> Located<Grouping>? {
        if node.text != nil { return Located(.currency, at: node.place) }
        let fields = Fields(node)
        let unit: Located<CalendarUnit>? = fields.word("calendar")
        let cohort: Located<CalendarUnit>? = fields.word("cohort")
        let grouping: Grouping?
        if let name = fields.string("attribute") {
            grouping = .attribute(name)
        } else if let name = fields.string("property") {
            grouping = .property(name)
        } else if let name = fields.string("segmentation") {
            grouping = .segmentation(name)
        } else if let unit {
            grouping = .calendar(unit.value)
        } else if let cohort {
            grouping = .cohort(cohort.value)
        } else if fields.node("purchase_count") != nil {
            grouping = .purchaseCount(classes(fields, "purchase_count"))
        } else if fields.node("days_to_second_purchase") != nil {
            grouping = .daysToSecondPurchase(classes(fields, "days_to_second_purchase"))
        } else {
            grouping = nil
        }
        return grouping.map { Located($0, at: node.headPlace) }
    }

    private static func classes(_ fields: Fields, _ key: String) -> [Int] {
        fields.elements(key).compactMap { scalarText($0).flatMap(decimal).flatMap(Fields.integer) }
    }
}
