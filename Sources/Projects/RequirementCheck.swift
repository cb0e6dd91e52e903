package import Definitions
import Diagnostics
import Imports
package import Plans
import Quantities
import Queries

/// Holds the requirements of use cases against a project's data: what `check`, `plan` and `deploy` share.
package struct RequirementCheck {
    private let folder: ProjectFolder
    private let project: Project
    private let engine: any QueryEngine

    package init(folder: ProjectFolder, project: Project, data: DataSource) {
        self.folder = folder
        self.project = project
        engine = data.engine
    }

    /// - Throws: where the project's files have mistakes, its rates among them.
    package func results(_ filled: UseCase) throws -> [RequirementResult] {
        // Reports would be refused without the rates, and no requirement names them.
        _ = try folder.rates(project)
        let profile = try engine.profile()
        let (counts, problem) = try buyers(filled, profile)
        let evidence = RequirementChecker.Evidence(catalogs: try catalogs(of: filled), now: now) { event, attribute in
            try engine.evidence(event: event, attribute: attribute)
        } rows: { text, event, attribute in
            try engine.rows(of: text, event: event, attribute: attribute)
        }
        var results = try RequirementChecker(
            filled, project: project, profile: profile, buyers: counts, evidence: evidence
        ).results()
        if let problem, !results.contains(where: \.isBlocking) {
            // Nothing else says why the purchases cannot be read: deploying would only move the error to `evaluate`.
            results.append(
                RequirementResult(
                    "purchases as defined", level: .required, status: .missing, evidence: [problem.message],
                    hints: problem.hints, place: filled.purchases.event.place))
        }
        return results
    }

    /// The clock; of a project that is looked at as of a fixed instant, that.
    private var now: Instant {
        if case .instant(let instant) = project.asOf.value { instant } else { Machine.now }
    }

    /// Those that the use case asks for; the others are named, and not read.
    private func catalogs(of useCase: UseCase) throws -> [String: Result<CatalogProfile, DiagnosticList>] {
        let needed = useCase.requirements.flatMap(\.all).compactMap { requirement -> String? in
            if case .catalog(let name, _) = requirement.kind { name } else { nil }
        }
        var profiles: [String: Result<CatalogProfile, DiagnosticList>] = [:]
        if needed.isEmpty { return profiles }
        for catalog in project.catalogs {
            profiles[catalog.name.value] =
                needed.contains(catalog.name.value)
                ? try attempt { try CatalogProfile.read(catalog, in: folder.url) }
                : .success(CatalogProfile(items: 0, repeated: 0, attributes: []))
        }
        return profiles
    }

    /// Buyers by the use case's own purchase definition; or why that does not fit the data.
    private func buyers(
        _ useCase: UseCase, _ profile: DataProfile
    ) throws -> (RequirementChecker.BuyerCounts?, Diagnostic?) {
        guard let newest = profile.events.compactMap(\.last).max() else { return (nil, nil) }
        let counting = BuyerCounting(useCase)
        do {
            let evaluation = try counting.evaluation(useCase, project: project, profile: profile, asOf: newest)
            var counts = counting.counts(try engine.answer(evaluation))
            if counting.needsRemainders {
                counts?.remainders = try engine.remainders(evaluation)
                for segments in try engine.segmentCounts(evaluation) {
                    counts?.remainders[segments.id] = segments.remainder
                }
            }
            return (counts, nil)
        } catch let error as QueryError {
            return (nil, error.diagnostic)
        }
    }
}
