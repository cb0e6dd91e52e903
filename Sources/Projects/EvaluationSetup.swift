package import Definitions
import Diagnostics
package import Plans
package import Quantities
package import Queries

/// A project's data with all that an evaluation needs of the project's files: opened once, used for any options.
package struct ProjectData: Sendable {
    package let project: Project
    package let source: DataSource
    package let profile: DataProfile
    package let rates: RateBook

    package var engine: any QueryEngine { source.engine }
    package var newestEvent: Instant? { profile.events.compactMap(\.last).max() }

    /// What sums can be shown in, the project's own display currency first.
    package var currencies: [String] { rates.currencies(first: project.shownCurrency) }

    /// - Throws: where the project's files have mistakes, or it has no data.
    package init(_ folder: ProjectFolder, threads: Int) throws {
        project = try folder.project()
        source = try folder.data(of: project, threads: threads)
        profile = try source.engine.outline()
        rates = try folder.rates(project)
    }
}

/// What an evaluation of any definition needs, with the policies in force: made once, used for each.
package struct EvaluationSetup: Sendable {
    package let data: ProjectData
    package var options: EvaluationOptions
    package let semantics: Semantics

    package var project: Project { data.project }
    package var engine: any QueryEngine { data.engine }
    package var profile: DataProfile { data.profile }
    package var generation: String { data.source.version }

    /// - Throws: where the project has no data, or the options do not suit it.
    package init(_ folder: ProjectFolder, options: EvaluationOptions, threads: Int) throws {
        try self.init(ProjectData(folder, threads: threads), options: options)
    }

    /// - Throws: where the options do not suit the project.
    package init(_ data: ProjectData, options: EvaluationOptions) throws {
        self.data = data
        self.options = options
        let span = DataSpan(first: data.profile.events.compactMap(\.first).min(), last: data.newestEvent)
        semantics = try Semantics(
            project: data.project, options: options, span: span, rates: data.rates, now: Machine.now)
    }

    /// What a report of the kind `forecast` is made of.
    ///
    /// - Parameters:
    ///   - months: how far it looks; nil as far as the report says.
    ///   - hash: of the definition, which results carry.
    package func forecast(
        _ report: ReportDefinition, of definition: UseCase, months: Int? = nil, hash: String
    ) throws -> ProjectForecast {
        var question = ForecastQuestion(report)
        if let months { question.horizon = Span(count: months, unit: .month) }
        do {
            return try ForecastMaking(
                definition, project: project, profile: profile, semantics: semantics, engine: engine
            ).forecast(question, definition: hash, generation: generation)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }

    /// - Parameter hash: of the definition, which results carry.
    package func result(_ definition: UseCase, hash: String) throws -> DashboardResult {
        let compilation = try DashboardCompilation(
            definition, project: project, profile: profile, semantics: semantics, options: options)
        do {
            return try compilation.result(engine, definition: hash, generation: generation)
        } catch let error as QueryError {
            throw error.diagnostic
        }
    }
}
