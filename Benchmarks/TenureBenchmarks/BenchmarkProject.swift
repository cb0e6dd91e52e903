import Definitions
import Diagnostics
import Engine
import EventStores
import Foundation
import Imports
import Plans
import Quantities
import Queries

/// The benchmark's project on disk: its store and its twelve reports as an evaluation, made as `tenure evaluate` makes it.
struct BenchmarkProject {
    let store: EventStore
    let evaluation: Evaluation

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(_ path: String) throws {
        let folder = URL(filePath: path, directoryHint: .isDirectory)
        guard let store = try StoreDirectory(folder.appending(path: ".tenure/store").path).open() else {
            throw Failure(description: "nothing was imported into \(path)")
        }
        self.store = store
        let file = try SourceFile.read(path: folder.appending(path: "project.yaml").path)
        guard let project = Project.load(file: file, environment: { _ in nil }).0 else {
            throw Failure(description: "project.yaml is not valid: see tenure validate")
        }
        let definition = try SourceFile.read(path: folder.appending(path: "usecases/benchmark/usecase.yaml").path)
        let (useCase, diagnostics) = UseCase.load(file: definition)
        guard let useCase, !diagnostics.hasErrors else {
            throw Failure(description: "the use case is not valid: see tenure validate benchmark")
        }
        let rates = try RateFile.read(
            folder.appending(path: "rates.csv"), path: "rates.csv", into: project.shownCurrency
        ).mapValues { table in
            RateTable(rates: table.mapValues { list in list.map { .init(dayNumber: $0.day, rate: $0.rate) } })
        }
        let profile = try EmbeddedEngine(store: store, threads: 1).profile()
        let options = EvaluationOptions()
        let span = DataSpan(first: profile.events.compactMap(\.first).min(), last: store.newestEvent)
        let semantics = try Semantics(
            project: project, options: options, span: span, rates: RateBook(tables: rates),
            now: span.last ?? Instant(microseconds: 0))
        evaluation = try DashboardCompilation(
            useCase, project: project, profile: profile, semantics: semantics, options: options
        ).evaluation
    }
}
