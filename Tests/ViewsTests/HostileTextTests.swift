import Foundation
import Queries
import Testing
import Views

/// No text of a dashboard becomes structure in any rendering.
@Suite struct HostileTextTests {
    @Test(arguments: Hostile.texts)
    func html(text: String) throws {
        let tokens = MarkupReader.read(HTMLView().render(Hostile.result(text)))
        let benign = HostileTextTests.benignPage
        #expect(!tokens.contains { if case .broken = $0 { true } else { false } })
        #expect(elementNames(tokens).isSubset(of: elementNames(benign)))
        #expect(
            elements("td", tokens) == elements("td", benign)
                && elements("section", tokens) == elements("section", benign))
        #expect(isBalanced(tokens))
        let heading = try #require(tokens.firstIndex { if case .open("h1", _) = $0 { true } else { false } })
        // Control characters have no place in HTML; everything else comes through byte for byte.
        let expected = text.unicodeScalars.map {
            "\t\n\r".unicodeScalars.contains($0) || $0.value >= 32 ? $0 : "\u{FFFD}"
        }
        if !text.isEmpty {
            guard case .text(let shown) = tokens[heading + 2] else {
                Issue.record("no text in the heading")
                return
            }
            #expect(Array(shown.unicodeScalars) == expected)
        }
    }

    private static let benignPage = MarkupReader.read(HTMLView().render(Hostile.result("x")))

    /// Names of elements, each with the names of its attributes.
    private func elementNames(_ tokens: [MarkupReader.Token]) -> Set<String> {
        var names: Set<String> = []
        for case .open(let name, let attributes) in tokens {
            names.insert(name)
            for (key, _) in attributes { names.insert("\(name) \(key)") }
        }
        return names
    }

    private func elements(_ name: String, _ tokens: [MarkupReader.Token]) -> Int {
        tokens.count { if case .open(name, _) = $0 { true } else { false } }
    }

    private func isBalanced(_ tokens: [MarkupReader.Token]) -> Bool {
        var open: [String] = []
        for token in tokens {
            if case .open(let name, _) = token, name != "meta" { open.append(name) }
            if case .close(let name) = token, open.popLast() != name { return false }
        }
        return open.isEmpty
    }

    @Test(arguments: Hostile.texts)
    func json(text: String) throws {
        let bytes = Data(JSONView().render(Hostile.result(text)).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let dashboard = try #require(object["dashboard"] as? [String: Any])
        let title = try #require(dashboard["title"] as? String)
        #expect(Array(title.utf8) == Array(text.utf8))
        #expect((object["reports"] as? [Any])?.count == 7)
    }

    @Test(arguments: Hostile.texts)
    func csv(text: String) throws {
        let result = Hostile.result(text)
        let hostile = try sheet(CSVView().render(result))
        let benign = try sheet(CSVView().render(Hostile.result("x")))
        #expect(hostile.count == benign.count)
        for (line, other) in zip(hostile, benign) {
            #expect(line.count == other.count)
            for (index, cell) in line.enumerated() where index != line.count - 3 {
                #expect(cell.isEmpty || !"=+-@\t\r".utf8.contains(cell[0]))
            }
        }
        // Numbers are as they are, negative ones too.
        #expect(hostile.map { $0[$0.count - 3] } == benign.map { $0[$0.count - 3] })
        for report in result.reports { _ = try sheet(CSVView().table(report)) }
    }

    /// RFC 4180, strictly: CRLF after each line, quotes only around whole cells.
    private func sheet(_ text: String) throws -> [[[UInt8]]] {
        struct Malformed: Error {}
        var lines: [[[UInt8]]] = []
        var line: [[UInt8]] = []
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            var cell: [UInt8] = []
            if bytes.first == UInt8(ascii: "\"") {
                bytes = bytes.dropFirst()
                while true {
                    guard let byte = bytes.popFirst() else { throw Malformed() }
                    if byte != UInt8(ascii: "\"") {
                        cell.append(byte)
                    } else if bytes.first == byte {
                        cell.append(byte)
                        bytes = bytes.dropFirst()
                    } else {
                        break
                    }
                }
            } else {
                cell = Array(bytes.prefix { !",\r\n\"".utf8.contains($0) })
                bytes = bytes.dropFirst(cell.count)
            }
            line.append(cell)
            if bytes.first == UInt8(ascii: ",") {
                bytes = bytes.dropFirst()
            } else if bytes.starts(with: [13, 10]) {
                bytes = bytes.dropFirst(2)
                lines.append(line)
                line = []
            } else {
                throw Malformed()
            }
        }
        return lines
    }

    @Test(arguments: Hostile.texts)
    func markdown(text: String) {
        let escaped = MarkdownView().escaped(text)
        let bytes = Array(escaped.utf8)
        #expect(!bytes.contains { "<>\n\r".utf8.contains($0) || $0 < 32 })
        for (index, byte) in bytes.enumerated() where "|`*_[]~$#".utf8.contains(byte) {
            if byte == UInt8(ascii: "#"), index > 0, bytes[index - 1] == UInt8(ascii: "&") { continue }
            let slashes = bytes[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            #expect(slashes % 2 == 1, "\(escaped)")
        }
        func rows(_ text: String) -> Int {
            MarkdownView().render(Hostile.result(text)).utf8.split(separator: 10).count {
                $0.first == UInt8(ascii: "|")
            }
        }
        #expect(rows(text) == rows("x"))
    }

    @Test(arguments: Hostile.texts)
    func text(text: String) {
        let shown = TextView(width: 100).render(Hostile.result(text))
        #expect(!shown.unicodeScalars.contains { ($0.value < 32 && $0 != "\n") || (0x7F...0x9F).contains($0.value) })
        #expect(
            !shown.unicodeScalars.contains {
                (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value)
            })
    }
}
