import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
package import Plans

/// What is known of the use cases in one project, or in none.
package struct UseCaseCenter {
    package let folder: ProjectFolder
    package let values: ValuesSelection
    package let files: [ProjectFolder.UseCaseFile]
    package let isProject: Bool
    private let definition: Project?
    private let data: DataSource?
    private let deployed: [Deployment]

    package init(_ folder: ProjectFolder, _ values: ValuesSelection) throws {
        self.folder = folder
        self.values = values
        files = try folder.useCaseFiles()
        isProject = FileManager.default.fileExists(atPath: folder.url.appending(path: "project.yaml").path)
        deployed = isProject ? try folder.deployments().current() : []
        if isProject, case .success(let project) = try attempt({ try folder.project() }) {
            definition = project
            data = try folder.dataIfAny(of: project, threads: Machine.threads)
        } else {
            (definition, data) = (nil, nil)
        }
    }

    package func entry(_ file: ProjectFolder.UseCaseFile) throws -> UseCaseOverview {
        let headline = UseCase.headline(of: try SourceFile.read(path: file.path, shownAs: file.shown))
        let deployment = deployed.first { $0.blueprint.useCase == file.id }
        return UseCaseOverview(
            id: file.id, version: headline?.version ?? "",
            title: headline?.title ?? "(cannot be read; see tenure validate)",
            isProjects: file.isProjects, origin: try origin(file), requirements: try requirements(file),
            deployment: deployment.map { ($0.number, $0.blueprint.version) })
    }

    private func origin(_ file: ProjectFolder.UseCaseFile) throws -> String? {
        let origin = folder.origin(file.id)
        guard file.isProjects, origin.isThere else { return nil }
        return UseCase.headline(of: try origin.read())?.version
    }

    private func requirements(_ file: ProjectFolder.UseCaseFile) throws -> UseCaseOverview.Requirements {
        guard case .success(let filled) = try attempt({ try folder.useCase(file.id, values) }) else { return .invalid }
        guard isProject else { return .noProject }
        guard let definition else { return .invalidProject }
        guard let data else { return .noData }
        let checked = try attempt {
            try RequirementCheck(folder: folder, project: definition, data: data).results(filled)
        }
        return switch checked {
        case .success(let results): .checked(results)
        case .failure: .invalidProject
        }
    }
}

/// A use case as the Use Case Center lists it.
package struct UseCaseOverview: Sendable {
    /// How the project's data meets what a use case requires.
    package enum Requirements: Sendable {
        case checked([RequirementResult])
        /// Nothing was imported; there is no project; its files, or the use case's, have mistakes.
        case noData, noProject, invalidProject, invalid

        package var text: String {
            switch self {
            case .checked(let results):
                let missing = results.count(where: \.isBlocking)
                let absent = results.count { $0.status != .matched } - missing
                if missing > 0 { return "\(missing) required missing" }
                return absent > 0 ? "met, \(absent) by default" : "met"
            case .noData: return "no data yet"
            case .noProject: return "–"
            case .invalidProject: return "see tenure validate"
            case .invalid: return "definition invalid"
            }
        }
    }

    package var id: String
    package var version: String
    package var title: String
    package var isProjects: Bool
    /// The version that a project's copy came from, or was brought to; nil for what is none.
    package var origin: String?
    package var requirements: Requirements
    package var deployment: (number: Int, version: String)?

    package init(
        id: String, version: String, title: String, isProjects: Bool, origin: String? = nil,
        requirements: Requirements, deployment: (number: Int, version: String)?
    ) {
        self.id = id
        self.version = version
        self.title = title
        self.isProjects = isProjects
        self.origin = origin
        self.requirements = requirements
        self.deployment = deployment
    }

    package var deployed: String { deployment.map { "deployment \($0.number), \($0.version)" } ?? "no" }
}
