import Foundation
import Testing

/// values.yaml, `-f` and `--set`, and what a plan makes of them.
@Suite struct ValuesTests {
    /// The names of the assets that a plan would deploy.
    private func names(_ project: TenureProject, _ options: [String]) throws -> Set<String> {
        let run = try project.succeed(["plan", Shop.useCase, "--format", "json"] + options)
        return Set(try JSONDecoder().decode(Plan.self, from: Data(run.output.utf8)).changes.map(\.name))
    }

    private struct Plan: Decodable {
        let changes: [Change]

        struct Change: Decodable {
            let id: String
            let name: String
            let action: String
        }
    }

    @Test func laterWins() throws {
        let project = try Shop.project()
        try project.write("staging.yaml", "cltv-dashboard: {name_prefix: '[staging] '}\n")
        try project.write("team.yaml", "cltv-dashboard: {name_prefix: '[team] '}\n")
        #expect(try names(project, []).contains("[ACLV] Retention segmentation"))
        try project.write("values.yaml", "cltv-dashboard: {name_prefix: '[values] '}\n")
        for (options, prefix) in [
            ([], "[values] "), (["-f", "staging.yaml"], "[staging] "),
            (["-f", "staging.yaml", "-f", "team.yaml"], "[team] "),
            (["-f", "team.yaml", "-f", "staging.yaml"], "[staging] "),
            (["--set", "name_prefix=[set] ", "-f", "staging.yaml"], "[set] "),
            (["--set", "cltv-dashboard.name_prefix=[set] "], "[set] "),
        ] as [([String], String)] {
            let names = try names(project, options)
            #expect(names.allSatisfy { $0.hasPrefix(prefix) }, "\(options): \(names)")
        }
    }

    @Test func renamingIsAnUpdateAndNumbersStay() throws {
        let project = try Shop.deployed()
        let before = try project.evaluated(Shop.useCase)
        try project.write("values.yaml", "cltv-dashboard: {name_prefix: 'Shop: '}\n")
        let run = try project.succeed("plan", Shop.useCase, "--format", "json")
        let plan = try JSONDecoder().decode(Plan.self, from: Data(run.output.utf8))
        #expect(!plan.changes.isEmpty)
        #expect(plan.changes.allSatisfy { $0.action == "update" })
        // Until it is deployed, the deployed definition is evaluated.
        #expect(try project.succeed("render", Shop.useCase).output.contains("[ACLV] Retention"))
        try project.succeed("deploy", Shop.useCase, "--yes")
        #expect(try project.succeed("render", Shop.useCase).output.contains("Shop: Retention"))
        let after = try project.evaluated(Shop.useCase)
        #expect(try before.report("headline").total == after.report("headline").total)
    }

    @Test func statusListsDecideWhatCounts() throws {
        let project = try Shop.deployed()
        let window = ["--from", "2026-01-01", "--to", "2026-03-01"]
        #expect(try project.evaluated(Shop.useCase, window).report("headline").total["revenue"] == "60.49")
        try project.succeed("deploy", Shop.useCase, "--yes", "--set", "success_statuses=success,pending")
        #expect(try project.evaluated(Shop.useCase, window).report("headline").total["revenue"] == "159.49")
        // What is evaluated is what was deployed, not what values.yaml says today.
        let refused = try project.run("evaluate", Shop.useCase, "--set", "success_statuses=success")
        #expect(refused.status != 0 && refused.errors.contains("--draft"), "\(refused)")
        let draft = try project.evaluated(
            Shop.useCase, window + ["--draft", "--set", "success_statuses=success"])
        #expect(try draft.report("headline").total["revenue"] == "60.49")
    }

    @Test func everyErrorOfABrokenProjectInOneRun() throws {
        let project = try Shop.project()
        try project.edit("project.yaml", replace: "timezone: Europe/London", with: "timezone: Europe/Londn")
        try project.edit("project.yaml", replace: "currency: GBP", with: "currency: pounds\ncolour: red")
        try project.write("values.yaml", "cltv-dashbord: {name_prefix: x}\n")
        try project.write(
            "usecases/own/usecase.yaml",
            """
            use_case: own
            version: one
            title: Own
            purchases:
              event: purchase
              amount: total_price
              success: {segmentation: nowhere, in: [Good]}
            metrics:
              revenue: {measure: revenu}
              aov: {formula: revenue / purchases}

            """)
        let run = try project.run("validate")
        #expect(run.status == 3, "\(run)")
        #expect(run.output.isEmpty)
        for expected in [
            "project.yaml:2:", "project.yaml:3:", "colour", "values.yaml:1:1", "did you mean 'cltv-dashboard'?",
            "usecases/own/usecase.yaml:2:", "usecases/own/usecase.yaml:9:", "did you mean 'revenue'?", "nowhere",
        ] {
            #expect(run.errors.contains(expected), "\(expected): \(run)")
        }
        let github = try project.run("validate", "--format", "github")
        #expect(github.status == 3 && github.output.contains("::error file=project.yaml,line=2"), "\(github)")
    }
}
