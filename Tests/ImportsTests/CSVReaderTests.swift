import Definitions
import Diagnostics
import Imports
import Testing

/// A CSV as text: each row's fields, or the problem with its place.
func readCSV(
    _ bytes: [UInt8], _ dialect: CSVDialect = CSVDialect(), encoding: CSVOptions.Encoding = .auto,
    pieces: Int = 65_536, limits: InputLimits = .standard
) -> [String] {
    var lines: [String] = []
    do {
        let source = DecodedBytes(MemoryBytes(bytes, pieceSize: pieces), encoding: encoding)
        let reader = try CSVReader(source, path: "f.csv", dialect: dialect, limits: limits)
        lines.append("header " + reader.columns.joined(separator: "|"))
        while try reader.next() {
            if let problem = reader.record.problem {
                lines.append(golden(reader.record.diagnostic(problem)))
            } else {
                let fields = reader.record.fields.indices.map {
                    String(decoding: reader.record.text($0), as: UTF8.self)
                }
                lines.append("\(reader.record.line): " + fields.joined(separator: "|"))
            }
        }
    } catch let problem as Diagnostic {
        lines.append("stop " + golden(problem))
    } catch let list as DiagnosticList {
        lines += list.diagnostics.map { "stop " + golden($0) }
    } catch {
        lines.append("unexpected \(error)")
    }
    return lines
}

func readCSV(_ text: String, _ dialect: CSVDialect = CSVDialect(), pieces: Int = 65_536) -> [String] {
    readCSV(Array(text.utf8), dialect, pieces: pieces)
}

@Suite struct CSVReaderTests {
    @Test(arguments: ["\n", "\r\n", "\r"])
    func lineEnds(_ end: String) {
        let text = ["a,b", "1,2", "", "\"x\(end)y\",\"say \"\"hi\"\"\"", ",", "3,4"].joined(separator: end)
        let expected = ["header a|b", "2: 1|2", "4: x\(end)y|say \"hi\"", "6: |", "7: 3|4"]
        #expect(readCSV(text) == expected)
        #expect(readCSV(text + end) == expected)
        #expect(readCSV("\u{FEFF}" + text) == expected)
    }

