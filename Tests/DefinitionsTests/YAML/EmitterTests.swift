import Definitions
import Diagnostics
import Foundation
import Testing

@Suite struct EmitterTests {
    @Test(arguments: [
        "usecases/cltv-dashboard/usecase.yaml", "usecases/rfm-segmentation/usecase.yaml",
        "templates/segmentations/consent.yaml",
    ])
    func shippedFilesComeBackEqual(path: String) throws {
        let root = try #require(Node.parse(try Repository.file(path)).root)
        let text = root.yaml
        let again = Node.parse(SourceFile(path: "again", text: text))
        #expect(again.root == root, "\(rendered(again.diagnostics))")
        // Emitting is stable, and lines stay short enough to read.
        #expect(again.root?.yaml == text)
    }

    @Test func layout() throws {
        let file = SourceFile(
            path: "a", text: "b: {c: [1, two], d: 'no'}\nlong:\n- {name: A, when: {all: [{property: x, in: [z]}]}}\n")
        let root = try #require(Node.parse(file).root)
        let expected = """
            b: {c: [1, two], d: "no"}
            long: [{name: A, when: {all: [{property: x, in: [z]}]}}]

            """
        #expect(root.yaml == expected)
    }

    /// Hostile texts in random trees: what is emitted parses to an equal tree.
    @Test func randomTreesComeBackEqual() throws {
        let given = ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for _ in 0..<400 {
            let tree = randomTree(&random, depth: 0)
            let text = tree.yaml
            let (root, diagnostics) = Node.parse(SourceFile(path: "tree", text: text))
            guard root == tree else {
                let difference = root.flatMap { firstDifference($0, tree) } ?? ""
                Issue.record("TENURE_SEED=\(seed)\n\(difference)\n\(text)\n\(rendered(diagnostics))")
                return
            }
        }
    }

    private func firstDifference(_ a: Node, _ b: Node) -> String? {
        if a == b { return nil }
        let left = (a.elements ?? []) + (a.entries ?? []).flatMap { [$0.key, $0.value] }
        let right = (b.elements ?? []) + (b.entries ?? []).flatMap { [$0.key, $0.value] }
        let inner = left.count == right.count ? zip(left, right).lazy.compactMap { firstDifference($0, $1) }.first : nil
        return inner ?? "\(a.place.line): \(String(reflecting: a.text)) is not \(String(reflecting: b.text))"
    }

    private static let place = Place(SourceFile(path: "made", text: ""), line: 1, column: 1)

    private func randomTree(_ random: inout SplitMix, depth: Int) -> Node {
        switch depth > 5 ? 0 : Int.random(in: 0..<(depth == 0 ? 2 : 5), using: &random) + (depth == 0 ? 3 : 0) {
        case 3:
            let count = Int.random(in: depth == 0 ? 1...6 : 0...6, using: &random)
            return node(.sequence((0..<count).map { _ in randomTree(&random, depth: depth + 1) }))
        case 4:
            var entries: [Node.Entry] = []
            var seen: Set<ByteText> = []
            for _ in 0..<Int.random(in: depth == 0 ? 1...6 : 0...6, using: &random) {
                let key = randomText(&random)
                guard seen.insert(ByteText(key)).inserted else { continue }
                entries.append(.init(node(.scalar(key, .quoted)), randomTree(&random, depth: depth + 1)))
            }
            return node(.mapping(entries))
        default:
            let style: Node.Style = [.plain, .quoted, .filled].randomElement(using: &random) ?? .plain
            let text = randomText(&random)
            return node(.scalar(text, style))
        }
    }

    private func node(_ content: Node.Content) -> Node { Node(content, at: EmitterTests.place) }

    private static let hostile = [
        "", " ", "~", "null", "Null", "true", "no", "NO", "on", "1", "-1", "0.5", "1e3", "012", "0x1F", ".5", "1_000",
        "2026-01-01",
        "12:30", ":", ": ", "a: b", "a:", "-", "- a", "--- a", "---", "...", "? a", "?", "#", " #a", "a #b", "a#b",
        "&a", "*a",
        "!a", "!!str", "|", ">", ">-", "'", "\"", "'a'", "\"a\"", "\\", "\\n", "\\x00", "%a", "@a", "`a`", "{", "}",
        "{a: b}",
        "[", "]", "[a]", ",", "a, b", "<<", "=", "{{ a }}", "${env:A}", "\n", "a\n", "\na", "a\n\nb", "a\n b", "\t",
        "a\tb", "\r",
        "a\r\nb", " a", "a ", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FEFF}a", "\u{0}", "\u{1}", "\u{7F}",
        "\u{9F}",
        "é", "e\u{301}", "日本", "😀", "\u{10FFFF}", "\u{FFFD}", "\u{E000}", "a\u{200B}b", "\u{202E}abc", "y", "Yes",
        "OFF", "NaN",
        ".inf", "-.inf", "+1", "-", "--", "a-b", "x: [", "key: >-", "0", "00", "-0", "1.", "1.0.0", "/a/b", "a/b",
    ]

    private func randomText(_ random: inout SplitMix) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            text += EmitterTests.hostile.randomElement(using: &random) ?? ""
        }
        // Long ones, for folding and for keys.
        return Int.random(in: 0..<40, using: &random) == 0 ? String(repeating: text + "x ", count: 300) : text
    }
}

/// A generator that gives the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
