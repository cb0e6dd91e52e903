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

/// `GET /dashboards/{dashboard}`: all reports of a deployed dashboard, or some of them.
struct DashboardAPI {
    let deployed: DeployedDashboard
    let zone: Zone
    /// What sums can be shown in; nil where there are no rates, and the data alone can tell.
    let currencies: [String]?

    init(_ deployed: DeployedDashboard, _ state: ProjectState) {
        self.deployed = deployed
        zone = state.zone
        currencies = state.data.rates.isEmpty ? nil : state.data.currencies
    }

    var reports: [String] { deployed.dashboard.reports.map(\.id.value) }

    /// What a request asks for. `groupBy` takes whatever `--by` takes.
    ///
    /// - Throws: `Problem` 400 with everything that is wrong in it.
    func options(_ query: QueryString, dimensions: [String]) throws -> EvaluationOptions {
        var reader = ParameterReader(query)
        var options = reader.evaluation(
            zone: zone, currencies: currencies, exclusions: deployed.dashboard.exclusions.map(\.name.value))
        options.by = [reader.word("groupBy", among: dimensions)].compactMap(\.self)
        options.reports = reader.words("reports", among: reports)
        try reader.finish()
        return options
    }

    /// The groupings that the dashboard names, as far as the data has what they group by.
    func named(_ profile: DataProfile) -> [NamedGrouping] {
        let purchases = profile.events.first { $0.name == deployed.definition.purchases.event.value }
        return deployed.dashboard.groupings.filter { grouping in
            switch grouping.by.value {
            case .attribute(let name): purchases?.attributes.contains { $0.name == name } ?? false
            case .property(let name): profile.properties.contains { $0.name == name }
            default: true
            }
        }
    }

    /// What the dashboard can be grouped by: its own names first, then whatever the data has.
    func dimensions(_ profile: DataProfile) -> [String] {
        let definition = deployed.definition
        let purchases = profile.events.first { $0.name == definition.purchases.event.value }
        let all =
            named(profile).map(\.name.value) + definition.customerSegmentations.map(\.id.value)
            + definition.eventSegmentations.map(\.id.value)
            + profile.properties.map(\.name) + ["currency"] + CalendarUnit.allCases.map(\.rawValue)
            + (purchases?.attributes.map(\.name) ?? [])
        return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
