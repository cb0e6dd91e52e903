package import Definitions
import Diagnostics
import Foundation

/// Use cases: those of the project, and those that ship.
extension ProjectFolder {
    /// A use case that ships or that the project adds.
    package struct UseCaseFile: Sendable {
        package var id: String
        package var path: String
        package var shown: String
        package var isProjects: Bool

        package init(id: String, path: String, shown: String, isProjects: Bool) {
            self.id = id
            self.path = path
            self.shown = shown
            self.isProjects = isProjects
        }
    }

    /// Those of the project, then those that ship and that the project does not replace.
    package func useCaseFiles() throws -> [UseCaseFile] {
        var files: [UseCaseFile] = []
        let home = try Resources.folder()
        let own = url.appending(path: "usecases")
        for (folder, isProjects) in [(own, true), (home.appending(path: "usecases"), false)] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() {
                let file = folder.appending(path: "\(name)/usecase.yaml")
                guard FileManager.default.fileExists(atPath: file.path), !files.contains(where: { $0.id == name })
                else { continue }
                let label = "usecases/\(name)/usecase.yaml"
                files.append(
                    UseCaseFile(
                        id: name, path: file.path, shown: isProjects ? shown + label : label, isProjects: isProjects))
            }
        }
        return files
    }

    /// A use case with its parameters filled in.
    package func useCase(_ id: String, _ options: ValuesSelection) throws -> UseCase {
        try useCase(id, values: values(options))
    }

    /// - Parameter values: looked at only where there is such a use case.
    package func useCase(_ id: String, values: @autoclosure () throws -> Values) throws -> UseCase {
        guard let file = try useCaseFiles().first(where: { $0.id == id }) else { throw try unknownUseCase(id) }
        let source = try SourceFile.read(path: file.path, shownAs: file.shown)
        let (filled, diagnostics) = UseCase.load(
            file: source, templates: try templates(), values: try values())
        guard let filled, !diagnostics.hasErrors else { throw DiagnosticList(diagnostics) }
        warn(diagnostics)
        return filled
    }

    /// Segmentation templates: the project's, then those that ship.
    package func templates() throws -> Templates {
        var files: [String: SourceFile] = [:]
        let home = try Resources.folder()
        for (folder, prefix) in [(home, ""), (url, shown)] {
            let path = folder.appending(path: "templates/segmentations").path
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
            where name.hasSuffix(".yaml") {
                files[String(name.dropLast(5))] = try SourceFile.read(
                    path: path + "/" + name, shownAs: "\(prefix)templates/segmentations/\(name)")
            }
        }
        return Templates(files)
    }
}
