import Foundation
import Testing

/// A new version of a use case over local adjustments, as a user brings a project to it.
@Suite struct UpgradeTests {
    private static let copy = "usecases/\(Shop.useCase)/usecase.yaml"
    private static let origin = "usecases/\(Shop.useCase)/origin.yaml"

    private static let shipped = TenureRun.package.appending(path: "usecases/\(Shop.useCase)/usecase.yaml")

    /// What ships as version 2.0.0, with other changes.
    private static func next(_ changes: (String, String)...) throws -> String {
        try ([("version: 1.0.0", "version: 2.0.0")] + changes).reduce(String(contentsOf: shipped, encoding: .utf8)) {
            text, change in
            #expect(text.contains(change.0), "'\(change.0)' is not in what ships")
            return text.replacing(change.0, with: change.1)
        }
    }

    /// A deployed shop with a copy whose titles are its own.
    private func adjusted() throws -> TenureProject {
        let project = try Shop.deployed()
        try project.succeed("customize", Shop.useCase)
        try project.edit(
            UpgradeTests.copy, replace: "    title: Average purchase value\n",
            with: "    # What finance calls it.\n    title: Average basket   # since 2025\n")
        return project
    }

    private func deployments(_ project: TenureProject) throws -> [[String: String]] {
        let run = try project.succeed("history", Shop.useCase, "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (document?["deployments"] as? [[String: Any]] ?? []).map { $0.mapValues { "\($0)" } }
    }

    // MARK: - Copies

    @Test func customizeCopiesWithItsOrigin() throws {
        let project = try Shop.deployed()
        try project.succeed("customize", Shop.useCase)
        let shipped = try String(contentsOf: UpgradeTests.shipped, encoding: .utf8)
        #expect(try project.read(UpgradeTests.copy) == shipped)
        let origin = try project.read(UpgradeTests.origin)
        #expect(origin.hasPrefix("# origin: ") && origin.hasSuffix(shipped))
        #expect(try project.read("usecases/\(Shop.useCase)/README.md").isEmpty == false)
        // It is one use case, the same as before, and none of its own.
        let list = try project.succeed("use-cases", "--format", "csv").output
        #expect(list.contains("\ncltv-dashboard,1.0.0,project,1.0.0,") && !list.contains("origin.yaml"), "\(list)")
        #expect(try project.succeed("status", "--detailed-exitcode").status == 0)
        try project.succeed("validate")
        let again = try project.run("customize", Shop.useCase)
        #expect(again.status == 1 && again.errors.contains("is there already"), "\(again)")
        let unknown = try project.run("customize", "cltv-dashbord")
        #expect(unknown.status == 1 && unknown.errors.contains("did you mean 'cltv-dashboard'?"), "\(unknown)")
    }

    @Test func withoutANewVersionThereIsNothingToDo() throws {
        let project = try adjusted()
        let run = try project.succeed("upgrade", Shop.useCase, "--yes")
        #expect(
            run.errors.contains("version 1.0.0 of cltv-dashboard is what the project has: nothing to upgrade"), "\(run)"
        )
        let shipped = try Shop.deployed().succeed("upgrade", Shop.useCase, "--yes")
        #expect(shipped.errors.contains("nothing to upgrade"), "\(shipped)")
        #expect(try deployments(project).count == 1)
    }

    // MARK: - Merging

