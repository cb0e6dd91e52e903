import Foundation
import Testing

/// `tenure reconcile`: the walk from one number to another.
@Suite struct ReconcileTests {
    private struct Walk: Decodable {
        let start: Figure?
        let end: Figure?
        let steps: [Step]
        let alternatives: [Step]
        let explained: Bool?

        struct Step: Decodable {
            let policy: String
            let from: String
            let to: String
            let value: Figure?
        }
    }

    private static let window = ["--from", "2026-01-01", "--to", "2026-07-01"]

    private func project() throws -> TenureProject {
        let project = try SampleProjectTests.project()
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", Shop.useCase, "--yes")
        return project
    }

    private func walk(_ project: TenureProject, _ arguments: String...) throws -> Walk {
        let run = try project.succeed(
            ["reconcile", Shop.useCase, "headline.revenue", "--format", "json"] + ReconcileTests.window + arguments)
        return try JSONDecoder().decode(Walk.self, from: Data(run.output.utf8))
    }

    private func revenue(_ project: TenureProject, _ arguments: String...) throws -> Figure? {
        try project.evaluated(Shop.useCase, ReconcileTests.window + arguments).report("headline").total["revenue"]
    }

    @Test func eachStepIsWhatEvaluateGives() throws {
        let project = try project()
        let walk = try walk(project, "--tz", "America/New_York", "--revenue-basis", "gross", "--fx", "as_of")
        #expect(walk.steps.map(\.policy) == ["revenue_basis", "timezone", "fx"])
        #expect(walk.steps.map(\.from) == ["net", "Europe/Prague", "event_date"])
        #expect(try walk.start == revenue(project))
        let zone = ["--tz", "America/New_York"]
        #expect(try walk.steps[0].value == revenue(project, "--revenue-basis", "gross"))
        #expect(try walk.steps[1].value == revenue(project, "--revenue-basis", "gross", zone[0], zone[1]))
        #expect(
            try walk.end == revenue(project, "--revenue-basis", "gross", zone[0], zone[1], "--fx", "as_of"))
    }

    @Test func anExpectedNumberIsFoundAmongAllPolicies() throws {
        let project = try project()
        let known = try #require(try revenue(project, "--refund-dating", "refund", "--fx", "as_of"))
        let found = try walk(project, "--expect", "\(known)")
        #expect(found.explained == true)
        #expect(found.steps.map(\.policy) == ["refund_dating", "fx"])
        #expect(found.end == known)
        let other = try project.run(
            ["reconcile", Shop.useCase, "headline.revenue", "--expect", "1000000"] + ReconcileTests.window)
        #expect(other.status == 0 && other.output.contains("not explained"), "\(other)")
        let equal = try walk(project, "--expect", "\(try #require(try revenue(project)))")
        #expect(equal.steps.isEmpty && equal.explained == true)
    }

    @Test(arguments: [
        (["headlin.revenue"], "has no report 'headlin'", "did you mean 'headline'?"),
        (["headline.revenu"], "there is no metric 'revenu' in the report 'headline'", "did you mean 'revenue'?"),
        (["headline.revenue", "--row", "x"], "the report 'headline' has one row only", "leave out --row"),
        (["by-email.revenue", "--row", "Subscriber"], "'by-email' has no row 'Subscriber'", "rows: "),
        (["by-email.revenue", "--row", "a", "--row", "b"], "a row of 'by-email' is named by", "--row once for each"),
    ])
    func whatIsNotThereIsNamed(_ arguments: [String], _ message: String, _ hint: String) throws {
        let project = try Shop.deployed()
        let run = try project.run(["reconcile", Shop.useCase] + arguments + ReconcileTests.window)
        #expect(run.status != 0)
        #expect(run.errors.contains(message) && run.errors.contains(hint), "\(run)")
    }

    @Test func valuesAreAStepToo() throws {
        let project = try project()
        let walk = try walk(project, "--set", "success_statuses=completed,pending")
        #expect(walk.steps.map(\.policy) == ["values"])
        let draft = try project.evaluated(
            Shop.useCase, ["--draft", "--set", "success_statuses=completed,pending"] + ReconcileTests.window)
        #expect(try walk.end == draft.report("headline").total["revenue"])
    }

    @Test func withoutAnythingEachPolicyIsChangedByItself() throws {
        let project = try project()
        let walk = try walk(project)
        #expect(walk.steps.isEmpty)
        #expect(
            walk.alternatives.map(\.policy) == ["revenue_basis", "refund_dating", "timezone", "fx", "consent_as_of"])
        for step in walk.alternatives {
            let option = step.policy == "timezone" ? "--tz" : "--\(step.policy.replacing("_", with: "-"))"
            #expect(try step.value == revenue(project, option, step.to), "\(step)")
        }
    }

    @Test func mistakesAreNamed() throws {
        let project = try Shop.deployed()
        #expect(try project.run("reconcile", Shop.useCase, "revenu").errors.contains("did you mean 'revenue'?"))
        #expect(try project.run("reconcile", Shop.useCase, "revenue", "--expect", "1.234,5").status == 64)
        #expect(try project.run("reconcile", Shop.useCase, "revenue", "--tz", "Nowhere").errors.contains("IANA"))
        #expect(try project.run("reconcile", Shop.useCase, "revenue", "--by", "country").status == 64)
    }
}
