import Definitions
import Diagnostics
import Foundation
import Testing

/// What the documentation mentions exists; what exists is documented.
@Suite struct MentionsTests {
    @Test func codesExist() throws {
        let known = Set(Code.all.map(\.id))
        for page in try Page.all() {
            for match in page.text.matches(of: /TN[0-9]{3}/) {
                #expect(known.contains(String(match.output)), "\(page): no code \(match.output)")
            }
        }
    }

    @Test func linkedFilesExist() throws {
        // Made by hand from a running program, and possibly not in this checkout yet.
        let made = ["Documentation/images/"]
        for page in try Page.all() {
            let folder = Page.root.appending(path: page.path).deletingLastPathComponent()
            for match in page.text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
                let target = String(match.output.1)
                if target.contains("://") || made.contains(where: target.contains) { continue }
                let url = folder.appending(path: target).standardizedFileURL
                #expect(FileManager.default.fileExists(atPath: url.path), "\(page): no file \(target)")
            }
        }
    }

    /// Every key of project.yaml is explained in the page about mapping files, or in that about numbers.
    @Test func projectVocabularyIsDocumented() throws {
        // Conditions are shared with use cases.
        try expectDocumented(.project, in: ["map-a-file", "numbers", "write-a-use-case", "spark"])
    }

    @Test func useCaseVocabularyIsDocumented() throws {
        for language in [Language.useCase, .template] { try expectDocumented(language, in: ["write-a-use-case"]) }
        // The project that tests are in has the policies of a project.
        try expectDocumented(.scenarios, in: ["write-a-use-case", "map-a-file", "numbers"])
    }

    private func expectDocumented(_ language: Language, in names: [String]) throws {
        let pages = try names.map { try Page("Documentation/how-to/\($0).md") }
        let code = pages.flatMap { $0.proseCode + $0.blocks.map(\.text) }
        let known = Set(code.flatMap { $0.matches(of: /[A-Za-z0-9_.\-]+/).map { String($0.output) } })
        let shapes = [language.root] + language.definitions.values
        let words = shapes.reduce(into: Set<String>()) { $0.formUnion($1.words) }
        #expect(words.count > 20)
        for word in words.sorted() where word.contains(where: \.isLetter) {
            #expect(known.contains(word), "'\(word)' of \(language.name) is not in \(names)")
        }
    }

    /// Parameters, metrics, reports and segmentations of a shipped use case stand in its README.
    @Test func useCasesAreDocumented() throws {
        let folder = Page.root.appending(path: "usecases")
        for id in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let path = "usecases/\(id)/usecase.yaml"
            guard FileManager.default.fileExists(atPath: Page.root.appending(path: path).path) else { continue }
            let readme = "usecases/\(id)/README.md"
            let hasReadme = FileManager.default.fileExists(atPath: Page.root.appending(path: readme).path)
            #expect(hasReadme, "\(readme) is missing")
            if !hasReadme { continue }
            let page = try Page(readme)
            let loaded = UseCase.load(
                file: try DefinitionExamplesTests.file(path), templates: try DefinitionExamplesTests.templates)
            let useCase = try #require(loaded.useCase)
            let names =
                useCase.parameters.map(\.name.value) + useCase.metrics.map(\.name.value)
                + (useCase.dashboard?.reports.map(\.id.value) ?? []) + useCase.eventSegmentations.map(\.id.value)
                + useCase.customerSegmentations.map(\.id.value)
            for name in names { #expect(page.text.contains("`\(name)`"), "\(page) does not name `\(name)`") }
        }
    }
}

extension Shape {
    /// The keys and the fixed words of the language.
    fileprivate var words: Set<String> {
        switch self {
        case .mapping(let mapping): mapping.words
        case .choice(let choice): choice.options.reduce(into: []) { $0.formUnion($1.mapping.words) }
        case .entries(let entries): entries.value.words
        case .list(let list), .oneOrMany(let list): list.element.words
        case .text(let text): Set(text.allowed ?? [])
        case .textOr(let text, let other): Set(text.allowed ?? []).union(other.words)
        case .number, .boolean, .named: []
        }
    }
}

extension MappingShape {
    fileprivate var words: Set<String> {
        fields.reduce(into: []) { words, field in
            words.insert(field.name)
            words.formUnion(field.shape.words)
        }
    }
}
