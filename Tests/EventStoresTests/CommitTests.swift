import Diagnostics
import EventStores
import Foundation
import Quantities
import Testing

@Suite struct CommitTests {
    private func purchase(_ number: Int) -> [Purchase] {
        [Purchase(customer: "a", key: "\(number)", at: Int64(number))]
    }

    private func generationFolders(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.store.path + "/parts").sorted()
    }

    private func rows(_ folder: TemporaryFolder) throws -> Int? {
        try folder.store.open()?.tables["purchase"]?.rowCount
    }

    @Test func aKilledImportLeavesTheStoreAsItWas() throws {
        let folder = try TemporaryFolder()
        try folder.store.makeWriter().importing { try $0.add(purchase(1)) }
        // All files written, the transaction not committed; the lock goes with the writer, as with its process.
        do {
            let writer = try folder.store.makeWriter()
            let builder = try writer.makeBuilder()
            try builder.add(purchase(2))
            _ = try writer.write(try builder.finish(), createdAt: Instant(seconds: 1))
        }
        try FileManager.default.createDirectory(
            atPath: folder.store.path + "/parts/77", withIntermediateDirectories: false)
        #expect(try generationFolders(folder) == ["1", "2", "77"])
        #expect(try folder.store.open()?.generation == 1)
        #expect(try rows(folder) == 1)
        try folder.store.makeWriter().importing { try $0.add(purchase(3)) }
        #expect(try rows(folder) == 2)
        #expect(try generationFolders(folder) == ["1", "2"])
        try folder.store.open()?.verify()
    }

    @Test func onlyTheGenerationBeforeIsKept() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        for number in 1...4 { try writer.importing { try $0.add(purchase(number)) } }
        #expect(try generationFolders(folder) == ["3", "4"])
        let listed = try folder.store.generations()
        #expect(listed.map(\.number) == [3, 4])
        #expect(listed.map(\.isCurrent) == [false, true])
        #expect(listed.map(\.rows) == [3, 4])
        #expect(listed.last?.createdAt == Instant(seconds: 1))
    }

    @Test func aReaderKeepsItsGeneration() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(purchase(1)) }
        do {
            let store = try #require(try folder.store.open())
            for number in 2...4 { try writer.importing { try $0.add(purchase(number)) } }
            #expect(try generationFolders(folder) == ["1", "3", "4"])
            // Columns that were not mapped before the imports.
            try store.verify()
            #expect(store.tables["purchase"]?.rowCount == 1)
        }
        try writer.importing { try $0.add(purchase(5)) }
        #expect(try generationFolders(folder) == ["4", "5"])
    }

    @Test func oneProcessWrites() throws {
        let folder = try TemporaryFolder()
        var writer: StoreWriter? = try folder.store.makeWriter()
        do {
            _ = try folder.store.makeWriter()
            Issue.record("a second writer was let in")
        } catch let diagnostic as Diagnostic {
            #expect(diagnostic.code == .storeLocked)
            #expect(diagnostic.message.contains("process \(getpid()) "))
        }
        try writer?.importing { try $0.add(purchase(1)) }
        writer = nil
        try folder.store.makeWriter().importing { try $0.add(purchase(2)) }
        #expect(try rows(folder) == 2)
    }

    @Test func theOutcomeCountsWhatIsOnDisk() throws {
        let folder = try TemporaryFolder()
        let outcome = try folder.store.makeWriter().importing { builder in
            try builder.add(purchase(1) + purchase(1))
            _ = builder.customer("b")
        }
        let sizes = try folder.files(ofGeneration: 1).map { path in
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        }
        let bytes = sizes.reduce(0, +)
        #expect(outcome.bytes == bytes)
        #expect(outcome.customers == 2)
        #expect(outcome.customersAdded == 2)
        #expect(
            outcome.tables == [
                ImportOutcome.TableOutcome(name: "purchase", rows: 1, rowsAdded: 1, repeatsDropped: 1, sharedKeys: 0)
            ])
    }

    @Test func aFolderThatCanNotBeMadeIsReported() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        let store = StoreDirectory(folder.path + "/file/store")
        #expect(code { _ = try store.makeWriter() } == .storeInaccessible)
    }

    @Test(.enabled(if: geteuid() != 0, "rights do not hold for root"), arguments: [true, false])
    func aReadOnlyFolderIsReported(isNew: Bool) throws {
        let folder = try TemporaryFolder()
        if !isNew { try folder.store.makeWriter().importing { try $0.add(purchase(1)) } }
        let path = isNew ? folder.path : folder.store.path + "/parts"
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path) }
        let found = code {
            try folder.store.makeWriter().importing { try $0.add(purchase(2)) }
        }
        #expect(found == .storeInaccessible)
    }

    /// A file where the folder of the next generation belongs: the write fails midway, the store stays.
    @Test func aFailedWriteLeavesTheStoreAsItWas() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add(purchase(1)) }
        let obstacle = folder.store.path + "/parts/2"
        try Data().write(to: URL(fileURLWithPath: obstacle))
        #expect(code { try writer.importing { try $0.add(purchase(2)) } } == .storeInaccessible)
        #expect(try rows(folder) == 1)
        try FileManager.default.removeItem(atPath: obstacle)
        try writer.importing { try $0.add(purchase(2)) }
        #expect(try rows(folder) == 2)
    }
}