    @Test func aNewVersionIsMergedAndDeployed() throws {
        let project = try adjusted()
        try project.write(
            "next/usecase.yaml",
            UpgradeTests.next(
                ("  apv:\n", "  orders_a_day: {formula: purchases / 365, title: Orders a day}\n  apv:\n"),
                ("remainder: Never bought", "remainder: No purchase"),
                ("metrics: [revenue, buyers, apv,", "metrics: [revenue, orders_a_day, buyers, apv,")))
        let dry = try project.succeed("upgrade", Shop.useCase, "--to", "next", "--dry-run")
        #expect(
            dry.output.contains("~ customer_segmentations[retention].remainder: \"Never bought\" -> \"No purchase\""),
            "\(dry)")
        #expect(dry.output.contains("~ metrics.apv.title: \"Average purchase value\" -> \"Average basket\""), "\(dry)")
        #expect(
            dry.output.contains("Orders a day") && dry.output.contains("0 to create, 2 to update, 0 to delete"),
            "\(dry)")
        let unasked = try project.run("upgrade", Shop.useCase, "--to", "next", "--no-input")
        #expect(unasked.status == 1 && unasked.errors.contains("nothing was written"), "\(unasked)")
        #expect(try project.read(UpgradeTests.copy).contains("version: 1.0.0"))
        #expect(try deployments(project).count == 1)

        let before = try project.read(UpgradeTests.copy)
        let run = try project.succeed("upgrade", Shop.useCase, "--to", "next", "--yes")
        #expect(run.errors.contains("upgraded cltv-dashboard to 2.0.0, as deployment 2"), "\(run)")
        // What is local stays to the letter.
        let after = try project.read(UpgradeTests.copy)
        let expected = before.replacing("version: 1.0.0", with: "version: 2.0.0")
            .replacing("remainder: Never bought", with: "remainder: No purchase")
            .replacing("[revenue, buyers, apv,", with: "[revenue, orders_a_day, buyers, apv,")
            .replacing(
                "title: Share of buyers}\n",
                with: "title: Share of buyers}\n  orders_a_day: {formula: purchases / 365, title: Orders a day}\n")
        #expect(after == expected)
        #expect(try project.read(UpgradeTests.origin).contains("version: 2.0.0"))
        #expect(try deployments(project).map { $0["action"] } == ["upgrade", "deploy"])
        #expect(try project.succeed("status", "--detailed-exitcode").status == 0)
        // The ids are those of before: nothing was deleted and made anew.
        let diff = try project.succeed("diff", Shop.useCase, "--from", "1").output
        #expect(diff.contains("0 added, 2 changed, 0 removed"), "\(diff)")
        let again = try project.succeed("upgrade", Shop.useCase, "--to", "next", "--yes")
        #expect(again.errors.contains("nothing to upgrade"), "\(again)")
        // What ships is older now.
        let lower = try project.run("upgrade", Shop.useCase, "--yes")
        #expect(
            lower.status == 4 && lower.errors.contains("version 1.0.0 ships, and the project has 2.0.0"), "\(lower)")
        try project.succeed("upgrade", Shop.useCase, "--yes", "--to", UpgradeTests.shipped.path)
        #expect(try project.read(UpgradeTests.copy) == before)
    }

    @Test func conflictsAreNamedAndDecided() throws {
        let project = try adjusted()
        try project.edit(
            UpgradeTests.copy, replace: "  sms_consent:\n    {type: text, default: sms,",
            with: "  sms_consent:\n    {type: text, default: text_messages,")
        try project.write(
            "next.yaml",
            UpgradeTests.next(
                ("title: Average purchase value", "title: Average order value"),
                ("default: sms,", "default: sms_marketing,"),
                ("title: Revenue by month", "title: Revenue of each month")))
        let before = try project.read(UpgradeTests.copy)
        let run = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(run.status == 4)
        try Golden.compare(run.output + "---\n" + run.errors, to: "upgrade-conflicts.txt")
        #expect(try project.read(UpgradeTests.copy) == before && deployments(project).count == 1)
        let json = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes", "--format", "json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let conflicts = try #require(document["conflicts"] as? [[String: Any]])
        #expect(
            conflicts.compactMap { $0["path"] as? String } == ["parameters.sms_consent.default", "metrics.apv.title"])
        #expect(conflicts.last?["local"] as? String == "Average basket" && conflicts.last?["choice"] is NSNull)

        let half = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes", "--keep", "metrics")
        #expect(half.status == 4 && half.errors.hasSuffix("1 error\n\n"), "\(half)")
        let idle = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes", "--keep", "metrics.apv.titel")
        #expect(idle.status == 64 && idle.errors.contains("did you mean 'metrics.apv.title'?"), "\(idle)")
        #expect(try project.read(UpgradeTests.copy) == before)
        let decided = try project.succeed(
            "upgrade", Shop.useCase, "--to", "next.yaml", "--yes", "--keep", "metrics", "--take",
            "parameters.sms_consent")
        #expect(decided.output.contains("0 in conflict"), "\(decided)")
        let after = try project.read(UpgradeTests.copy)
        #expect(after.contains("title: Average basket   # since 2025") && after.contains("default: sms_marketing,"))
        #expect(after.contains("title: Revenue of each month"))
    }

    @Test func anAssetThatIsGoneIsSaid() throws {
        let project = try adjusted()
        let text = try UpgradeTests.next()
        let first = try #require(text.range(of: "  - template: consent\n    with:\n      id: sms-subscription"))
        let last = try #require(text.range(of: "\npurchases:\n"))
        let report = try #require(text.range(of: "    - table: by-sms"))
        let next = try #require(text.range(of: "    - table: by-retention"))
        let forecast = try #require(text.range(of: "    - forecast: expected-by-sms"))
        let other = try #require(text.range(of: "    - forecast: expected-by-retention"))
        try project.write(
            "next.yaml",
            String(
                text[..<first.lowerBound] + text[last.lowerBound..<report.lowerBound]
                    + text[next.lowerBound..<forecast.lowerBound] + text[other.lowerBound...]
            )
            .replacing("Retention segmentation", with: "Loyalty"))
        let run = try project.succeed("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(
            run.output.contains(
                "asset 'sms-subscription' is gone in version 2.0.0: deploying it deletes that segmentation"), "\(run)")
        // Another name is an update of the same asset.
        #expect(run.output.contains("~ customer_segmentation retention  [ACLV] Loyalty  update"), "\(run)")
        #expect(
            run.output.contains("- customer_segmentation sms-subscription") && run.output.contains("1 to delete"),
            "\(run)")
    }

    @Test func aMergeThatMakesNoUseCaseIsRefused() throws {
        let project = try adjusted()
        try project.edit(
            UpgradeTests.copy, replace: "[revenue, purchases, apv, purchase_frequency]",
            with: "[revenue, purchases, apv, median_gap]")
        try project.write(
            "next.yaml",
            UpgradeTests.next(
                ("  median_gap: {measure: gap_quantile, quantile: 0.5, title: Median time between purchases}\n", ""),
                ("average_gap, median_gap,", "average_gap,")))
        let before = try project.read(UpgradeTests.copy)
        let run = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(
            run.status == 1 && run.errors.contains("usecase.yaml (merged)") && run.errors.contains("median_gap"),
            "\(run)")
        #expect(try project.read(UpgradeTests.copy) == before)
    }

    @Test func withoutDeploymentOnlyFilesAreMerged() throws {
        let project = try Shop.project()
        try project.succeed("customize", Shop.useCase)
        try project.write("next.yaml", UpgradeTests.next(("title: Revenue by month", "title: Months")))
        let run = try project.succeed("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(run.errors.contains("next: tenure plan cltv-dashboard") && !run.output.contains("plan:"), "\(run)")
        // Nothing was adjusted, so it is what the new version is.
        #expect(try project.read(UpgradeTests.copy) == project.read("next.yaml"))
    }

    // MARK: - Values alone

    @Test func valuesMeetTheNewParameters() throws {
        let project = try Shop.deployed()
        try project.write("values.yaml", "cltv-dashboard:\n  success_statuses: [success]\n  sms_consent: texts\n")
        try project.write(
            "next.yaml",
            UpgradeTests.next(
                ("sms_consent", "text_consent"), ("default: [success],", "default: [success, paid],")))
        let run = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(run.status == 4, "\(run)")
        #expect(
            run.errors.contains(
                "values.yaml:3:3: error[TN413]: parameter 'sms_consent' is set here, and version 2.0.0 does not declare it"
            ),
            "\(run)")
        #expect(
            run.errors.contains(
                "values.yaml:2:3: note[TN413]: parameter 'success_statuses' is set here; its default changed from "
                    + "[success] to [success, paid] in version 2.0.0"), "\(run)")
        try project.write("values.yaml", "cltv-dashboard:\n  success_statuses: [success]\n  text_consent: texts\n")
        let set = try project.run("upgrade", Shop.useCase, "--to", "next.yaml", "--yes", "--set", "sms_consent=x")
        #expect(set.status == 4 && set.errors.contains("--set:1:1: error[TN413]"), "\(set)")
        // The project gets a copy of a version that does not ship.
        try project.succeed("upgrade", Shop.useCase, "--to", "next.yaml", "--yes")
        #expect(try project.read(UpgradeTests.copy) == project.read("next.yaml"))
        #expect(try deployments(project).first?["action"] == "upgrade")
        #expect(try project.succeed("status", "--detailed-exitcode").status == 0)
    }

    @Test func aNewVersionThatShipsIsDeployed() throws {
        let project = try Shop.deployed()
        // Another release of the program: the same files but for this use case.
        let home = try TemporaryFolder()
        for name in ["templates", "usecases"] {
            try FileManager.default.copyItem(
                at: TenureRun.package.appending(path: name), to: home.url.appending(path: name))
        }
        try Data(UpgradeTests.next(("title: Revenue by month", "title: Months")).utf8)
            .write(to: home.url.appending(path: "usecases/\(Shop.useCase)/usecase.yaml"))
        project.environment["TENURE_HOME"] = home.url.path
        let run = try project.succeed("upgrade", Shop.useCase, "--yes")
        #expect(run.output.hasPrefix("cltv-dashboard 1.0.0 -> 2.0.0, as it ships\n"), "\(run)")
        #expect(!FileManager.default.fileExists(atPath: project.url("usecases").path))
        #expect(try deployments(project).first?["action"] == "upgrade")
    }

    @Test func whatItWasMadeFromMustBeKnown() throws {
        let project = try adjusted()
        try FileManager.default.removeItem(at: project.url(UpgradeTests.origin))
        let run = try project.run("upgrade", Shop.useCase, "--to", UpgradeTests.shipped.path)
        #expect(run.status == 1 && run.errors.contains("origin.yaml is not there"), "\(run)")
        try project.write("other.yaml", "use_case: other\nversion: 1.0.0\ntitle: Other\n")
        let other = try project.run("upgrade", Shop.useCase, "--to", "other.yaml")
        #expect(other.status == 64 && other.errors.contains("but of 'other'"), "\(other)")
    }
}
