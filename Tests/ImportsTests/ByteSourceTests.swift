import Definitions
import Diagnostics
import Foundation
import Imports
import Testing

@Suite struct ByteSourceTests {
    private func utf16(_ text: String, big: Bool, mark: Bool) -> [UInt8] {
        ((mark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit in
            let bytes = [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)]
            return big ? bytes : bytes.reversed()
        }
    }

    @Test func encodings() {
        let text = "name,n\nZoë €,1\n😀,2\n"
        let expected = ["header name|n", "2: Zoë €|1", "3: 😀|2"]
        for pieces in [1, 2, 3, 5, 64, 65_536] {
            for (encoding, bytes) in [
                (.auto, Array(text.utf8)), (.auto, Array(("\u{FEFF}" + text).utf8)),
                (.utf8, Array(("\u{FEFF}" + text).utf8)),
                (.auto, utf16(text, big: false, mark: true)), (.auto, utf16(text, big: true, mark: true)),
                (.utf16, utf16(text, big: true, mark: true)), (.utf16le, utf16(text, big: false, mark: false)),
                (.utf16be, utf16(text, big: true, mark: false)), (.utf16be, utf16(text, big: true, mark: true)),
            ] as [(CSVOptions.Encoding, [UInt8])] {
                #expect(readCSV(bytes, encoding: encoding, pieces: pieces) == expected, "\(encoding) in \(pieces)")
                let again = encoding.encode(text.utf8)
                if encoding == .utf16le || encoding == .utf16be {
                    #expect(again == utf16(text, big: encoding == .utf16be, mark: false))
                }
            }
        }
        let windows: [UInt8] = Array("a\n".utf8) + [0x80, 0xE9, 0x9F, 0x0A]
        #expect(readCSV(windows, encoding: .windows1252) == ["header a", "2: €éŸ"])
        #expect(CSVOptions.Encoding.windows1252.encode("a\n€éŸ\n漢".utf8) == windows + [UInt8(ascii: "?")])
    }

    @Test func invalidTextIsARowsProblemInEveryEncoding() {
        let invalid = "TN204 the text is not valid in the file's encoding"
        #expect(
            readCSV(Array("a\nx".utf8) + [0x81, 0x0A] + "y\n".utf8, encoding: .windows1252) == [
                "header a", "f.csv:2:2 \(invalid) (byte 0xFF as UTF-8)", "3: y",
            ])
        var lone = utf16("a\nx", big: false, mark: true) + [0x00, 0xD8]
        lone += utf16("\ny\n", big: false, mark: false)
        #expect(readCSV(lone) == ["header a", "f.csv:2:2 \(invalid) (byte 0xED as UTF-8)", "3: y"])
        #expect(
            readCSV(utf16("a\nx", big: false, mark: true) + [0x41]) == [
                "header a", "f.csv:2:2 \(invalid) (byte 0xFF as UTF-8)",
            ])
        // Bytes that could not be decoded come back as they were.
        #expect(CSVOptions.Encoding.windows1252.encode([0x61, 0xFF, 0x81, 0x62]) == [0x61, 0x81, 0x62])
        #expect(CSVOptions.Encoding.utf16le.encode([0xED, 0xA0, 0x80]) == [0x00, 0xD8])
    }

    @Test func marksThatContradict() {
        let stop = "stop f.csv:1:1 TN204"
        #expect(
            readCSV(utf16("a\n", big: false, mark: true), encoding: .utf8)
                == ["\(stop) the file begins with the byte order mark of UTF-16, but its source says encoding: utf-8"])
        #expect(
            readCSV(Array("\u{FEFF}a\n".utf8), encoding: .windows1252)
                == [
                    "\(stop) the file begins with the byte order mark of UTF-8, but its source says encoding: windows-1252"
                ])
        #expect(
            readCSV(utf16("a\n", big: false, mark: false), encoding: .utf16)
                == ["\(stop) encoding utf-16 is told by a byte order mark, and the file has none"])
    }

    @Test func validation() {
        for (bytes, offset) in [
            ([0x61, 0xC3, 0xA9], nil), ([0xF0, 0x9F, 0x98, 0x80], nil), ([0x61, 0xC3], 1), ([0xC0, 0x80], 0),
            ([0xE0, 0x80, 0x80], 0), ([0xED, 0xA0, 0x80], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0x61, 0x80], 1),
            ([0xF0, 0x9F, 0x98], 0), ([0xFF], 0), ([0xEF, 0xBF, 0xBD], nil),
        ] as [([UInt8], Int?)] {
            #expect(firstInvalidUTF8(in: bytes, 0..<bytes.count) == offset, "\(bytes)")
        }
    }

    private func gunzip(_ bytes: [UInt8], pieces: Int) throws -> [UInt8] {
        let source = GunzipBytes(MemoryBytes(bytes, pieceSize: pieces))
        var result: [UInt8] = []
        while try source.read(appendingTo: &result) {}
        return result
    }

    @Test func gzipMembers() throws {
        let zeros = [UInt8](repeating: 7, count: 3 << 20)
        let text = Array("a,b\n1,2\n".utf8)
        for pieces in [1, 7, 65_536] {
            #expect(try gunzip(gzip(text) + gzip([]) + gzip(text), pieces: pieces) == text + text)
            #expect(try gunzip(gzip(text) + [0, 0, 0, 0], pieces: pieces) == text)
            // Much more output than one piece has room for.
            #expect(try gunzip(gzip(zeros), pieces: pieces) == zeros)
        }
    }

    @Test func damagedGzip() throws {
        let text = Array((0..<400).map { "\($0),\($0 * 7919)" }.joined(separator: "\n").utf8)
        let whole = gzip(text)
        // Every truncation, and every byte changed, is found, or without effect.
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(throws: ByteProblem.self) { try gunzip(Array(whole[..<length]), pieces: 100) }
        }
        for index in stride(from: 10, to: whole.count, by: 13) {
            var changed = whole
            changed[index] ^= 0x10
            #expect(throws: ByteProblem.self) { try gunzip(changed, pieces: 100) }
        }
        #expect(throws: ByteProblem.self) { try gunzip(whole + Array("junk".utf8), pieces: 100) }
    }

    @Test func damageIsPlacedWhereTheTextEnds() throws {
        let folder = try TemporaryFolder()
        var seed: UInt64 = 1
        let lines = (0..<3_000).map { index in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            return "\(index),\(seed >> 20)"
        }
        let whole = gzip(Array(("id,n\n" + lines.joined(separator: "\n")).utf8))
        try folder.write("f.csv.gz", whole[..<(whole.count / 2)])
        let text = try TextFile.open(folder.url.path + "/f.csv.gz", encoding: .auto)
        let reader = try CSVReader(text, path: "f.csv.gz", dialect: CSVDialect())
        var rows = 0
        do {
            while try reader.next() { rows += 1 }
            Issue.record("half a file is not a file")
        } catch let problem as Diagnostic {
            #expect(problem.code == .importGzipDamaged)
            let line = try #require(problem.place?.line)
            #expect(line > 1_000 && line == rows + 2)
        }
        try folder.write("plain.csv.gz", "id\n1\n")
        #expect(throws: ByteProblem.self) { try TextFile.open(folder.url.path + "/plain.csv.gz", encoding: .auto) }
        #expect(throws: ByteProblem.self) { try TextFile.open(folder.url.path + "/none.csv", encoding: .auto) }
    }
}