    @Test func goldenErrors() {
        #expect(
            readCSV("id,name\n1,a\n2,b\"c\nä,x,y\n3\n4,\"a\"b,\n5,\"ok\"\n") == [
                "header id|name", "2: 1|a", "f.csv:3:4 TN208 a quote inside a field that does not begin with one",
                "f.csv:4:5 TN207 the row has 3 fields, the header 2",
                "f.csv:5:2 TN207 the row has 1 field, the header 2",
                "f.csv:6:6 TN208 after the closing quote comes 'b', where the field should end", "7: 5|ok",
            ])
    }

    @Test func unclosedQuoteIsPlacedWhereItOpens() {
        #expect(
            readCSV("a,b\n1,2\nä,\"x\n3,4\n") == [
                "header a|b", "2: 1|2", "stop f.csv:3:3 TN209 the quote that opens here is never closed",
            ])
    }

    @Test func nulAndInvalidText() {
        #expect(
            readCSV("a,b\n1,x\0y\n".utf8 + [0x32, 0x2C, 0xC3, 0x28, 0x0A] + "3,ok\n".utf8) == [
                "header a|b", "f.csv:2:4 TN210 the field contains the character NUL (U+0000)",
                "f.csv:3:3 TN204 the text is not valid in the file's encoding (byte 0xC3 as UTF-8)", "4: 3|ok",
            ])
    }

    @Test func aPlaceInsideAQuotedFieldCountsItsLines() {
        #expect(
            readCSV("a,b\n\"1\n2\nü\0\",x\n") == [
                "header a|b", "f.csv:4:2 TN210 the field contains the character NUL (U+0000)",
            ])
    }

    @Test func headers() {
        #expect(readCSV("") == ["stop f.csv:1:1 TN205 the file has no header line"])
        #expect(
            readCSV("a,b,a,c,b\n1\n") == [
                "stop f.csv:1:5 TN205 the column 'a' is named twice",
                "stop f.csv:1:9 TN205 the column 'b' is named twice",
            ])
        #expect(readCSV(",,a\n1,2,3\n") == ["header ||a", "2: 1|2|3"])
        // "é" composed and decomposed are different bytes, so different columns.
        #expect(readCSV("\u{E9},e\u{301}\n1,2\n") == ["header \u{E9}|e\u{301}", "2: 1|2"])
        #expect(readCSV("1,2\n", CSVDialect(columns: ["x", "y"])) == ["header x|y", "1: 1|2"])
        #expect(
            readCSV("report\r\n\r\na,b\r\n1,2\r\n", CSVDialect(skipLines: 2)) == ["header a|b", "4: 1|2"])
    }

    @Test func fieldLimit() {
        let large = String(repeating: "x", count: 1 << 20)
        #expect(readCSV("a,b\n1,\(large)\n").count == 2)
        let tooLarge = "f.csv:2:3 TN211 the field is larger than 1 MiB"
        #expect(readCSV("a,b\n1,\(large)x\n2,y\n") == ["header a|b", tooLarge, "3: 2|y"])
        #expect(readCSV("a,b\n1,\"\(large)x\"\n2,y\n") == ["header a|b", tooLarge, "3: 2|y"])
    }

    @Test func rowLimit() {
        var limits = InputLimits()
        limits.record = 1_000
        let lost = Array(("a,b\n1,\"" + String(repeating: "x", count: 1_100)).utf8)
        for pieces in [1, 100, 600, 1_001] {
            #expect(
                readCSV(lost, pieces: pieces, limits: limits)
                    == ["header a|b", "stop f.csv:2:3 TN211 the row is larger than 1000 bytes"])
        }
        let fits = Array(("a,b\n1," + String(repeating: "x", count: 998) + "\n").utf8)
        #expect(readCSV(fits, pieces: 7, limits: limits).count == 2)
    }

    @Test func manyColumns() {
        let names = (0..<20_000).map { "c\($0)" }.joined(separator: ",")
        let row = (0..<20_000).map { "\($0)" }.joined(separator: ",")
        #expect(readCSV("\(names)\n\(row)\n")[1].hasSuffix("|19999"))
        let column = names.utf8.count + 2
        #expect(
            readCSV("\(names),x\n")
                == ["stop f.csv:1:\(column) TN211 the header names 20001 columns, at most 20000 are read"])
    }

    @Test func otherDelimiters() {
        #expect(
            readCSV("a;b\n\"1;\";2\n", CSVDialect(delimiter: .byte(UInt8(ascii: ";")))) == ["header a|b", "2: 1;|2"])
        #expect(
            readCSV("  a \t b  \r\n\r\n   \r\n 1  2\r\n\t3\t4 \r\n5 6", CSVDialect(delimiter: .whitespace))
                == ["header a|b", "4: 1|2", "5: 3|4", "6: 5|6"])
        #expect(readCSV("a,b\n\"1,2\"\n", CSVDialect(quote: nil)) == ["header a|b", "2: \"1|2\""])
    }

    @Test func excerptAndCaret() throws {
        let reader = try CSVReader(MemoryBytes(Array("a,b\n1,2\nä,b,cde\n".utf8)), path: "f.csv", dialect: CSVDialect())
        while try reader.next() {
            guard let problem = reader.record.problem else { continue }
            let place = try #require(reader.record.diagnostic(problem).place)
            #expect(place.file.lines == ["ä,b,cde"])
            #expect((place.line, place.column, place.endColumn) == (3, 5, 8))
        }
    }

    /// Rows do not depend on where the pieces of the file begin.
    @Test func pieces() {
        let texts = [
            "a,b\r\n1,\"x\"\"y\r\n\"\r\n\r\n2,ä€😀\r\n3\r\n4,b\"\r\n5,\"q\"z\r\n6,\"\"\r\n",
            "\u{FEFF}a,b\r1,2\r\"\r\",\"\"\"\"\r", "a,b\n1,\"open\n", "a,b\n\n\n1,2", "a,b\n1,\u{0}\n",
        ]
        for text in texts {
            let whole = readCSV(text)
            for pieces in 1...64 { #expect(readCSV(text, pieces: pieces) == whole, "\(pieces) bytes of \(text)") }
        }
        let blank = "  a \t b  \r\n\r\n   \r\n 1  2\r\n\t3\t4 \r\n5 \"6 7\" "
        let whole = readCSV(blank, CSVDialect(delimiter: .whitespace))
        for pieces in 1...64 { #expect(readCSV(blank, CSVDialect(delimiter: .whitespace), pieces: pieces) == whole) }
        let skipped = readCSV("x\r\ny\r\na,b\r\n1,2\r\n", CSVDialect(skipLines: 2))
        for pieces in 1...16 {
            #expect(readCSV("x\r\ny\r\na,b\r\n1,2\r\n", CSVDialect(skipLines: 2), pieces: pieces) == skipped)
        }
    }
}
