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

/// Dashboards and reports: the numbers, and for each what it is made of.
struct DashboardPages: Sendable {
    private let parts: SiteParts
    private let pages: Pages

    init(_ parts: SiteParts, _ pages: Pages) {
        self.parts = parts
        self.pages = pages
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/app/dashboards/{dashboard}") { try await dashboard($0, $1["dashboard"] ?? "") }
        routes.add(.get, "/app/explain/{dashboard}") { try await explanation($0, $1["dashboard"] ?? "") }
    }

    private func dashboard(_ request: WebRequest, _ id: String) async throws -> Answer {
        let state = try await parts.live.state()
        let deployed = try state.dashboard(id)
        let page = try PageState(request.query, deployed, state)
        let address = "/app/dashboards/\(id)"
        let frame = await parts.frame(address, state)
        return try await parts.kept(request, state, "page \(address) \(request.query.encoded)") {
            let result = page.sorted(try state.result(deployed, page.options))
            var content = DashboardPages.controls(page, deployed, state, result, address)
            content["body"] =
                HTMLView().body(
                    result, links: DashboardPages.links(page, result, ReportAPI(deployed, state), id, address)
                ).text
            return pages.answer("dashboard", title: result.title, content, frame: frame)
        }
    }

    /// What a reader can choose, with what is chosen.
    private static func controls(
        _ page: PageState, _ deployed: DeployedDashboard, _ state: ProjectState, _ result: DashboardResult,
        _ address: String
    ) -> [String: Any] {
        let semantics = result.semantics
        let api = DashboardAPI(deployed, state)
        let named = api.named(state.data.profile)
        let dimensions = api.dimensions(state.data.profile)
        let absent = deployed.dashboard.groupings.filter { !named.contains($0) }.map(\.title)
        func choices(_ values: [String], _ chosen: String?, _ title: (String) -> String = { $0 }) -> [[String: Any]] {
            values.map { ["value": $0, "title": title($0), "isChosen": $0 == chosen] }
        }
        // The project's own is no choice of the address: it follows the project where that changes.
        let zones = ["UTC", page.query["tz"]].compactMap(\.self).reduce(into: [String]()) {
            if $1 != state.zone.identifier, !$0.contains($1) { $0.append($1) }
        }
        // The project's own is no choice of the address. Without rates the address alone can choose.
        let rated = state.data.currencies.dropFirst()
        let currencies = rated.isEmpty ? [page.query["currency"]].compactMap(\.self) : Array(rated)
        let tabs = named.map { grouping -> [String: Any] in
            [
                "title": grouping.title, "name": grouping.name.value, "isChosen": grouping.name.value == page.by,
                "address": address + "?"
                    + page.query.setting("sort", nil).setting("by", grouping.name.value).encoded,
            ]
        }
        let exclusions = deployed.dashboard.exclusions.map { exclusion -> [String: Any] in
            let name = "exclude.\(exclusion.name.value)"
            return ["name": name, "title": exclusion.title, "value": page.query[name] ?? ""]
        }
        let others = dimensions.filter { name in !named.contains { $0.name.value == name } }
        let hidden = page.query.items.filter {
            ["sort", "as-of", "fx", "basis", "refunds", "consents"].contains($0.name)
        }
        var content: [String: Any] = [
            "address": address, "from": page.query["from"] ?? "",
            "through": page.query["through"] ?? "", "isAllTime": page.options.allTime,
            "zones": choices(zones, page.query["tz"]), "projectZone": state.zone.identifier,
            "currencies": choices(currencies, page.query["currency"]), "hasCurrencies": !currencies.isEmpty,
            "projectCurrency": state.data.project.shownCurrency,
            "exclusions": exclusions,
            "by": choices(others, page.by), "isGrouped": page.by != nil, "hasTabs": !tabs.isEmpty, "tabs": tabs,
            "absent": absent.joined(separator: ", "), "hasAbsent": !absent.isEmpty,
            "hidden": hidden.map { ["name": $0.name, "value": $0.value] },
            "sources": state.sources.map { source -> [String: Any] in
                let times = Times(timezone: semantics.timezone)
                var words: [String: Any] = ["name": source.name, "state": source.state]
                if let updated = source.updatedAt { words["updated"] = times.short(updated) }
                return words
            },
            "json": page.api("/dashboards/\(result.id)", groupBy: nil, semantics: semantics),
            "csv": page.api("/dashboards/\(result.id).csv", groupBy: nil, semantics: semantics),
        ]
        if deployed.definition.purchases.charges != nil {
            content["attribution"] = [
                "choices": choices(Attribution.allCases.map(\.rawValue), semantics.attribution.rawValue) {
                    $0 == "anchored" ? "anchored on first charges" : "by period"
                }
            ]
        }
        return content
    }

