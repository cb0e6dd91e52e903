import Deployments
import Diagnostics
import Foundation
import Plans
import Quantities
import Testing

@Suite struct DeploymentCatalogTests {
    private let buyers = segmentation("buyers", name: "A Buyers")
    private let sleepers = segmentation("sleepers", name: "A Sleepers")

    /// Plans over what is deployed and applies it.
    @discardableResult
    private func deploy(
        _ blueprint: Blueprint, to catalog: DeploymentCatalog, at second: Int64 = 1
    ) throws -> Deployment? {
        let current = try catalog.current(useCase: blueprint.useCase)
        let plan = try DeploymentPlan(blueprint, over: current.map { ($0.number, $0.blueprint) })
        return try catalog.apply(plan, generation: 3, at: Instant(seconds: second))
    }

    @Test func whatIsDeployedIsReadBack() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        // In an order that no sorting gives; with texts that SQL and YAML would have to quote.
        let odd = segmentation("aa", name: "O'Neill's \u{1F600} cafe\u{301}; --")
        let blueprint = blueprint([sleepers, odd, buyers])
        let deployment = try #require(try deploy(blueprint, to: catalog))
        #expect(
            deployment == Deployment(number: 1, deployedAt: Instant(seconds: 1), generation: 3, blueprint: blueprint))
        let found = try #require(try DeploymentCatalog(folder.file).current(useCase: "tiny"))
        #expect(found == deployment)
        #expect(found.blueprint.assets.map(\.id) == ["sleepers", "aa", "buyers"])
        #expect(Array(found.blueprint.assets[1].name.utf8) == Array(odd.name.utf8))
        #expect(found.blueprint.hash == blueprint.hash)
        #expect(try catalog.current() == [deployment])
    }

    @Test func readingMakesNoFile() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        #expect(try catalog.current().isEmpty)
        #expect(try catalog.current(useCase: "tiny") == nil)
        #expect(try catalog.history(useCase: "tiny").isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func nothingIsDeployedTwice() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        try deploy(blueprint([buyers]), to: catalog)
        #expect(try deploy(blueprint([buyers]), to: catalog) == nil)
        #expect(try catalog.history(useCase: "tiny").map(\.number) == [1])
        // A new version of the same assets is a deployment.
        #expect(try deploy(blueprint([buyers], version: "1.1.0"), to: catalog)?.number == 2)
    }

    @Test func whatWasReplacedIsKept() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        let blueprints = [
            blueprint([buyers, sleepers]), blueprint([sleepers]),
            blueprint([segmentation("buyers", name: "C"), sleepers]),
        ]
        for (index, blueprint) in blueprints.enumerated() { try deploy(blueprint, to: catalog, at: Int64(index)) }
        try deploy(blueprint([buyers], useCase: "other"), to: catalog)
        let history = try catalog.history(useCase: "tiny")
        #expect(history.map(\.number) == [1, 2, 3])
        #expect(history.map(\.blueprint) == blueprints)
        #expect(history.map(\.deployedAt.microseconds) == [0, 1_000_000, 2_000_000])
        #expect(try catalog.current().map(\.number) == [4, 3])
        #expect(try catalog.current().map(\.blueprint.useCase) == ["other", "tiny"])
    }

    @Test func aStalePlanIsRefused() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        let first = try DeploymentPlan(blueprint([buyers]), over: nil)
        let other = try DeploymentPlan(blueprint([sleepers]), over: nil)
        _ = try catalog.apply(first, generation: 1, at: Instant(seconds: 1))
        #expect(throws: DeploymentConflict(expected: nil, found: 1)) {
            try catalog.apply(other, generation: 1, at: Instant(seconds: 2))
        }
        let stale = try DeploymentPlan(blueprint([sleepers]), over: (1, blueprint([buyers])))
        try deploy(blueprint([buyers, sleepers]), to: catalog)
        #expect(throws: DeploymentConflict(expected: 1, found: 2)) {
            try catalog.apply(stale, generation: 1, at: Instant(seconds: 2))
        }
        let deployed = try catalog.history(useCase: "tiny").map(\.blueprint)
        #expect(deployed == [blueprint([buyers]), blueprint([buyers, sleepers])])
        // Another use case is no conflict.
        let elsewhere = try DeploymentPlan(blueprint([sleepers], useCase: "other"), over: nil)
        #expect(try catalog.apply(elsewhere, generation: 1, at: Instant(seconds: 2))?.number == 3)
    }

    @Test func whatIsDestroyedIsGoneAndItsHistoryIsKept() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        try deploy(blueprint([buyers]), to: catalog)
        try deploy(blueprint([buyers, sleepers]), to: catalog)
        try deploy(blueprint([buyers]), to: catalog)
        try deploy(blueprint([buyers]).destroyed, to: catalog)
        #expect(try catalog.current(useCase: "tiny") == nil)
        #expect(try catalog.current().isEmpty)
        // A plan made before is stale.
        let stale = try DeploymentPlan(blueprint([buyers, sleepers]), over: (3, blueprint([buyers])))
        #expect(throws: DeploymentConflict(expected: 3, found: 4)) {
            try catalog.apply(stale, generation: 3, at: Instant(seconds: 1))
        }
        let again = try #require(try catalog.latest(useCase: "tiny"))
        let plan = try DeploymentPlan(blueprint([sleepers], version: "2.0.0"), over: (again.number, again.blueprint))
        #expect(plan.changes.map(\.action) == [.create])
        _ = try catalog.apply(plan, generation: 3, at: Instant(seconds: 1))
        try deploy(blueprint([sleepers], version: "2.1.0"), to: catalog)
        let history = try catalog.history(useCase: "tiny")
        #expect(
            DeploymentAction.of(history) == [.deploy, .update, .rollback(to: 1), .destroy, .deploy, .upgrade])
        #expect(try catalog.current().map(\.number) == [6])
    }

    @Test func ofManyAtOnceOneIsFirst() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file
        let plans = try (0..<8).map { number in
            try DeploymentPlan(blueprint([segmentation("buyers", name: "\(number)")]), over: nil)
        }
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for plan in plans {
                group.addTask {
                    do {
                        return try DeploymentCatalog(file).apply(plan, generation: 1, at: Instant(seconds: 1)) != nil
                    } catch is DeploymentConflict {
                        return false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        #expect(try DeploymentCatalog(file).current().map(\.number) == [1])
    }

    /// A commit is on the disk by itself: no log beside the file has a part of it.
    @Test func everythingIsInOneFile() throws {
        let folder = try TemporaryFolder()
        try deploy(blueprint([buyers]), to: DeploymentCatalog(folder.file))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/.tenure") == ["deployments.sqlite"])
        let copy = folder.path + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: folder.file, toPath: copy)
        #expect(try DeploymentCatalog(copy).current().map(\.number) == [1])
    }

    @Test func damageIsReportedAndNothingIsShown() throws {
        let folder = try TemporaryFolder()
        let catalog = DeploymentCatalog(folder.file)
        try deploy(blueprint([buyers, sleepers]), to: catalog)
        let whole = try catalog.current()
        let url = URL(filePath: folder.file)
        let bytes = try Data(contentsOf: url)
        func isReported(_ damaged: Data, _ what: String) throws -> Bool {
            try damaged.write(to: url)
            do {
                // What no reader sees, such as free space of a page, may go unnoticed.
                #expect(try catalog.current() == whole, "\(what)")
                return false
            } catch let diagnostic as Diagnostic {
                #expect([.damagedDeployment, .storeTooNew].contains(diagnostic.code), "\(what): \(diagnostic)")
                #expect(diagnostic.message.contains(folder.file))
                return true
            }
        }
        for length in stride(from: 0, to: bytes.count, by: 499) {
            #expect(try isReported(bytes.prefix(length), "cut to \(length)"))
        }
        // Each byte of the texts of an asset.
        let text = try #require(bytes.firstRange(of: Data("A Sleepers".utf8)))
        for position in text {
            var flipped = bytes
            flipped[position] ^= 1
            #expect(try isReported(flipped, "byte \(position)"))
        }
        for position in stride(from: 0, to: bytes.count, by: 61) {
            var flipped = bytes
            flipped[position] ^= 0x41
            _ = try isReported(flipped, "byte \(position)")
        }
        try bytes.write(to: url)
        #expect(try catalog.current() == whole)
    }
}
