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

/// What a dashboard's page shows, as its address says: everything that a reader can choose.
struct PageState {
    /// The address's parameters, without those that mean nothing.
    let query: QueryString
    let by: String?
    /// `ltv`, or `-ltv` for the greatest first.
    let sort: String?
    let options: EvaluationOptions
    /// The id of the drill-down's table on the page.
    let drillDown: String?

    /// - Throws: `Problem` 400 for what is not possible.
    init(_ query: QueryString, _ deployed: DeployedDashboard, _ state: ProjectState) throws {
        // A form sends every field, also those that nobody filled in.
        let query = QueryString(query.items.filter { !$0.value.isEmpty })
        var reader = ParameterReader(query)
        var texts = EvaluationTexts()
        texts.timezone = reader.value("tz")
        let api = DashboardAPI(deployed, state)
        texts.currency = reader.currency("currency", among: api.currencies)
        texts.attribution = reader.value("attribution")
        texts.revenueBasis = reader.value("basis")
        texts.refundDating = reader.value("refunds")
        texts.fx = reader.value("fx")
        texts.consentAsOf = reader.value("consents")
        texts.asOf = reader.value("as-of")
        texts.from = reader.value("from")
        texts.allTime = reader.boolean("all")
        let through = reader.value("through")
        for exclusion in deployed.dashboard.exclusions {
            let values = reader.list("exclude.\(exclusion.name.value)")
            if !values.isEmpty {
                texts.exclusions.append(.init(name: exclusion.name.value, values: values))
            }
        }
        let named = api.named(state.data.profile).map(\.name.value)
        by = reader.word("by", among: api.dimensions(state.data.profile)) ?? named.first
        sort = reader.word("sort", among: RowOrder.choices(deployed.dashboard.drillDownMetrics.map(\.value)))
        var (options, mistakes) = texts.options(zone: state.zone)
        for mistake in mistakes { reader.refuse(mistake.choice.field, mistake.message, "", mistake.allowed) }
        if let through {
            let zone = options.timezone ?? state.zone
            if through.utf8.count == 10, let instant = Instant(iso8601: through, zone: zone) {
                options.to = zone.startOfDay(zone.date(at: instant).adding(days: 1))
            } else {
                reader.refuse("through", "'\(through)' is not a date, such as 2026-01-31")
            }
        }
        if let from = texts.from, from.utf8.count != 10 {
            reader.refuse("from", "'\(from)' is not a date, such as 2026-01-31")
        }
        if options.allTime, options.to != nil { reader.refuse("all", "goes without from and through") }
        if let from = options.from {
            reader.limit(from, options.to ?? Machine.now, "from")
            if let to = options.to, from >= to { reader.refuse("through", "lies before from") }
        }
        try reader.finish()
        options.by = [by].compactMap(\.self)
        options.isDrillDownAdded = by != nil
        drillDown = by.map { deployed.dashboard.addedDrillDownID([$0]) }
        self.options = options
        self.query = query
    }

    /// The page with another value of a parameter.
    func address(_ page: String, _ name: String, _ value: String?) -> String {
        let query = query.setting(name, value).encoded
        return query.isEmpty ? page : "\(page)?\(query)"
    }

    /// The same question to the API.
    ///
    /// - Parameter sort: the order of rows by the API's names.
    func api(_ path: String, groupBy: String?, sort: String? = nil, semantics: Semantics) -> String {
        var items: [QueryString.Item] = []
        func add(_ name: String, _ value: String?) {
            if let value { items.append(.init(name: name, value: value)) }
        }
        add("groupBy", groupBy)
        add("sort", sort)
        if options.allTime { add("allTime", "true") }
        add("createdAt[gte]", options.from?.description)
        add("createdAt[lt]", options.to?.description)
        let names = [
            ("tz", "timezone"), ("currency", "displayCurrency"), ("attribution", "attribution"), ("fx", "fx"),
            ("basis", "revenueBasis"), ("refunds", "refundDating"), ("consents", "consentAsOf"), ("as-of", "asOf"),
        ]
        for (page, api) in names { add(api, query[page]) }
        for exclusion in options.exclusions {
            add("\(exclusion.name)[nin]", query["exclude.\(exclusion.name)"])
        }
        let text = QueryString(items).encoded
        return text.isEmpty ? path : "\(path)?\(text)"
    }

    /// The rows of the drill-down in the order that was asked for.
    func sorted(_ result: DashboardResult) -> DashboardResult {
        guard let sort, let drillDown,
            let report = result.reports.firstIndex(where: { $0.table.id == drillDown })
        else { return result }
        var result = result
        result.reports[report].table.rows = RowOrder(sort).sorted(result.reports[report].table)
        return result
    }
}

extension EvaluationTexts.Choice {
    /// As it is called in the addresses of pages.
    fileprivate var field: String {
        switch self {
        case .asOf: "as-of"
        case .from: "from"
        case .to: "through"
        case .allTime: "all"
        case .timezone: "tz"
        case .currency: "currency"
        case .fx: "fx"
        case .revenueBasis: "basis"
        case .refundDating: "refunds"
        case .consentAsOf: "consents"
        case .attribution: "attribution"
        }
    }
}
