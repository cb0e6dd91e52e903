package import Definitions
package import Diagnostics
package import EventStores
package import Plans
import Quantities
package import Queries

/// Runs the tests of a use case: each one's data become a store in memory, the use case is evaluated on it, and what
/// comes is compared with what is expected.
///
///     Scenario + UseCase -> EventStore -> (an engine) -> DashboardResult, [Membership] -> [Diagnostic]
package struct ScenarioRun {
    private let file: ScenarioFile
    private let useCase: String
    private let definition: (Values) throws -> UseCase
    private let options: (Scenario, Project) throws -> EvaluationOptions
    private let engine: (EventStore) -> any QueryEngine

    /// One test and what differs.
    package struct Outcome: Sendable {
        package var scenario: Located<String>
        /// Errors at the place of the expectation that failed, or of what cannot be run.
        package var failures: [Diagnostic]
        /// Expectations that were looked at; none where it cannot be run.
        package var checked: Int
    }

    /// - Parameters:
    ///   - definition: the use case with values.
    ///   - options: the evaluation options of a scenario.
    package init(
        _ file: ScenarioFile, useCase: String, definition: @escaping (Values) throws -> UseCase,
        options: @escaping (Scenario, Project) throws -> EvaluationOptions,
        engine: @escaping (EventStore) -> any QueryEngine
    ) {
        self.file = file
        self.useCase = useCase
        self.definition = definition
        self.options = options
        self.engine = engine
    }

    /// Runs all tests of the file, in order.
    ///
    /// - Throws: only what is no fault of a test: `storeDamaged` and the like.
    package func outcomes() throws -> [Outcome] { try file.scenarios.map(outcome) }

    private func outcome(_ scenario: Scenario) throws -> Outcome {
        var outcome = Outcome(scenario: scenario.name, failures: [], checked: scenario.expectations.count)
        do {
            outcome.failures = try differences(scenario)
        } catch let list as DiagnosticList {
            (outcome.failures, outcome.checked) = (list.diagnostics, 0)
        } catch let diagnostic as Diagnostic {
            (outcome.failures, outcome.checked) = ([diagnostic], 0)
        } catch let error as QueryError {
            var failure = error.diagnostic
            failure.place = scenario.name.place
            (outcome.failures, outcome.checked) = ([failure], 0)
        }
        return outcome
    }

    private func differences(_ scenario: Scenario) throws -> [Diagnostic] {
        let values = ValuesFile(of: useCase, scenario.values, in: file.file)
        let definition = try definition(Values(files: [values]))
        let store = try ScenarioStore(file: file, scenario: scenario, useCase: definition).make()
        let engine = PredictingEngine(engine(store))
        let profile = try engine.profile()
        let options = try options(scenario, file.project)
        let span = DataSpan(first: profile.events.compactMap(\.first).min(), last: store.newestEvent)
        let semantics = try Semantics(
            project: file.project, options: options, span: span, rates: try rates(),
            now: store.newestEvent ?? Instant(microseconds: 0))
        var failures: [Diagnostic] = []
        let compared = ScenarioComparison(
            result: definition.dashboard == nil
                ? nil : try result(definition, options, profile, semantics, engine),
            memberships: try memberships(definition, profile, semantics, engine), store: store)
        for expectation in scenario.expectations { failures += try compared.failures(expectation) }
        return failures
    }

    private func result(
        _ definition: UseCase, _ options: EvaluationOptions, _ profile: DataProfile, _ semantics: Semantics,
        _ engine: any QueryEngine
    ) throws -> DashboardResult {
        let compilation = try DashboardCompilation(
            definition, project: file.project, profile: profile, semantics: semantics, options: options)
        return try compilation.result(engine, definition: "", generation: "")
    }

    private func memberships(
        _ definition: UseCase, _ profile: DataProfile, _ semantics: Semantics, _ engine: any QueryEngine
    ) throws -> [Membership] {
        let compilation = try SegmentationCompilation(
            definition, project: file.project, profile: profile, semantics: semantics)
        return try engine.memberships(compilation.evaluation)
    }

    private func rates() throws -> RateBook {
        var tables: [String: [String: [RateTable.Rate]]] = [:]
        var problems: [Diagnostic] = []
        for rate in file.rates {
            guard let instant = Instant(iso8601: rate.date.value, zone: .utc), let value = ExactDecimal(rate.rate.value)
            else {
                problems.append(Diagnostic(.badValue, "the rate cannot be read", at: rate.rate.place))
                continue
            }
            let target = rate.target?.value ?? file.project.shownCurrency
            let day = Zone.utc.dayNumber(at: instant)
            let known = tables[target]?[rate.currency.value]?.first { $0.dayNumber == day }?.rate
            if let problem = ScenarioRun.problem(value, of: rate.currency.value, into: target, known: known) {
                problems.append(Diagnostic(.badValue, problem, at: rate.rate.place))
            }
            if target == rate.currency.value { continue }
            tables[target, default: [:]][rate.currency.value, default: []].append(
                .init(dayNumber: day, rate: value))
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        return RateBook(
            tables: tables.mapValues { table in
                RateTable(rates: table.mapValues { $0.sorted { $0.dayNumber < $1.dayNumber } })
            })
    }

    /// What a rates file refuses, too; nil where the rate is good.
    private static func problem(
        _ rate: ExactDecimal, of currency: String, into target: String, known: ExactDecimal?
    ) -> String? {
        if rate <= .zero { return "the rate \(rate) is not above zero" }
        if target == currency, rate != ExactDecimal(1) { return "1 \(currency) is not \(rate) \(currency)" }
        if let known, known != rate {
            return "\(currency) has two rates into \(target) on that day: \(known) and \(rate)"
        }
        return nil
    }
}
