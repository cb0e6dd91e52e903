import Definitions
import Diagnostics
import Testing

@Suite struct ValuesTests {
    private func shop(_ texts: [String] = [], set: [String] = []) throws -> (UseCase?, [Diagnostic]) {
        let file = try Repository.file("Tests/DefinitionsTests/Goldens/shop.yaml")
        let files = try texts.enumerated().map { index, text in
            try #require(ValuesFile.load(file: SourceFile(path: "values\(index).yaml", text: text)).values)
        }
        let settings = try set.map { try Values.Setting.parse($0).get() }
        return UseCase.load(file: file, values: Values(files: files, settings: settings))
    }

    private func value(_ name: String, _ loaded: (UseCase?, [Diagnostic])) throws -> Parameter {
        #expect(loaded.1.isEmpty, "\(rendered(loaded.1))")
        return try #require(loaded.0?.parameters.first { $0.name.value == name })
    }

    @Test func laterWins() throws {
        let first = "shop: {event: one, limit: 4}\n"
        let second = "# on top\nshop:\n  event: two\n"
        #expect(try value("event", shop()).origin == "default")
        #expect(try value("event", shop([first])).value == ["one"])
        let both = try shop([first, second])
        #expect(try value("event", both).value == ["two"])
        #expect(try value("event", both).origin == "values1.yaml")
        #expect(try value("limit", both).value == ["4"])
        #expect(try value("event", shop([first, second], set: ["event=three", "event=four"])).value == ["four"])
        #expect(try value("event", shop([first], set: ["shop.event=x", "other.event=y"])).value == ["x"])
        #expect(try value("event", shop(set: ["event=x"])).origin == "--set")
        #expect(try value("event", shop(set: ["event=a=b,c"])).value == ["a=b,c"])
    }

    @Test(arguments: [
        ("a,b", ["a", "b"]), ("{a,b}", ["a", "b"]), ("a", ["a"]), (#"a\,b,c"#, ["a,b", "c"]), ("{}", []), ("", []),
        (#"a\\,b"#, [#"a\"#, "b"]), (#"a\n"#, [#"a\n"#]), ("a,", ["a", ""]), (#"a\"#, [#"a\"#]),
    ])
    func listsOnTheCommandLine(text: String, expected: [String]) throws {
        #expect(try value("statuses", shop(set: ["statuses=" + text])).value == expected)
    }

    @Test(arguments: ["event", "=x", "shop.=x", "two words=x", "shop.event.x=y"])
    func malformedSettings(argument: String) {
        guard case .failure(let problem) = Values.Setting.parse(argument) else {
            Issue.record("accepted")
            return
        }
        #expect(problem.code == .setSyntax)
        #expect(problem.place?.file.path == "--set")
    }

    @Test func wrongSettings() throws {
        let (useCase, diagnostics) = try shop(set: ["evnt=x", "limit=many", "mode=c", "strict=yes"])
        #expect(useCase == nil)
        #expect(diagnostics.map(\.code) == [.unknownParameter, .parameterValue, .parameterValue, .parameterValue])
        #expect(diagnostics.allSatisfy { $0.place?.file.path == "--set" })
        #expect(diagnostics[0].hints.first == "did you mean 'event'?")
        #expect(diagnostics[1].place?.column == 7)
    }

    @Test func unknownUseCases() throws {
        let values = Values(settings: [try Values.Setting.parse("shp.event=x").get()])
        let diagnostics = values.unknownUseCases(among: ["shop", "cltv-dashboard"])
        #expect(diagnostics.map(\.code) == [.unknownUseCase])
        #expect(diagnostics.first?.hints.first == "did you mean 'shop'?")
    }

    @Test func wrongFilledValuesShowBothPlaces() throws {
        let text = """
            use_case: shop
            version: 1.0.0
            title: Shop
            parameters:
              segment: {type: text, default: Good}
            event_segmentations:
              - {id: state, name: State, event: p, segments: [{name: Good, when: {attribute: a, equals: b}}]}
            purchases: {event: p, amount: t, success: {segmentation: state, in: "{{ segment }}"}}
            """
        let values = try #require(
            ValuesFile.load(file: SourceFile(path: "values.yaml", text: "shop:\n  segment: Bad\n")).values)
        let (_, diagnostics) = UseCase.load(
            file: SourceFile(path: "usecase.yaml", text: text), values: Values(files: [values]))
        let diagnostic = try #require(diagnostics.first)
        #expect(diagnostics.count == 1)
        #expect(diagnostic.place?.file.path == "usecase.yaml")
        #expect(diagnostic.place?.line == 8)
        #expect(diagnostic.related.first?.place.file.path == "values.yaml")
        #expect(diagnostic.related.first?.place.line == 2)
    }

    /// Whatever a value holds, it stays one text at its place.
    @Test(arguments: [
        "a, b]}", "\"}", "x: y", "- a", "{{ event }}", "}}", "{a: b}", "[a]", "*x", "&x", "<<", "!!str",
        "\n  - id: evil", "#",
        "null", "~", "true", "1", "'", "\\", "\u{0}", "a\u{2028}b", "{{", "${env:HOME}",
    ])
    func valuesNeverBecomeStructure(hostile: String) throws {
        let plain = try #require(try shop().0)
        let escaped = hostile.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
        let loaded = try shop(set: ["event=" + hostile, "statuses={\(escaped),b}"])
        let useCase = try #require(loaded.0, "\(rendered(loaded.1))")
        #expect(useCase.purchases.event.value == hostile)
        #expect(useCase.eventSegmentations.map(\.event.value) == [hostile])
        #expect(useCase.eventSegmentations.map(\.id) == plain.eventSegmentations.map(\.id))
        guard case .test(_, let test) = useCase.eventSegmentations[0].segments[0].when.value,
            case .isIn(let statuses) = test.value
        else {
            Issue.record("the condition changed")
            return
        }
        #expect(statuses.count == 2)
        #expect(statuses.last == "b")
    }
}
