import Definitions
import Diagnostics
import Testing

/// Each rule of a merge, on the smallest definition that shows it.
@Suite struct DefinitionMergeTests {
    private static let base = """
        use_case: x
        version: 1.0.0
        metrics:
          revenue: {measure: revenue, title: Revenue}
          apv: {formula: revenue / purchases, title: Average}
        dashboard:
          id: x
          reports:
            - kpi: headline
              title: Key figures
              metrics: [revenue, apv]
            - table: by-city
              metrics: [revenue]
              by: {property: city}
        """

    private func tree(_ text: String) throws -> Node {
        let (root, problems) = Node.parse(SourceFile(path: "usecase.yaml", text: text))
        #expect(problems.isEmpty, "\(rendered(problems))")
        return try #require(root)
    }

    /// Merges two edits of a text.
    private func merge(
        _ base: String = base, local: [(String, String)] = [], new: [(String, String)] = [],
        _ choices: MergeChoices = .init()
    ) throws -> DefinitionMerge {
        func edited(_ edits: [(String, String)]) -> String {
            edits.reduce(base) { text, edit in
                #expect(text.contains(edit.0), "'\(edit.0)' is not there")
                return text.replacing(edit.0, with: edit.1)
            }
        }
        let file = SourceFile(path: "usecase.yaml", text: edited(local))
        let localTree = try #require(Node.parse(file).root)
        let merge = DefinitionMerge(
            base: try tree(base), local: localTree, new: try tree(edited(new)), choose: choices.side)
        // The edits can be made in the text.
        #expect(try tree(try file.edited(merge.edits)) == merge.tree)
        return merge
    }

    @Test func eachSideWinsWhatItAloneChanged() throws {
        let merged = try merge(
            local: [("title: Average", "title: Basket")],
            new: [("revenue / purchases", "revenue / orders"), ("1.0.0", "2.0.0")])
        #expect(merged.conflicts.isEmpty)
        #expect(merged.tree["metrics"]?["apv"] == (try tree("{formula: revenue / orders, title: Basket}")))
        #expect(merged.taken.map(\.path) == ["version", "metrics.apv.formula"])
        #expect(merged.kept.map(\.path) == ["metrics.apv.title"])
        #expect(merged.kept.first?.before?.text == "Average" && merged.kept.first?.after?.text == "Basket")
    }

    @Test func theSameChangeOnBothSidesIsFine() throws {
        let merged = try merge(local: [("Average", "Basket")], new: [("Average", "Basket")])
        #expect(merged.conflicts.isEmpty && merged.edits.isEmpty && merged.taken.isEmpty && merged.kept.isEmpty)
    }

    @Test func differentChangesAreAConflict() throws {
        let merged = try merge(local: [("Average", "Basket")], new: [("Average", "Mean")])
        let conflict = try #require(merged.conflicts.first)
        #expect(merged.conflicts.count == 1 && conflict.path == "metrics.apv.title")
        #expect(conflict.base?.text == "Average" && conflict.local?.text == "Basket" && conflict.new?.text == "Mean")
        #expect(conflict.place.line == 5 && conflict.place.column == 46)
        // Until somebody decides, the local value stands.
        #expect(merged.unresolved.count == 1 && merged.edits.isEmpty)
    }

    @Test(arguments: [
        ("metrics.apv.title", true), ("metrics.apv", true), ("metrics", true), ("metrics.ap", false),
        ("dashboard", false),
    ])
    func aConflictIsResolvedByItsPathOrOneAbove(path: String, resolves: Bool) throws {
        let edits = ([("Average", "Basket")], [("Average", "Mean")])
        let keep = MergeChoices(keep: [path])
        let kept = try merge(local: edits.0, new: edits.1, keep)
        #expect(kept.unresolved.isEmpty == resolves && keep.idle(among: kept.conflicts).isEmpty == resolves)
        #expect(kept.tree["metrics"]?["apv"]?["title"]?.text == "Basket")
        let take = MergeChoices(take: [path])
        let taken = try merge(local: edits.0, new: edits.1, take)
        #expect(taken.tree["metrics"]?["apv"]?["title"]?.text == (resolves ? "Mean" : "Basket"))
    }

    @Test func theLongestChoiceWins() throws {
        let choices = MergeChoices(keep: ["metrics.apv.title"], take: ["metrics"])
        #expect(choices.side(of: "metrics.apv.title") == .local && choices.side(of: "metrics.revenue") == .new)
        #expect(MergeChoices(keep: ["a"], take: ["a"]).contradictions == ["a"])
    }

