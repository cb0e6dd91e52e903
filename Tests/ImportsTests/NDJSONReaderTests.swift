import Definitions
import Diagnostics
import Imports
import Testing

func readNDJSON(_ bytes: [UInt8], _ paths: [String], pieces: Int = 65_536, limits: InputLimits = .standard) -> [String]
{
    var lines: [String] = []
    let reader = NDJSONReader(
        DecodedBytes(MemoryBytes(bytes, pieceSize: pieces), encoding: .utf8), path: "e.ndjson", paths: paths,
        limits: limits)
    do {
        while try reader.next() {
            if let problem = reader.record.problem {
                lines.append(golden(reader.record.diagnostic(problem)))
            } else {
                let fields = reader.record.fields.enumerated().map { index, field in
                    field.form == .missing ? "–" : String(decoding: reader.record.text(index), as: UTF8.self)
                }
                lines.append("\(reader.record.line): " + fields.joined(separator: "|"))
            }
        }
    } catch let problem as Diagnostic {
        lines.append("stop " + golden(problem))
    } catch {
        lines.append("unexpected \(error)")
    }
    return lines
}

func readNDJSON(_ text: String, _ paths: [String], pieces: Int = 65_536) -> [String] {
    readNDJSON(Array(text.utf8), paths, pieces: pieces)
}

@Suite struct NDJSONReaderTests {
    @Test func values() {
        let text = """
            {"id": 9007199254740993, "price": 72.0, "e": {"t": "a\\u00e9\\ud83d\\ude00\\n\\"", "ok": true}}\r

            {"e": {"t": null, "list": [1, {"x": "}"}, []]}, "id": "", "price": -1.5E+3, "more": {"e": {"t": 1}}}
             {}
            """
        #expect(
            readNDJSON(text, ["id", "price", "e.t", "e.ok", "e.list", "e"]) == [
                "1: 9007199254740993|72.0|aé😀\n\"|true|–|{\"t\": \"a\\u00e9\\ud83d\\ude00\\n\\\"\", \"ok\": true}",
                "3: |-1.5E+3|–|–|[1, {\"x\": \"}\"}, []]|{\"t\": null, \"list\": [1, {\"x\": \"}\"}, []]}",
                "4: –|–|–|–|–|–",
            ])
    }

    @Test func keysWithDots() {
        #expect(
            readNDJSON(#"{"a.b": 1}"# + "\n" + #"{"a": {"b": 2}}"# + "\n" + #"{"a": {"b": 2}, "a.b": 3}"#, ["a.b"])
                == ["1: 1", "2: 2", "3: 3"])
    }

    @Test(arguments: [
        (#"{"a": 1, "b": {"x": 1, "x": 2}}"#, "1:24 TN213 the key 'x' is in its object twice"),
        (#"{"a": 1, "\u0061": 2}"#, "1:10 TN213 the key 'a' is in its object twice"),
        (#"{"a": NaN}"#, "1:7 TN212 'NaN' is no JSON value"),
        (#"{"a": -Infinity}"#, "1:8 TN212 'Infinity' is no JSON value"),
        (#"{"a": nul}"#, "1:7 TN212 a value should be here, not 'nul'"),
        (#"{"a": 01}"#, "1:7 TN212 a number does not begin with 0"),
        (#"{"a": 1.}"#, "1:7 TN212 this is not a JSON number"),
        (#"{"a": 1} x"#, "1:10 TN212 after the line's object comes 'x'"),
        (#"{"a": 1,}"#, "1:9 TN212 a key in double quotes should be here"),
        (#"{"ä": 1 "b": 2}"#, "1:9 TN212 a comma or } should be here"),
        (#"{"a": "x"#, "1:7 TN212 the line ends inside the text that begins here"),
        (#"{"a": [1, 2"#, "1:12 TN212 the line ends inside an array"),
        (#"{"a""#, "1:5 TN212 a colon should follow the key"),
        (#"[{"a": 1}]"#, "1:1 TN212 each line is one JSON object, this one begins with '['"),
        (#"{"a": "\ud800"}"#, "1:8 TN212 half a surrogate pair"),
        (#"{"a": "\x"}"#, "1:8 TN212 '\\x' is no escape of JSON"),
        (#"{"a": "\u00g0"}"#, "1:8 TN212 four hexadecimal digits follow \\u"),
        (#"{"a": "\u0000"}"#, "1:8 TN210 the text contains the character NUL (U+0000)"),
        ("{\"a\": \"\t\"}", "1:8 TN212 the text contains a control character (U+9), which must be escaped"),
    ])
    func goldenErrors(_ line: String, _ expected: String) {
        // The line after a broken one is read as if nothing had been.
        #expect(readNDJSON(line + "\n{\"a\": 7}\n", ["a"]) == ["e.ndjson:" + expected, "2: 7"])
        for pieces in 1...16 { #expect(readNDJSON(line, ["a"], pieces: pieces) == ["e.ndjson:" + expected]) }
    }

    @Test func depth() {
        func nested(_ depth: Int) -> String {
            "{\"a\": " + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(readNDJSON(nested(64), ["b"]) == ["1: –"])
        #expect(
            readNDJSON(nested(65), ["b"]) == ["e.ndjson:1:70 TN212 objects and arrays are nested more than 64 deep"])
        #expect(readNDJSON(String(repeating: "{\"a\":", count: 100_000), ["b"]).count == 1)
    }

    @Test func longLines() {
        let long = "{\"b\": \"" + String(repeating: "x", count: 2 << 20) + "\"}\n"
        #expect(readNDJSON(long, ["a"]) == ["1: –"])
        var limits = InputLimits()
        limits.record = 1_000
        let tooLong = "{\"b\": 1}\n{\"a\": \"" + String(repeating: "x", count: 1_100)
        for pieces in [1, 100, 600, 1_200] {
            #expect(
                readNDJSON(Array(tooLong.utf8), ["b"], pieces: pieces, limits: limits)
                    == ["1: 1", "stop e.ndjson:2:1 TN211 the line is larger than 1000 bytes"])
        }
    }

    @Test func manyKeys() {
        let keys = (0..<20_000).map { "\"k\($0)\": \($0)" }
        #expect(readNDJSON("{" + keys.joined(separator: ",") + "}", ["k19999"]) == ["1: 19999"])
        let twice = (keys + ["\"k77\": 0"]).joined(separator: ",")
        let column = keys.joined(separator: ",").utf8.count + 3
        #expect(
            readNDJSON("{\(twice)}", ["k1"]) == ["e.ndjson:1:\(column) TN213 the key 'k77' is in its object twice"])
    }

    @Test func invalidText() {
        #expect(
            readNDJSON(Array("{\"a\": \"ä".utf8) + [0xE9] + "\"}\n{\"a\": 1}".utf8, ["a"]) == [
                "e.ndjson:1:9 TN204 the text is not valid in the file's encoding (byte 0xE9 as UTF-8)", "2: 1",
            ])
    }

    @Test func pathsThatNoLineHas() throws {
        let text = "{\"ecommerce\": {\"transaction_id\": null}, \"b\": 1}\n"
        let reader = NDJSONReader(
            MemoryBytes(Array(text.utf8)), path: "e",
            paths: ["ecommerce.transaction_id", "ecommerce.transactionid", "b"])
        while try reader.next() {}
        let unseen = reader.unseenPaths()
        #expect(unseen.map(\.path) == ["ecommerce.transactionid"])
        #expect(unseen.first?.hints == ["did you mean 'ecommerce.transaction_id'?"])
    }
}
