import Foundation
import Testing
import Views

@Suite struct TextDiffTests {
    @Test func changesStandAmongTheirNeighbours() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\n"
        let new = "a\nb\nc\nD\ne\nf\ng\nh\nnew\ni\n"
        let expected = """
            --- values.yaml
            +++ values.yaml
              b
              c
            - d
            + D
              e
              f
              g
              h
            + new
              i
            """
        #expect(TextDiff.unified(old, new, path: "values.yaml") == expected)
        #expect(TextDiff.unified(old, old, path: "values.yaml").isEmpty)
        #expect(TextDiff.unified("", "a\n", path: "x") == "--- x\n+++ x\n+ a")
        #expect(TextDiff.unified("a\r\nb\r\n", "a\r\n", path: "x") == "--- x\n+++ x\n  a\n- b")
    }

    @Test func whatIsFarFromAChangeIsLeftOut() {
        let lines = (1...30).map { "line \($0)" }
        var changed = lines
        changed[2] = "other"
        changed[25] = "another"
        let text = TextDiff.unified(lines.joined(separator: "\n"), changed.joined(separator: "\n"), path: "x")
        #expect(text.contains("\n  …\n"))
        #expect(!text.contains("line 15"))
    }

    /// Many lines with one change between them take no square of memory.
    @Test func longFiles() {
        let lines = (0..<40_000).map { "key\($0): value" }
        var changed = lines
        changed[20_000] = "key20000: other"
        let text = TextDiff.unified(lines.joined(separator: "\n"), changed.joined(separator: "\n"), path: "x")
        #expect(text.split(separator: "\n").count == 8)
    }
}