    @Test func removedHereAndChangedThereIsAConflict() throws {
        let removed = ("  apv: {formula: revenue / purchases, title: Average}\n", "")
        let here = try merge(local: [removed], new: [("Average", "Mean")])
        #expect(here.unresolved.map(\.path) == ["metrics.apv"] && here.conflicts.first?.local == nil)
        // The place is that of the key that it is missing under.
        #expect(here.conflicts.first?.place.line == 3)
        let there = try merge(local: [("Average", "Basket")], new: [removed], MergeChoices(take: ["metrics.apv"]))
        #expect(there.conflicts.map(\.path) == ["metrics.apv"] && there.unresolved.isEmpty)
        #expect(there.tree["metrics"]?["apv"] == nil)
        let restored = try merge(local: [removed], new: [("Average", "Mean")], MergeChoices(take: ["metrics"]))
        #expect(restored.tree["metrics"]?["apv"]?["title"]?.text == "Mean")
    }

    @Test func whatOnlyOneSideRemovedIsGone() throws {
        let removed = ("  apv: {formula: revenue / purchases, title: Average}\n", "")
        #expect(try merge(local: [removed]).kept.map(\.path) == ["metrics.apv"])
        let new = try merge(new: [removed])
        #expect(new.taken.map(\.path) == ["metrics.apv"] && new.tree["metrics"]?["apv"] == nil)
    }

