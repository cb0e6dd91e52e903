import Diagnostics
import Foundation
import Testing
import Tracking

/// The journal is given back as it was acknowledged, or reported as damaged.
@Suite struct JournalTests {
    /// A folder that goes with the test.
    final class Place {
        let project = NSTemporaryDirectory() + "/tenure-journal-" + UUID().uuidString
        var folder: JournalFolder { JournalFolder(project: project) }

        init() throws { try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(atPath: project) }

        func contents(_ number: Int = 1) throws -> Data { try Data(contentsOf: URL(filePath: folder.file(number))) }

        func replace(_ number: Int = 1, by bytes: Data) throws {
            try bytes.write(to: URL(filePath: folder.file(number)))
        }

        /// Everything that the journal has, frame by frame.
        func frames() throws -> [String] {
            let files = try folder.files()
            return try files.flatMap { file in
                let reader = try JournalReader(file, from: 0)
                var frames: [String] = []
                while let lines = try reader.next() { frames.append(String(decoding: lines, as: UTF8.self)) }
                return frames
            }
        }
    }

    /// Bytes of a frame's header.
    private static let header = 27

    private func lines(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let sample = ["{\"a\":1}\n", "{\"b\":\"#x\"}\n{\"c\":3}\n", "{\"d\":\"ü\"}\n", "{\"e\":5}\n"]

    private func written(fileSize: Int = 64 << 20) throws -> Place {
        let place = try Place()
        let writer = try JournalWriter(place.folder, fileSize: fileSize)
        for text in JournalTests.sample { try writer.append(lines(text)) }
        return place
    }

    @Test func whatIsAppendedIsReadInItsOrder() throws {
        let place = try written()
        #expect(try place.frames() == JournalTests.sample)
        do {
            let writer = try JournalWriter(place.folder)
            #expect(writer.setAside.isEmpty)
            try writer.append(lines("{}\n"))
        }
        #expect(try place.frames() == JournalTests.sample + ["{}\n"])
    }

    @Test func aFileThatIsFullIsFollowedByAnother() throws {
        let place = try written(fileSize: 50)
        #expect(try place.folder.files().map(\.shown) == [1, 2].map { ".tenure/tracking/00000\($0).log" })
        #expect(try place.frames() == JournalTests.sample)
        try FileManager.default.removeItem(atPath: place.folder.file(1))
        #expect(throws: Diagnostic.self) { try place.folder.files() }
    }

    @Test func oneWriterAtATime() throws {
        let place = try Place()
        let writer = try JournalWriter(place.folder)
        let error = #expect(throws: Diagnostic.self) { try JournalWriter(place.folder) }
        #expect(error?.code == .trackingLocked)
        try writer.append(lines("{}\n"))
        #expect(try place.frames() == ["{}\n"])
    }

    /// Whoever reads while somebody writes sees whole frames, and comes to his turn.
    @Test func readersAndAWriterAtOnce() async throws {
        let place = try Place()
        let folder = place.folder
        let writer = try JournalWriter(folder)
        try writer.append(lines("{\"n\":0}\n"))
        let reading = Task {
            var ends: [Int] = []
            while ends.count < 200 {
                let file = try #require(try folder.files().first)
                let reader = try JournalReader(file, from: 0)
                while try reader.next() != nil {}
                #expect(reader.position == file.size)
                ends.append(file.size)
            }
            return ends
        }
        for number in 1..<1_500 { try writer.append(lines("{\"n\":\(number)}\n")) }
        let ends = try await reading.value
        #expect(ends == ends.sorted())
    }

    @Test func aJournalThatIsDeletedIsNoSuccess() throws {
        let place = try written()
        let writer = try JournalWriter(place.folder)
        try FileManager.default.removeItem(atPath: place.folder.path)
        let error = #expect(throws: Diagnostic.self) { try writer.append(lines("{}\n")) }
        #expect(error?.code == .trackingDamaged)
    }

    @Test func aJournalThatIsExchangedIsNoSuccess() throws {
        let place = try written()
        let writer = try JournalWriter(place.folder)
        let (old, new) = (place.folder.path + ".old", place.folder.path)
        try FileManager.default.moveItem(atPath: new, toPath: old)
        try FileManager.default.copyItem(atPath: old, toPath: new)
        let error = #expect(throws: Diagnostic.self) { try writer.append(lines("{}\n")) }
        #expect(error?.code == .trackingDamaged)
    }

    @Test func aJournalNeedsItsFramesOnly() throws {
        let place = try written()
        for name in ["reader.lock", "writer.lock"] {
            try FileManager.default.removeItem(atPath: place.folder.path + "/" + name)
        }
        #expect(try place.frames() == JournalTests.sample)
    }

    @Test func aFrameIsReadFromWhereItWasReadTo() throws {
        let place = try written()
        let file = try #require(try place.folder.files().first)
        let first = try JournalReader(file, from: 0)
        _ = try first.next()
        let second = try JournalReader(file, from: first.position)
        #expect(try second.next() == lines(JournalTests.sample[1]))
        let error = #expect(throws: Diagnostic.self) { try JournalReader(file, from: file.size + 1) }
        #expect(error?.code == .trackingDamaged)
    }

    /// A crash leaves any beginning of the last write behind, and the blocks of a write come to the disk in any order.
    @Test func ofAWriteThatDidNotEndNothingIsLeft() throws {
        let whole = try written().contents()
        let sample = JournalTests.sample
        let ends = sample.reduce(into: [0]) { $0.append(($0.last ?? 0) + JournalTests.header + $1.utf8.count) }
        for size in 0...whole.count {
            let place = try Place()
            _ = try JournalWriter(place.folder)
            try place.replace(by: whole.prefix(size))
            let kept = ends.filter { $0 <= size }.count - 1
            let cut = size - ends[kept]
            let writer = try JournalWriter(place.folder)
            #expect(try place.frames() == Array(sample.prefix(kept)), "\(size) bytes")
            #expect(writer.setAside.count == (cut > 0 ? 1 : 0), "\(size) bytes")
            if let name = writer.setAside.first {
                let aside = try Data(contentsOf: URL(filePath: place.project + "/" + name))
                #expect(aside == whole[ends[kept]..<size], "\(size) bytes")
            }
            try writer.append(lines("{\"z\":0}\n"))
            #expect(try place.frames() == sample.prefix(kept) + ["{\"z\":0}\n"], "\(size) bytes")
        }
        // The last write with its beginning, or its end, still zeros.
        let last = ends[3]
        for zeros in [last..<last + 10, last..<whole.count, last + 30..<whole.count] {
            var bytes = whole
            bytes.replaceSubrange(zeros, with: repeatElement(0, count: zeros.count))
            let place = try Place()
            _ = try JournalWriter(place.folder)
            try place.replace(by: bytes)
            #expect(try JournalWriter(place.folder).setAside.count == 1)
            #expect(try place.frames() == Array(sample.prefix(3)))
        }
    }

    /// Damage of anything but the last write is no crash: it is reported, and nothing is cut off.
    @Test func everyFlippedBitIsFound() throws {
        let whole = try written().contents()
        let last = whole.count - JournalTests.header - JournalTests.sample[3].utf8.count
        for position in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[position] ^= 1 << bit
                let place = try Place()
                _ = try JournalWriter(place.folder)
                try place.replace(by: bytes)
                do {
                    let writer = try JournalWriter(place.folder)
                    // The last frame: it is put aside, and said so.
                    #expect(position >= last && writer.setAside.count == 1, "byte \(position), bit \(bit)")
                    #expect(try place.frames() == Array(JournalTests.sample.prefix(3)))
                } catch let problem as Diagnostic {
                    #expect(
                        problem.code == .trackingDamaged && position < last, "byte \(position), bit \(bit): \(problem)")
                    #expect(try place.contents() == bytes)
                }
                try place.replace(by: bytes)
                let file = try #require(try place.folder.files().first)
                let reader = try JournalReader(file, from: 0)
                let error = #expect(throws: Diagnostic.self) { while try reader.next() != nil {} }
                #expect(error?.code == .trackingDamaged, "byte \(position), bit \(bit)")
            }
        }
    }
}
