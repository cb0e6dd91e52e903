import Diagnostics
import EventStores
import Foundation
import Quantities
import Testing

/// What can go wrong when rows are spilled, and what a limit may be. That spilling changes no number is in
/// `SpillingImportTests`.
@Suite struct SpillTests {
    @Test(arguments: [
        ("512MB", 512_000_000), ("1.5GiB", 1_610_612_736), ("800000000", 800_000_000), ("64mb", 64_000_000),
        ("2 GB", 2_000_000_000), ("100KiB", 102_400), ("7b", 7),
    ]) func aLimitIsRead(text: String, bytes: Int) {
        #expect(MemoryLimit(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "MB", "-1MB", "1e9", "1.2.3MB", "0", "half", "5 apples", "999999999TB", "１MB", "1GBs"])
    func whatIsNoLimitIsRefused(text: String) {
        #expect(MemoryLimit(text) == nil)
    }

    private let limit = MemoryLimit(bytes: 1_000, partitions: 4)

    private func fill(_ builder: StoreBuilder) throws {
        for number in 0..<200 {
            try builder.makeRoom()
            try builder.add([Purchase(customer: "c\(number % 40)", key: "\(number / 3)", at: Int64(number))])
        }
    }

    /// The spill file of this process, which has no name any more, opened once more.
    private func spillFile() throws -> FileHandle? {
        for number in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            let path = "/proc/self/fd/\(number)"
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { continue }
            if target.contains("tenure-spilltest"), target.hasSuffix("/spill (deleted)") {
                return FileHandle(forUpdatingAtPath: path)
            }
        }
        return nil
    }

    @Test func aDamagedSpillFileIsReported() throws {
        let path = NSTemporaryDirectory() + "/tenure-spilltest-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = try StoreDirectory(path).makeWriter()
        let before = try writer.importing { try $0.add([Purchase(customer: "a", key: "1", at: 1)]) }
        // A byte for every sixteenth of the file.
        for part in 0..<16 {
            let builder = try writer.makeFreshBuilder(limit: limit)
            try fill(builder)
            let generation = try builder.finish()
            let file = try #require(try spillFile())
            let end = try file.seekToEnd()
            let offset = end * UInt64(part) / 16
            try file.seek(toOffset: offset)
            guard let byte = try file.read(upToCount: 1)?.first else { continue }
            try file.seek(toOffset: offset)
            try file.write(contentsOf: [byte ^ 0x10])
            try file.close()
            let problem = #expect(throws: Diagnostic.self) {
                try writer.commit(generation, createdAt: Instant(seconds: 1))
            }
            #expect(problem?.code == .storeDamaged)
            #expect(try StoreDirectory(path).open()?.generation == before.generation)
        }
    }

    @Test func aLeftSpillFileIsRemoved() throws {
        let folder = try TemporaryFolder()
        _ = try folder.store.makeWriter()
        let left = folder.store.path + "/spill"
        try Data("left".utf8).write(to: URL(filePath: left))
        _ = try folder.store.makeWriter()
        #expect(!FileManager.default.fileExists(atPath: left))
    }

    @Test func aSpillThatFailsEndsTheImport() throws {
        let folder = try TemporaryFolder()
        let builder = try folder.store.makeWriter().makeFreshBuilder(limit: limit)
        // Nothing can be written over a folder.
        try FileManager.default.createDirectory(atPath: folder.store.path + "/spill", withIntermediateDirectories: true)
        let failure = #expect(throws: SpillFailure.self) { try fill(builder) }
        #expect(failure?.diagnostic.code == .storeInaccessible)
    }

    @Test func aValueThatDoesNotFitIsRefusedAfterItsColumnWasSpilled() throws {
        let folder = try TemporaryFolder()
        let builder = try folder.store.makeWriter().makeFreshBuilder(limit: limit)
        try builder.add([Purchase(customer: "a", key: "1", at: 1, price: "9000000000000000000")])
        try fill(builder)
        #expect(builder.spilledBytes > 0)
        let problem = #expect(throws: Diagnostic.self) {
            try builder.add([Purchase(customer: "a", key: "2", at: 2, price: "0.01")])
        }
        #expect(problem?.code == .valueOutOfRange)
    }
}
