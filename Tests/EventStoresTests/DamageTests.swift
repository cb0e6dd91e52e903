import Diagnostics
import EventStores
import Foundation
import Quantities
import Testing

@Suite struct DamageTests {
    /// A small store with a file of every kind.
    private func makeStore(_ folder: TemporaryFolder) throws {
        try folder.store.makeWriter().importing { builder in
            let columns = [
                ColumnSpec(name: "key", type: .text), ColumnSpec(name: "price", type: .decimal),
                ColumnSpec(name: "until", type: .instant),
            ]
            let reference = KeySpec.Reference(table: "order", column: "key")
            let keys = KeySpec(key: "key", amount: "price", parent: "key", refersTo: reference)
            let table = try builder.table("order", columns: columns, keys: keys)
            for number in 0..<3 {
                try builder.append(
                    table: table, customer: builder.customer("c\(number % 2)"), timestamp: Instant(seconds: 5),
                    cells: [.string("key \(number)"), .number("1.5"), .instant(Instant(seconds: 9))])
            }
            try builder.setProperty(ColumnSpec(name: "city", type: .text), of: 0, to: .string("Brno"))
        }
    }

    private func readAll(_ folder: TemporaryFolder) throws {
        let store = try #require(try folder.store.open())
        try store.verify()
    }

    @Test func everyFlippedByteAndEveryTruncationIsDetected() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder)
        try readAll(folder)
        let files = try folder.files(ofGeneration: 1)
        #expect(files.count == 22)
        for path in files {
            let whole = Array(try #require(FileManager.default.contents(atPath: path)))
            // Some files whole; of the others, which are read by the same code, a few bytes of header and content.
            let isWhole = ["-units", "-codes", "-lags", "customers-text-bytes", "customers-text-numbers"].contains {
                path.hasSuffix($0)
            }
            for index in whole.indices where isWhole || index % 17 == 0 || index == whole.count - 1 {
                for bits in [UInt8(1), 0xFF] {
                    var flipped = whole
                    flipped[index] ^= bits
                    try Data(flipped).write(to: URL(fileURLWithPath: path))
                    #expect(code { try readAll(folder) } == .storeDamaged, "byte \(index) of \(path)")
                }
                try Data(whole[..<index]).write(to: URL(fileURLWithPath: path))
                #expect(code { try readAll(folder) } == .storeDamaged, "\(path) cut to \(index) bytes")
            }
            try Data(whole + [0]).write(to: URL(fileURLWithPath: path))
            #expect(code { try readAll(folder) } == .storeDamaged, "a byte more in \(path)")
            try FileManager.default.removeItem(atPath: path)
            #expect(code { try readAll(folder) } == .storeDamaged, "\(path) missing")
            try Data(whole).write(to: URL(fileURLWithPath: path))
        }
        try readAll(folder)
    }

    @Test func filesOfAnotherColumnOrImportAreDetected() throws {
        let folder = try TemporaryFolder()
        let writer = try folder.store.makeWriter()
        try writer.importing { try $0.add([Purchase(customer: "a", key: "1", at: 1, price: "1")]) }
        let first = try folder.files(ofGeneration: 1)
        try writer.importing { try $0.add([Purchase(customer: "b", key: "1", at: 1, price: "2")]) }
        for path in first {
            let current = path.replacingOccurrences(of: "/parts/1/", with: "/parts/2/")
            let content = FileManager.default.contents(atPath: current)
            let old = FileManager.default.contents(atPath: path)
            guard content != old else { continue }
            try old?.write(to: URL(fileURLWithPath: current))
            #expect(code { try readAll(folder) } == .storeDamaged, "\(current)")
            try content?.write(to: URL(fileURLWithPath: current))
        }
        try readAll(folder)
    }

    @Test func aColumnThatNobodyAsksForIsNotRead() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder)
        let path = try #require(try folder.files(ofGeneration: 1).first { $0.hasSuffix("-units") })
        try FileManager.default.removeItem(atPath: path)
        let store = try #require(try folder.store.open())
        let table = try #require(store.tables["order"])
        #expect(try table.cell(column: "key", row: 0) == .string("key 0"))
        #expect(code { _ = try table.column("price") } == .storeDamaged)
        #expect(code { try store.verify() } == .storeDamaged)
        #expect(code { try folder.store.makeWriter().importing { _ in } } == .storeDamaged)
    }

    @Test func aDamagedCatalogIsReported() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder)
        let catalog = URL(fileURLWithPath: folder.store.path + "/catalog.sqlite")
        var bytes = Array(try Data(contentsOf: catalog))
        bytes.replaceSubrange(0..<4_096, with: repeatElement(0x55, count: 4_096))
        try Data(bytes).write(to: catalog)
        #expect(code { try readAll(folder) } == .storeDamaged)
        #expect(code { _ = try folder.store.makeWriter() } == .storeDamaged)
    }

    @Test func theHeaderHasTheChecksumOfWhatFollows() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder)
        for path in try folder.files(ofGeneration: 1) {
            let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
            let stored: UInt64 = bytes[40..<48].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            #expect(
                unsafe bytes.withUnsafeBytes { unsafe checksum(UnsafeRawBufferPointer(rebasing: $0[64...])) } == stored)
        }
    }

    @Test func aStoreOfTheFormatBeforeIsToBeImportedAgain() throws {
        let folder = try TemporaryFolder()
        try makeStore(folder)
        let catalog = URL(fileURLWithPath: folder.store.path + "/catalog.sqlite")
        var bytes = Array(try Data(contentsOf: catalog))
        // SQLite's user_version, big-endian.
        #expect(bytes[60..<64].elementsEqual([0, 0, 0, 5]))
        bytes[63] = 4
        try Data(bytes).write(to: catalog)
        #expect(code { try readAll(folder) } == .storeTooOld)
        #expect(code { _ = try folder.store.makeWriter() } == .storeTooOld)
    }
}
