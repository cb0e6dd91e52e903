package import Definitions
package import Diagnostics
import Foundation

/// A change of a project's `values.yaml` that is not made yet: the file as it is, and as it would be.
package struct ValuesChange: Sendable {
    package var before: SourceFile
    package var after: SourceFile

    package var isEmpty: Bool { before.text == after.text }

    /// What takes it back.
    package var reversed: ValuesChange { ValuesChange(before: after, after: before) }
}

extension ProjectFolder {
    /// What `values.yaml` becomes with other values of a use case's parameters. Comments and form stay; parameters that have
    /// the value already are left alone.
    ///
    /// - Parameters:
    ///   - given: values by parameter; one that is no list has one.
    ///   - reset: parameters that get their default again, whatever is given: they leave the file.
    /// - Throws: where the file has mistakes, or cannot be edited.
    package func valuesChange(
        _ useCase: UseCase, _ given: [String: [String]], reset: Set<String> = []
    ) throws -> ValuesChange {
        let path = url.appending(path: "values.yaml").path
        let before =
            FileManager.default.fileExists(atPath: path)
            ? try SourceFile.read(path: path, shownAs: shown + "values.yaml")
            : SourceFile(path: shown + "values.yaml", text: "")
        var edits: [YAMLEdit] = []
        let values = Node.parse(before).root?[useCase.id.value]
        var left = Set((values?.entries ?? []).compactMap(\.key.text))
        for parameter in useCase.parameters where !reset.contains(parameter.name.value) {
            guard let value = given[parameter.name.value], value != parameter.value else { continue }
            let node: Node = parameter.type == .list ? .texts(value) : .text(value.first ?? "")
            edits.append(.set([useCase.id.value, parameter.name.value], node))
            left.insert(parameter.name.value)
        }
        for name in reset.sorted() where left.remove(name) != nil {
            // Nothing is left of a mapping without entries.
            edits.append(.remove(left.isEmpty ? [useCase.id.value] : [useCase.id.value, name]))
        }
        let text = edits.isEmpty ? before.text : try before.edited(edits)
        return ValuesChange(before: before, after: SourceFile(path: before.path, text: text))
    }

    /// A use case as it would be after the change.
    ///
    /// - Throws: `DiagnosticList` with the places in the changed file.
    package func useCase(_ id: String, after change: ValuesChange) throws -> UseCase {
        let (file, problems) = ValuesFile.load(file: change.after)
        guard let file, !problems.hasErrors else { throw DiagnosticList(problems) }
        return try useCase(id, values: Values(files: [file]))
    }

    /// Makes the change, if the file is still as it was.
    ///
    /// - Throws: `stalePlan` where it is not.
    package func write(_ change: ValuesChange) throws {
        let path = url.appending(path: "values.yaml").path
        let present = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard present.utf8.elementsEqual(change.before.text.utf8) else {
            throw Diagnostic(.stalePlan, "\(change.before.path) was changed meanwhile; nothing was written")
        }
        try write(
            change.after.text,
            to: UseCaseFile(id: "", path: path, shown: change.before.path, isProjects: true))
    }
}