    @Test func elementsAreKnownByTheirNames() throws {
        let merged = try merge(
            local: [
                ("Key figures", "Figures"),
                ("    - table: by-city\n", "    - trend: mine\n      metrics: [revenue]\n    - table: by-city\n"),
            ],
            new: [
                ("by: {property: city}", "by: {property: town}"),
                ("    - kpi:", "    - kpi: first\n      metrics: [apv]\n    - kpi:"),
            ])
        let reports = try #require(merged.tree["dashboard"]?["reports"]?.elements)
        #expect(
            reports.map { MergeIdentity.name(of: $0, under: "reports") } == ["first", "headline", "mine", "by-city"])
        #expect(reports[1]["title"]?.text == "Figures" && reports[3]["by"]?["property"]?.text == "town")
        #expect(merged.taken.map(\.path) == ["dashboard.reports[by-city].by.property", "dashboard.reports[first]"])
        #expect(merged.kept.map(\.path) == ["dashboard.reports[headline].title", "dashboard.reports[mine]"])
    }

    @Test func aNewElementStandsBehindItsNeighbour() throws {
        let base = "customer_segmentations:\n  - id: a\n    segments: [{name: A}, {name: B}]\n"
        let merged = try merge(
            base, local: [("{name: B}", "{name: B}, {name: mine}")], new: [("{name: A}, ", "{name: A}, {name: X}, ")])
        let names = merged.tree["customer_segmentations"]?.elements?.first?["segments"]?.elements?.compactMap {
            $0["name"]?.text
        }
        #expect(names == ["A", "X", "B", "mine"])
    }

    @Test func requirementsAndTemplatesHaveNamesToo() throws {
        let base = """
            requirements:
              - {event: purchase, level: required}
              - {consent: sms, level: optional}
              - {history: {event: purchase, at_least: 12 months}}
            customer_segmentations:
              - {template: consent, with: {id: email, channel: E-mail}}
              - {template: consent, with: {id: sms, channel: SMS}}
            """
        let merged = try merge(
            base, local: [("sms, level: optional", "sms, level: required"), ("channel: E-mail", "channel: Mail")],
            new: [
                ("12 months", "6 months"), ("  - {event", "  - {property: country}\n  - {event"),
                ("channel: SMS", "channel: Text"),
            ])
        #expect(merged.conflicts.isEmpty)
        #expect(
            merged.taken.map(\.path) == [
                "requirements[history purchase].history.at_least", "requirements[property country]",
                "customer_segmentations[sms].with.channel",
            ])
        #expect(
            merged.kept.map(\.path) == [
                "requirements[consent sms].level", "customer_segmentations[email].with.channel",
            ])
    }

    @Test func listsOfTextsAreSets() throws {
        let merged = try merge(
            "metrics: [a, b, c, d]", local: [("[a, b, c, d]", "[a, c, d, mine]")],
            new: [("[a, b, c, d]", "[x, a, b, y, c]")])
        #expect(merged.tree["metrics"] == (try tree("[x, a, y, c, mine]")))
        #expect(merged.taken.map(\.path) == ["metrics[d]", "metrics[x]", "metrics[y]"])
        // Both have others, and one of them another order: nobody knows which one is meant.
        let conflict = try merge("metrics: [a, b]", local: [("[a, b]", "[b, a, c]")], new: [("[a, b]", "[a, b, d]")])
        #expect(conflict.unresolved.map(\.path) == ["metrics"])
        // A text twice is no set.
        let doubled = try merge("metrics: [a, a]", local: [("[a, a]", "[a]")], new: [("[a, a]", "[a, a, b]")])
        #expect(doubled.unresolved.map(\.path) == ["metrics"])
    }

    @Test func anotherOrderAloneIsNoChange() throws {
        let reorder = ("[revenue, apv]", "[apv, revenue]")
        let local = try merge(local: [reorder], new: [("metrics: [revenue]", "metrics: [revenue, apv]")])
        #expect(local.conflicts.isEmpty && local.kept.isEmpty && local.reordered.isEmpty)
        let new = try merge(local: [("Key figures", "Figures")], new: [reorder])
        #expect(new.edits.isEmpty && new.reordered == ["dashboard.reports[headline].metrics"])
        // Of keys, it is nothing at all.
        let keys = try merge(new: [("{measure: revenue, title: Revenue}", "{title: Revenue, measure: revenue}")])
        #expect(keys.edits.isEmpty && keys.reordered.isEmpty)
    }

    @Test func whatBecameAnotherThingIsOneValue() throws {
        let measure = ("{formula: revenue / purchases, title: Average}", "{measure: buyers, title: Average}")
        let taken = try merge(local: [("title: Revenue", "title: Sales")], new: [measure])
        #expect(taken.taken.map(\.path) == ["metrics.apv"])
        let conflict = try merge(local: [("Average", "Basket")], new: [measure])
        #expect(conflict.unresolved.map(\.path) == ["metrics.apv"])
        let condition = try merge(
            "when: {attribute: status, in: [paid]}", local: [("[paid]", "[done]")],
            new: [
                (
                    "{attribute: status, in: [paid]}",
                    "{all: [{attribute: status, in: [paid]}, {property: a, equals: b}]}"
                )
            ])
        #expect(condition.unresolved.map(\.path) == ["when"])
    }

    @Test func addedOnBothSides() throws {
        let entry = "  apv:"
        let same = try merge(
            local: [(entry, "  n: {measure: buyers}\n\(entry)")], new: [(entry, "  n: {measure: buyers}\n\(entry)")])
        #expect(same.conflicts.isEmpty && same.edits.isEmpty)
        let other = try merge(
            local: [(entry, "  n: {measure: buyers}\n\(entry)")], new: [(entry, "  n: {measure: gaps}\n\(entry)")])
        #expect(other.unresolved.map(\.path) == ["metrics.n"])
        // A section that neither had.
        let sections = try merge(
            "a: 1\n", local: [("a: 1\n", "a: 1\nmetrics: {x: {measure: buyers}}\n")],
            new: [("a: 1\n", "a: 1\nmetrics: {y: {measure: revenue}}\n")])
        #expect(sections.tree["metrics"] == (try tree("{x: {measure: buyers}, y: {measure: revenue}}")))
    }

    @Test func commentsAndFormStay() throws {
        let text = """
            # Ours.
            metrics:
              revenue: {measure: revenue}   # what the shop earns
              # The average.
              apv:
                formula: revenue / purchases # by finance
            dashboard:
              reports:
                # First of all:
                - kpi: headline
                  metrics: [revenue,
                            apv]
                # The rest
                - table: by-city
                  metrics: [revenue]

            """
        let file = SourceFile(path: "usecase.yaml", text: text)
        let base = try tree(text)
        let new = try tree(
            text.replacing("purchases #", with: "orders #").replacing(" apv]", with: " buyers, apv]")
                .replacing("    # First of all:\n", with: "    - kpi: top\n      metrics: [apv]\n")
                .replacing("    # The rest\n", with: "    - trend: t\n      metrics: [revenue]\n")
                .replacing("dashboard:", with: "version: 1.10.0\ndashboard:"))
        let merge = DefinitionMerge(base: base, local: base, new: new)
        #expect(
            try file.edited(merge.edits) == """
                # Ours.
                metrics:
                  revenue: {measure: revenue}   # what the shop earns
                  # The average.
                  apv:
                    formula: revenue / orders # by finance
                dashboard:
                  reports:
                    - kpi: top
                      metrics: [apv]
                    # First of all:
                    - kpi: headline
                      metrics: [revenue,
                                buyers, apv]
                    - trend: t
                      metrics: [revenue]
                    # The rest
                    - table: by-city
                      metrics: [revenue]
                version: 1.10.0

                """)
    }

    @Test func valuesMeetAnotherDeclaration() throws {
        let old = try tree(
            "parameters:\n  a: {type: text, default: x}\n  b: {type: list, default: [y]}\n  gone: {type: text}\n")
        let new = try tree(
            "parameters:\n  a: {type: text, default: z}\n  b: {type: list, default: [y]}\n  gon: {type: text}\n")
        let file = SourceFile(path: "values.yaml", text: "x:\n  a: mine\n  b: [q]\n  gone: 1\n")
        let values = Values(files: [try #require(ValuesFile.load(file: file).values)])
        let changes = ParameterChanges(of: values, for: "x", from: old, to: new, version: "2.0.0")
        #expect(
            changes.conflicts.map(\.message) == ["parameter 'gone' is set here, and version 2.0.0 does not declare it"])
        #expect(
            changes.conflicts.first?.place?.line == 4 && changes.conflicts.first?.hints.first == "did you mean 'gon'?")
        #expect(
            changes.notes.map(\.message) == [
                "parameter 'a' is set here; its default changed from x to z in version 2.0.0"
            ])
        #expect(changes.notes.first?.severity == .note)
        #expect(ParameterChanges(of: values, for: "x", from: nil, to: new, version: "2.0.0").notes.isEmpty)
    }
}