    private static func links(
        _ page: PageState, _ result: DashboardResult, _ api: ReportAPI, _ id: String, _ address: String
    ) -> HTMLLinks {
        let state = page.query.setting("sort", nil)
        let drillDown = page.drillDown
        return HTMLLinks { report, metric, row in
            var query = state.setting("report", report).setting("metric", metric).items
            query += row.map { .init(name: "row", value: $0) }
            return "/app/explain/\(id)?\(QueryString(query).encoded)"
        } previous: { report, metric in
            let query = state.setting("report", report).setting("metric", metric).setting("window", "previous")
            return "/app/explain/\(id)?\(query.encoded)"
        } order: { report, column in
            guard report == drillDown else { return nil }
            let name = column ?? "name"
            let now: HTMLLinks.Order? =
                page.sort == name ? .ascending : page.sort == "-" + name ? .descending : nil
            // Of numbers the greatest first is what is looked for; a second look turns the order.
            let next = now == .descending || (now == nil && column == nil) ? name : "-" + name
            return (page.address(address, "sort", next), now)
        } export: { report in
            if report == drillDown {
                return page.api(
                    "/reports/\(id).csv", groupBy: page.by, sort: api.order(page.sort), semantics: result.semantics)
            }
            let all = page.api("/dashboards/\(id).csv", groupBy: nil, semantics: result.semantics)
            return all + (all.contains("?") ? "&" : "?") + "reports=" + PercentEncoding.encode(report)
        }
    }

    private func explanation(_ request: WebRequest, _ id: String) async throws -> Answer {
        let state = try await parts.live.state()
        let deployed = try state.dashboard(id)
        let query = request.query
        guard let metric = query["metric"], let report = query["report"] else {
            throw Problem.parameters([.init("metric", "which number of which report is missing")])
        }
        let rows = query.all("row")
        let isPrevious = query["window"] == "previous"
        if let window = query["window"], !isPrevious {
            throw Problem.parameters([.init("window", "'\(window)' is not possible here", allowed: ["previous"])])
        }
        let horizons = ["3", "6", "12", "24"]
        if let months = query["months"], !horizons.contains(months) {
            throw Problem.parameters([.init("months", "'\(months)' is not possible here", allowed: horizons)])
        }
        let own = ["metric", "report", "row", "window", "months"]
        let rest = QueryString(query.items.filter { !own.contains($0.name) })
        let page = try PageState(rest, deployed, state)
        var options = page.options
        options.isDrillDownAdded = false
        var target = report
        if report == page.drillDown {
            options.isDrillDownOnly = true
            target = ReportLowering.drillDownID(options.by)
        } else {
            options.by = []
            options.reports = [report]
        }
        let (chosen, name) = (options, target)
        let back = rest.encoded
        let frame = await parts.frame("/app/dashboards/\(id)", state)
        if let asked = deployed.dashboard.reports.first(where: { $0.id.value == report }), asked.kind == .forecast {
            return try await parts.kept(request, state, "explain \(id) \(query.encoded)") {
                let setup = try EvaluationSetup(state.data, options: chosen)
                let months = query["months"].flatMap { Int($0) }
                let result = try setup.forecast(asked, of: deployed.definition, months: months, hash: deployed.hash)
                let choices = horizons.map { months -> [String: Any] in
                    [
                        "months": months, "isChosen": result.question.horizon.description == "\(months) months",
                        "address": "/app/explain/\(id)?\(query.setting("months", months).encoded)",
                    ]
                }
                let content: [String: Any] = [
                    "body": ForecastView(result).markup.text, "hasHorizons": true, "horizons": choices,
                    "name": deployed.dashboard.name.value,
                    "back": "/app/dashboards/\(id)" + (back.isEmpty ? "" : "?\(back)"),
                ]
                return pages.answer("explanation", title: asked.title, content, frame: frame)
            }
        }
        return try await parts.kept(request, state, "explain \(id) \(query.encoded)") {
            var setup = try EvaluationSetup(state.data, options: chosen)
            if isPrevious {
                var options = chosen
                let window = setup.semantics.window.previous(in: chosen.timezone ?? state.zone)
                (options.from, options.to, options.allTime) = (window.from, window.to, false)
                setup = try EvaluationSetup(state.data, options: options)
            }
            do {
                let explanation = try MetricExplaining(
                    deployed.definition, project: setup.project, profile: setup.profile, semantics: setup.semantics,
                    options: setup.options, engine: setup.engine
                ).explanation(
                    MetricTarget(report: name, metric: metric, row: rows), limit: 200, definition: deployed.hash,
                    generation: setup.generation)
                let content: [String: Any] = [
                    "body": MetricExplanationView(explanation).markup.text, "name": deployed.dashboard.name.value,
                    "back": "/app/dashboards/\(id)" + (back.isEmpty ? "" : "?\(back)"),
                ]
                return pages.answer("explanation", title: explanation.column.title, content, frame: frame)
            } catch let error as QueryError {
                throw error.diagnostic
            }
        }
    }
}
