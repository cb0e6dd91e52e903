import Definitions
import Diagnostics
import Foundation
import Testing

@Suite struct RenderingTests {
    private let file = SourceFile(path: "a b.yaml", text: "first: 1\n\tkey:\t日本 lable: x\nlast\n")

    private var diagnostic: Diagnostic {
        Diagnostic(
            .error, .unknownKey, "unknown key 'lable', 50%", at: Place(file, line: 2, column: 10, endColumn: 15),
            hints: ["did you mean 'label'?"],
            related: [.init("first written here", at: Place(file, line: 1, column: 1, endColumn: 6))])
    }

    @Test func text() {
        let expected = """
            a b.yaml:2:10: error[TN012]: unknown key 'lable', 50%
              2 |     key:    日本 lable: x
                |                  ^~~~~
                = help: did you mean 'label'?
                = note: a b.yaml:1:1: first written here
              1 | first: 1
                | -----

            """
        #expect(TextRenderer().render(diagnostic) == expected)
    }

    @Test func colorsOnlyWhenAsked() {
        #expect(!TextRenderer().render(diagnostic).contains("\u{1B}"))
        #expect(TextRenderer(isColored: true).render(diagnostic).contains("\u{1B}[1;31merror[TN012]\u{1B}[0m"))
    }

    @Test func hostileTextsCannotMoveTheCursor() {
        let evil = SourceFile(path: "\u{1B}[2J", text: "a: \u{1B}]0;x\u{7}\u{202E}\n")
        let text = TextRenderer().render(
            Diagnostic(.error, .badValue, "x\u{1B}[1A\ny", at: Place(evil, line: 1, column: 4)))
        #expect(!text.unicodeScalars.contains("\u{1B}"))
        #expect(!text.unicodeScalars.contains("\u{202E}"))
    }

    /// A token in project.yaml is none of what is shown, whatever stands beside it.
    @Test(arguments: [
        (
            "engine: {spark: {remote: \"sc://h\", token: my-secret}}",
            "engine: {spark: {remote: \"sc://h\", token: *********}}"
        ),
        ("token: \"my secret, }\"  # x", "token: \"************\"  # x"),
        ("  token: my,secret", "  token: *********"),
        ("{token: 'my-secret', timeout: 5}", "{token: '*********', timeout: 5}"),
        ("remote: sc://h:1/;token=my-secret;use_ssl=true", "remote: sc://h:1/;token=*********;use_ssl=true"),
        ("{\"token\":\"my-secret\", token: b}", "{\"token\":\"*********\", token: *}"),
        ("token: ${env:SECRET}", "token: ${env:SECRET}"), ("tokens: 3, mytoken: a", "tokens: 3, mytoken: a"),
        ("token:", "token:"), ("token: \"", "token: \""),
    ])
    func tokensAreHidden(_ line: String, _ shown: String) {
        let file = SourceFile(path: "project.yaml", text: line)
        let text = TextRenderer().render(
            Diagnostic(.error, .badValue, "m", at: Place(file, line: 1, column: 1, endColumn: 4)))
        #expect(text.contains("| \(shown)\n"), "\(text)")
    }

    @Test func longLinesAreCut() {
        let long = SourceFile(path: "a", text: String(repeating: "x", count: 5000))
        let text = TextRenderer().render(
            Diagnostic(.error, .badValue, "m", at: Place(long, line: 1, column: 3000, endColumn: 3003)))
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 200 })
        #expect(lines[2].hasSuffix("^~~"))
    }

    @Test func github() {
        #expect(
            MachineFormat.github.render([diagnostic])
                == "::error file=a b.yaml,line=2,col=10,endLine=2,endColumn=15,title=TN012 unknown key::"
                + "unknown key 'lable', 50%25%0Ahelp: did you mean 'label'?\n")
    }

    @Test(arguments: [MachineFormat.json, .sarif])
    func isValidJSON(format: MachineFormat) throws {
        let text = format.render([diagnostic, Diagnostic(.warning, .anchor, "no place")])
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        switch format {
        case .json:
            #expect(object?["schema_version"] as? Int == 1)
            #expect((object?["diagnostics"] as? [Any])?.count == 2)
        default:
            #expect(object?["version"] as? String == "2.1.0")
            let results = ((object?["runs"] as? [[String: Any]])?.first)?["results"] as? [[String: Any]]
            #expect(results?.count == 2)
            #expect(text.contains("a%20b.yaml"))
        }
    }

    @Test func everyCodeIsExplained() {
        let ids = Code.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        for code in Code.all {
            #expect(code.id.wholeMatch(of: /TN[0-9]{3}/) != nil)
            #expect(!code.title.isEmpty)
            #expect(code.explanation.split(separator: ".").count >= 2, "\(code.id)")
            #expect(!code.explanation.contains("\n"), "\(code.id)")
        }
    }
}
