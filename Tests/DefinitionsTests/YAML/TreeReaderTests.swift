import Definitions
import Diagnostics
import Testing

@Suite struct TreeReaderTests {
    private func parse(_ text: String) -> (root: Node?, diagnostics: [Diagnostic]) {
        Node.parse(SourceFile(path: "a.yaml", text: text))
    }

    @Test func scalarsStayText() throws {
        let root = try #require(parse("a: no\nb: 1e3\nc: 2026-01-01\nd: 012\ne: 'x'\nf: |\n  y\n").root)
        #expect(root.entries?.map { $0.value.text } == ["no", "1e3", "2026-01-01", "012", "x", "y\n"])
    }

    @Test func placesCountScalarsFromOne() throws {
        let root = try #require(parse("ключ: {b: \"é\"}\n").root)
        let inner = try #require(root["ключ"]?["b"])
        #expect([inner.place.line, inner.place.column, inner.place.endColumn] == [1, 11, 14])
    }

    @Test func linesAreThoseOfEditors() throws {
        // NEL and the line separator are line breaks for libyaml, not for editors.
        let root = try #require(parse("a: \"x\u{85}y\u{2028}z\"\nb: c\n").root)
        #expect(root["b"]?.place.line == 2)
        #expect(root["b"]?.place.column == 4)
        #expect(parse("a: b\r\nc: d\r\n").root?["c"]?.place.line == 2)
    }

    @Test func byteOrderMarkIsNoText() throws {
        let root = try #require(parse("\u{FEFF}a: b\n").root)
        #expect(root["a"]?.place.column == 4)
    }

    @Test func keysAreComparedAsBytes() {
        // Composed and decomposed, equal as Swift strings.
        let (root, diagnostics) = parse("\u{E9}: 1\ne\u{301}: 2\n")
        #expect(diagnostics.isEmpty)
        #expect(root?.entries?.count == 2)
        #expect(root?["e\u{301}"]?.text == "2")
    }

    @Test func severalProblemsInOneRun() {
        let (_, diagnostics) = parse("a: &x 1\nb: *x\nc: !t 2\na: 3\n<<: {d: 1}\n")
        #expect(diagnostics.map(\.code) == [.anchor, .alias, .tag, .duplicateKey, .mergeKey])
        #expect(diagnostics[3].related.first?.place.line == 1)
    }

    @Test(arguments: [
        String(repeating: "{", count: 100_000), String(repeating: "[", count: 100_000),
        String(repeating: "- ", count: 50_000), String(repeating: "? ", count: 50_000),
        String(repeating: "{a: ", count: 30_000), String(repeating: "[a, ", count: 30_000),
        "a: \"" + String(repeating: "\\", count: 100_000), String(repeating: "a: ", count: 30_000),
        String(repeating: "&a ", count: 30_000), String(repeating: "*a: ", count: 20_000),
        String(repeating: "!", count: 200_000), String(repeating: "\t", count: 200_000),
        "a: &a [x,x]\n" + (0..<9).map { "b\($0): &b\($0) [*a,*a,*a]\n" }.joined(),
        String(repeating: "x: y\n", count: 40_000), String(repeating: "- x\n", count: 60_000),
        String(repeating: "#", count: 1_000_000), String(repeating: "a", count: 1_000_000),
        String(repeating: "%", count: 100_000), String(repeating: "'", count: 100_001),
    ])
    func bombsAreRefusedQuickly(text: String) {
        let clock = ContinuousClock()
        var diagnostics: [Diagnostic] = []
        let time = clock.measure {
            let file = SourceFile(path: "bomb.yaml", text: text)
            diagnostics = UseCase.load(file: file).diagnostics
            _ = TextRenderer().render(Array(diagnostics.prefix(20)))
        }
        #expect(!diagnostics.isEmpty)
        #expect(time < .seconds(5), "\(text.prefix(10)): \(time)")
    }

    @Test func limits() {
        #expect(parse(String(repeating: " ", count: 1 << 20) + "a").diagnostics.map(\.code) == [.fileTooLarge])
        let many = "[" + String(repeating: "a,", count: 50_000) + "a]"
        #expect(parse(many).diagnostics.map(\.code) == [.tooManyNodes])
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(parse(deep).diagnostics.isEmpty)
        #expect(parse("[" + deep + "]").diagnostics.map(\.code) == [.nestedTooDeeply])
    }

    @Test func notUTF8() throws {
        let diagnostic = #expect(throws: Diagnostic.self) {
            try SourceFile.decode([0x61, 0x0A, 0x62, 0xFF, 0x63], path: "a.yaml")
        }
        #expect(diagnostic?.code == .invalidUTF8)
        #expect(diagnostic?.place?.line == 2)
        #expect(diagnostic?.place?.column == 2)
    }

    @Test func unreadableFiles() {
        #expect(throws: Diagnostic.self) { try SourceFile.read(path: "/no/such/file.yaml") }
        #expect(throws: Diagnostic.self) { try SourceFile.read(path: "/") }
    }

    /// Any damage to a shipped file gives diagnostics or a use case, never a crash.
    @Test func damagedFiles() throws {
        let bytes = Array(try Repository.file("usecases/cltv-dashboard/usecase.yaml").text.utf8)
        var random = SplitMix(state: 7)
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<3 {
                let index = Int.random(in: 0..<damaged.count, using: &random)
                damaged[index] = Array("{}[]:,#'\"\n\t -&*!|>%@`a0".utf8).randomElement(using: &random) ?? 0
            }
            let file = try SourceFile.decode(damaged, path: "damaged.yaml")
            let (useCase, diagnostics) = UseCase.load(file: file, templates: Repository.templates)
            #expect((useCase == nil) == diagnostics.hasErrors)
            _ = TextRenderer().render(diagnostics)
        }
    }
}
