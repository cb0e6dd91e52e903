import Definitions
import Foundation
import Testing

/// The benchmark's project loads, and every report of it is written in SQL as well. `make bench` compares their numbers.
@Suite struct BenchmarkTests {
    @Test func projectLoads() throws {
        let file = try DefinitionExamplesTests.file("Benchmarks/Project/project.yaml")
        expectClean(Project.load(file: file) { _ in nil }.diagnostics)
    }

    @Test func reportsAreThoseOfTheSQL() throws {
        let file = try DefinitionExamplesTests.file("Benchmarks/Project/usecases/benchmark/usecase.yaml")
        let (loaded, diagnostics) = UseCase.load(file: file)
        expectClean(diagnostics)
        let reports = try #require(loaded?.dashboard?.reports).map(\.id.value)
        #expect(reports.count == 12)
        for folder in ["alone", "reports"] {
            let folder = Page.root.appending(path: "Benchmarks/DuckDB/\(folder)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.sorted() == reports.map { "\($0).sql" }.sorted())
        }
    }
}
