import Definitions
import Diagnostics
import Foundation
import Testing

/// Complete YAML examples load with the real loaders, without an error or a warning.
@Suite struct DefinitionExamplesTests {
    static func examples(_ kind: String) throws -> [Block] {
        try Page.all().flatMap(\.blocks).filter { $0.words.first == "yaml" && $0.kind == kind }
    }

    static var templates: Templates {
        get throws {
            var files = ["consent": try file("templates/segmentations/consent.yaml")]
            for block in try examples("template") {
                guard let name = block.body.first(where: { $0.hasPrefix("template: ") })?.dropFirst(10) else {
                    continue
                }
                files[String(name)] = SourceFile(path: block.description, text: block.text)
            }
            return Templates(files)
        }
    }

    static func file(_ path: String) throws -> SourceFile {
        try SourceFile.read(path: Page.root.appending(path: path).path, shownAs: path)
    }

    @Test func everyYAMLBlockSaysWhatItIs() throws {
        let known = ["project", "source", "usecase", "values", "template", "tests", "part"]
        for block in try Page.all().flatMap(\.blocks) where block.words.first == "yaml" {
            #expect(known.contains(block.kind), "\(block): a yaml block is one of \(known)")
        }
    }

    @Test func projects() throws {
        for block in try DefinitionExamplesTests.examples("project") {
            let file = SourceFile(path: block.description, text: block.text)
            expectClean(Project.load(file: file) { "/the/value/of/\($0)" }.diagnostics)
        }
    }

    @Test func useCases() throws {
        let templates = try DefinitionExamplesTests.templates
        for block in try DefinitionExamplesTests.examples("usecase") {
            let file = SourceFile(path: block.description, text: block.text)
            expectClean(UseCase.load(file: file, templates: templates).diagnostics)
        }
    }

    @Test func templateFiles() throws {
        for block in try DefinitionExamplesTests.examples("template") {
            expectClean(Templates.check(file: SourceFile(path: block.description, text: block.text)))
        }
    }

    @Test func testsOfUseCases() throws {
        let blocks = try DefinitionExamplesTests.examples("tests")
        #expect(!blocks.isEmpty)
        for block in blocks {
            expectClean(ScenarioFile.load(SourceFile(path: block.description, text: block.text)).diagnostics)
        }
    }

    /// Values are for use cases of the documentation or for shipped ones.
    @Test func values() throws {
        let templates = try DefinitionExamplesTests.templates
        var useCases: [String: SourceFile] = [:]
        for block in try DefinitionExamplesTests.examples("usecase") {
            let file = SourceFile(path: block.description, text: block.text)
            if let id = UseCase.headline(of: file)?.id { useCases[id] = file }
        }
        for id in [
            "cltv-dashboard", "rfm-segmentation", "customer-report", "customer-value-report",
            "at-risk-customers",
        ] {
            useCases[id] = try DefinitionExamplesTests.file("usecases/\(id)/usecase.yaml")
        }
        for block in try DefinitionExamplesTests.examples("values") {
            let (values, problems) = ValuesFile.load(file: SourceFile(path: block.description, text: block.text))
            expectClean(problems)
            guard let values else { continue }
            for id in values.useCases {
                let file = try #require(useCases[id.value], "\(block): no use case '\(id.value)'")
                expectClean(UseCase.load(file: file, templates: templates, values: Values(files: [values])).diagnostics)
            }
        }
    }
}

func expectClean(_ diagnostics: [Diagnostic]) {
    #expect(diagnostics.isEmpty, "\(TextRenderer().render(diagnostics))")
}
