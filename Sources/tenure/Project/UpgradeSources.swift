import Definitions
import Deployments
import Diagnostics
import Foundation
import Plans
import Projects

/// The definitions that an upgrade is about.
struct UpgradeSources {
    /// One definition as it is in its file: parameters are not filled in.
    struct Definition {
        var file: SourceFile
        var tree: Node
        var version: String

        /// - Parameter useCase: the id that it has to be of.
        init(_ file: SourceFile, of useCase: String) throws {
            let (root, problems) = Node.parse(file)
            guard let root, !problems.hasErrors else { throw DiagnosticList(problems) }
            guard let headline = UseCase.headline(of: file), headline.id == useCase else {
                let found = root["use_case"]
                throw Diagnostic(
                    .invalidOption,
                    "this is no definition of '\(useCase)'\(found?.text.map { ", but of '\($0)'" } ?? "")",
                    at: (found ?? root).headPlace)
            }
            self.file = file
            tree = root
            version = headline.version
        }
    }

    /// The project's copy; nil where it uses what ships as it is.
    var local: Definition?
    /// What `local` was made from, or what ships and is to be replaced; nil where that is not known.
    var base: Definition?
    var new: Definition
    /// The version that the project has; nil where that is not known.
    var present: String?

    /// - Parameters:
    ///   - target: the file or folder of `--to`.
    ///   - deployed: what is deployed of the use case.
    init(_ folder: ProjectFolder, _ useCase: String, target: String?, deployed: Deployment?) throws {
        let own = folder.ownUseCase(useCase)
        let shipped = try folder.shippedUseCase(useCase)
        guard own.isThere || shipped != nil else { throw try folder.unknownUseCase(useCase) }
        if let target {
            new = try Definition(UpgradeSources.read(target), of: useCase)
        } else if let shipped {
            new = try Definition(shipped.read(), of: useCase)
        } else {
            throw Diagnostic(
                .unknownUseCase, "no use case '\(useCase)' ships: there is no new version of it",
                hints: ["name the new definition: --to FILE"])
        }
        if own.isThere {
            local = try Definition(own.read(), of: useCase)
            let origin = folder.origin(useCase)
            guard origin.isThere else {
                throw Diagnostic(
                    .unreadableFile, "\(origin.shown) is not there: what \(own.shown) was made from is not known",
                    hints: ["put the version that it was made from there, or edit \(own.shown) by hand"])
            }
            base = try Definition(origin.read(), of: useCase)
        } else if target != nil, let shipped {
            base = try Definition(shipped.read(), of: useCase)
        }
        present = base?.version ?? deployed?.blueprint.version
        if target == nil, let present, UpgradeSources.isLower(new.version, than: present) {
            throw Diagnostic(
                .upgradeConflict, "version \(new.version) ships, and the project has \(present) already",
                hints: ["to go back to it all the same, name it: --to \(shipped?.path ?? "FILE")"])
        }
    }

    /// Whether the project has the new version already.
    var isUpToDate: Bool {
        if let base { return base.tree == new.tree && base.version == new.version }
        return present == nil || present == new.version
    }

    /// Whether nothing was adjusted, not even a comment.
    var isUnadjusted: Bool {
        guard let local, let base else { return local == nil }
        return local.file.text.utf8.elementsEqual(Origin.definition(in: base.file).utf8)
    }

    private static func read(_ target: String) throws -> SourceFile {
        var isFolder: ObjCBool = false
        let isThere = unsafe FileManager.default.fileExists(atPath: target, isDirectory: &isFolder)
        guard isThere, isFolder.boolValue else { return try SourceFile.read(path: target) }
        return try SourceFile.read(path: (target.hasSuffix("/") ? target : target + "/") + "usecase.yaml")
    }

    /// `1.9.0` is lower than `1.10.0`.
    private static func isLower(_ a: String, than b: String) -> Bool {
        func numbers(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? 0 } }
        return numbers(a).lexicographicallyPrecedes(numbers(b))
    }
}
