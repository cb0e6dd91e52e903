import Definitions
import Diagnostics
import Foundation
import Testing

/// Every file of `Goldens/errors` is wrong in some way, and says so: `# error[TN012] at 9: unknown key 'lable'` on the
/// faulty line, with the column and the beginning of the message; several stand one after the other. The first part of
/// the file's name is what it is: usecase, template, project, values.
///
/// Files in which a comment cannot stand have an `.expected` file beside them, with one `line:column: ...` a line;
/// `TENURE_RECORD=1` writes those anew.
@Suite struct GoldenErrorTests {
    struct Found: Hashable, CustomStringConvertible {
        var line: Int
        var text: String

        var description: String { "\(line): \(text)" }
    }

    static let names: [String] = {
        let folder = Repository.goldens.appendingPathComponent("errors").path
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return all.filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    @Test func thereAreMany() {
        #expect(GoldenErrorTests.names.count >= 40)
    }

    @Test(arguments: names)
    func reportsExactlyWhatIsExpected(name: String) throws {
        let url = Repository.goldens.appendingPathComponent("errors").appendingPathComponent(name)
        let diagnostics: [Diagnostic]
        var expected: [Found] = []
        do {
            let file = try SourceFile.read(path: url.path, shownAs: name)
            diagnostics = check(file)
            expected = comments(of: file)
        } catch let diagnostic as Diagnostic {
            diagnostics = [diagnostic]
        }
        for diagnostic in diagnostics { #expect(diagnostic.place != nil, "\(diagnostic.message)") }
        let beside = url.deletingPathExtension().appendingPathExtension("expected")
        if FileManager.default.fileExists(atPath: beside.path) {
            let actual = diagnostics.map { diagnostic in
                "\(diagnostic.place?.line ?? 0):\(diagnostic.place?.column ?? 0): \(brief(diagnostic))\n"
            }.joined()
            if ProcessInfo.processInfo.environment["TENURE_RECORD"] == "1" {
                try actual.write(to: beside, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: beside, encoding: .utf8) == actual)
            return
        }
        var left = diagnostics.map { diagnostic in
            let column = diagnostic.place?.column ?? 0
            let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)] at \(column): \(diagnostic.message)"
            return Found(line: diagnostic.place?.line ?? 0, text: head)
        }
        for comment in expected {
            if let index = left.firstIndex(where: { $0.line == comment.line && $0.text.hasPrefix(comment.text) }) {
                left.remove(at: index)
            } else {
                Issue.record("expected and not found: \(comment)")
            }
        }
        for found in left { Issue.record("found and not expected: \(found)") }
        if expected.isEmpty { Issue.record("no expectation in \(name)\n\(rendered(diagnostics))") }
    }

    private func brief(_ diagnostic: Diagnostic) -> String {
        "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]: \(diagnostic.message)"
    }

    private func check(_ file: SourceFile) -> [Diagnostic] {
        switch file.path.prefix(while: { $0 != "-" }) {
        case "usecase": UseCase.load(file: file, templates: Repository.templates).diagnostics
        case "template": Templates.check(file: file)
        case "project": Project.load(file: file) { $0 == "SET" ? "set" : nil }.diagnostics
        case "values": values(file)
        default: [Diagnostic(.error, .unreadableFile, "no kind of file: \(file.path)")]
        }
    }

    private func values(_ file: SourceFile) -> [Diagnostic] {
        let (values, diagnostics) = ValuesFile.load(file: file)
        guard let values else { return diagnostics }
        let all = Values(files: [values])
        guard let shop = try? Repository.file("Tests/DefinitionsTests/Goldens/shop.yaml") else { return [] }
        return all.unknownUseCases(among: ["shop", "cltv-dashboard"])
            + UseCase.load(file: shop, templates: Repository.templates, values: all).diagnostics
    }

    /// `# error[TN012] at 9: unknown key`, any number a line.
    private func comments(of file: SourceFile) -> [Found] {
        file.lines.enumerated().flatMap { index, line in
            line.components(separatedBy: "# ").dropFirst()
                .filter { $0.hasPrefix("error[") || $0.hasPrefix("warning[") }
                .map { Found(line: index + 1, text: $0.trimmingCharacters(in: .whitespaces)) }
        }
    }
}
