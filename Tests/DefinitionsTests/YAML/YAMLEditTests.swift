import Definitions
import Diagnostics
import Foundation
import Testing

/// Edits of YAML text: what is not meant stays, byte for byte.
@Suite struct YAMLEditTests {
    private func edited(_ text: String, _ edits: YAMLEdit...) throws -> String {
        try SourceFile(path: "values.yaml", text: text).edited(edits)
    }

    private static let values = """
        # How this shop calls things.
        cltv-dashboard:
          success_statuses: [success]  # what the shop counts
          # canceled_statuses: [canceled]

        other: {a: 1, b: two}   # flow
        list:
          - one # first
          - two
          # three stands below
          - three
        """

    @Test func aValueIsReplacedWithItsCommentKept() throws {
        let text = try edited(
            YAMLEditTests.values, .set(["cltv-dashboard", "success_statuses"], .texts(["completed", "no"])))
        #expect(
            text
                == YAMLEditTests.values.replacing("[success]", with: "[completed, \"no\"]"))
    }

    @Test func aKeyIsAddedBehindTheLastOne() throws {
        let text = try edited(YAMLEditTests.values, .set(["cltv-dashboard", "email_consent"], .text("e-mail")))
        #expect(
            text
                == YAMLEditTests.values.replacing(
                    "# what the shop counts\n", with: "# what the shop counts\n  email_consent: e-mail\n"))
    }

    @Test func aFlowMappingStaysOne() throws {
        let text = try edited(
            YAMLEditTests.values, .set(["other", "c"], .texts(["x"])), .remove(["other", "a"]),
            .set(["other", "b"], .plain("2")))
        #expect(text == YAMLEditTests.values.replacing("{a: 1, b: two}", with: "{b: 2, c: [x]}"))
    }

    @Test func aBlockListKeepsTheLinesThatStay() throws {
        let text = try edited(YAMLEditTests.values, .set(["list"], .texts(["one", "three", "four"])))
        let expected = YAMLEditTests.values.replacing("  - two\n", with: "") + "\n  - four"
        #expect(text == expected)
    }

    @Test func commentsOfAReplacedListStandAboveIt() throws {
        let block = "a:\n  b:\n    - nope # why nope\n    # after\n    - nope2 # why nope2\n  c: 1 # c\n"
        #expect(
            try edited(block, .set(["a", "b"], .texts(["completed"])))
                == "a:\n  b:\n    # why nope\n    # after\n    # why nope2\n    - completed\n  c: 1 # c\n")
        let flow = "a:\n  b: [\n    x, # the first\n    \"y # no comment\" # the last\n  ]\n"
        #expect(
            try edited(flow, .set(["a", "b"], .texts(["z"])))
                == "a:\n  # the first\n  # the last\n  b: [z]\n")
    }

    @Test func whatIsMissingOnTheWayIsMade() throws {
        let text = try edited(
            "a:\n", .set(["a", "b", "c"], .text("x")), .set(["d"], .list([.mapping(["e": .plain("1")])])))
        #expect(
            Node.parse(SourceFile(path: "x", text: text)).root
                == Node.parse(
                    SourceFile(path: "x", text: "a: {b: {c: x}}\nd: [{e: 1}]\n")
                ).root)
    }

    @Test func aFileOfCommentsKeepsThem() throws {
        let text = try edited("# nothing yet\n", .set(["a"], .text("b")))
        #expect(text == "# nothing yet\na: b\n")
        #expect(try edited(text, .remove(["a"])) == "# nothing yet\n{}\n")
    }

    @Test func windowsLineEndsStay() throws {
        let text = try edited("a:\r\n  b: 1\r\nc: 2\r\n", .set(["a", "d"], .text("x")))
        #expect(text == "a:\r\n  b: 1\r\n  d: x\r\nc: 2\r\n")
    }

    @Test func elementsOfABlockListAreAddedAndRemoved() throws {
        let text = "sources:\n  - name: a\n    file: x.csv\n\n  # the second\n  - name: b\n    file: y.csv\n"
        let added = try edited(
            text, YAMLEdit([.key("sources"), .index(2)], .set(.mapping(["name": .text("c"), "file": .text("z.csv")]))))
        #expect(added == text + "  - name: c\n    file: z.csv\n" || added.hasPrefix(text.dropLast()))
        let removed = try edited(text, YAMLEdit([.key("sources"), .index(0), .key("name")], .remove))
        #expect(removed == text.replacing("- name: a\n    file", with: "- file"))
    }

    @Test func whatIsNotThereIsRefused() throws {
        #expect(throws: Diagnostic.self) { try edited("a: 1\n", .remove(["b"])) }
        #expect(throws: Diagnostic.self) { try edited("a: text\n", .set(["a", "b"], .text("x"))) }
    }

    /// Random edits of the files that ship: each reads as it was meant, and no comment goes with a changed value.
    @Test(arguments: [
        "usecases/cltv-dashboard/usecase.yaml", "templates/project/project.yaml", "templates/project/values.yaml",
        "seeds/harbour-coffee/project.yaml",
    ])
    func randomEditsReadAsMeant(path: String) throws {
        let given = ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for _ in 0..<60 {
            var file = try Repository.file(path)
            let comments = comments(of: file.text)
            for _ in 0..<8 {
                let root = try #require(Node.parse(file).root)
                var paths: [[YAMLEdit.Step]] = []
                leaves(root, [], &paths)
                guard var path = paths.randomElement(using: &random) else { break }
                if Bool.random(using: &random), path.count > 1 {
                    path[path.count - 1] =
                        root[Array(path.dropLast())]?.entries == nil
                        ? .index(root[Array(path.dropLast())]?.elements?.count ?? 0)
                        : .key("key \(Int.random(in: 0..<9, using: &random))")
                }
                let isRemoval = Int.random(in: 0..<4, using: &random) == 0 && root[path] != nil
                let edit = YAMLEdit(path, isRemoval ? .remove : .set(value(&random)))
                do {
                    file = SourceFile(path: file.path, text: try file.edited([edit]))
                } catch {
                    Issue.record("TENURE_SEED=\(seed) \(edit.description) \(edit.action): \(error)\n\(file.text)")
                    return
                }
            }
            let left = self.comments(of: file.text)
            let lost = comments.filter { !left.contains($0) }
            #expect(lost.isEmpty, "TENURE_SEED=\(seed)\n\(file.text)")
        }
    }

    private func leaves(_ node: Node, _ path: [YAMLEdit.Step], _ paths: inout [[YAMLEdit.Step]]) {
        for (index, element) in (node.elements ?? []).enumerated() { leaves(element, path + [.index(index)], &paths) }
        for entry in node.entries ?? [] { leaves(entry.value, path + [.key(entry.key.text ?? "")], &paths) }
        if node.text != nil { paths.append(path) }
    }

    /// Lines that are comments alone: one behind a value may go with it.
    private func comments(of text: String) -> [Substring] {
        text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("#") }
    }

    private func value(_ random: inout SplitMix) -> Node {
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            .text(
                ["a: b", "no", "# x", "plain", "", "it's", "{{ name }}", "- x", "ä\"ö"].randomElement(using: &random)
                    ?? "")
        case 1: .plain(String(Int.random(in: 0..<1000, using: &random)))
        case 2: .texts((0..<Int.random(in: 0..<4, using: &random)).map { "text \($0)" })
        case 3: .texts((0..<30).map { "a longer text of the list \($0)" })
        case 4: .mapping(["one": .plain("1"), "two": .texts(["x", "y"])])
        default:
            .list([
                .mapping([
                    "name": .text("long " + String(repeating: "x", count: 120)),
                    "when": .mapping(["in": .texts(["q"])]),
                ])
            ])
        }
    }
}
