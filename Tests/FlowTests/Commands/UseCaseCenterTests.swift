import Foundation
import Testing

/// `tenure use-cases`, and one definition in several environments.
@Suite struct UseCaseCenterTests {
    private struct Listing: Decodable {
        let useCases: [Entry]

        private enum CodingKeys: String, CodingKey { case useCases = "use_cases" }

        struct Entry: Decodable {
            let useCase: String
            let version: String
            let from: String
            let requirements: String
            let deployed: String

            private enum CodingKeys: String, CodingKey {
                case useCase = "use_case"
                case version, from, requirements, deployed
            }
        }
    }

    private func entry(_ project: TenureProject, _ id: String = Shop.useCase) throws -> Listing.Entry {
        let run = try project.succeed("use-cases", "--format", "json")
        let listing = try JSONDecoder().decode(Listing.self, from: Data(run.output.utf8))
        return try #require(listing.useCases.first { $0.useCase == id })
    }

    @Test func requirementsAreThoseOfTheProject() throws {
        #expect(try entry(TenureProject()).requirements == "–")
        let project = try Shop.project()
        #expect(try entry(project).requirements == "no data yet")
        try project.succeed("import", "--progress", "none")
        #expect(try entry(project).requirements.hasPrefix("met, "))
        try project.write("values.yaml", "cltv-dashboard: {success_statuses: [paid]}\n")
        #expect(try entry(project).requirements == "1 required missing")
        try project.write("values.yaml", "cltv-dashboard: {}\n")
        try project.succeed("deploy", Shop.useCase, "--yes")
        #expect(try entry(project).deployed == "deployment 1, 1.0.0")
        #expect(try entry(project).from == "shipped")
        try project.write("usecases/own/usecase.yaml", "use_case: own\nversion: 2.1.0\n")
        let own = try entry(project, "own")
        #expect((own.version, own.from, own.requirements) == ("2.1.0", "project", "definition invalid"))
    }

    @Test func allAboutOne() throws {
        let project = try Shop.project()
        try project.write("values.yaml", "cltv-dashboard: {success_statuses: [success, paid]}\n")
        let run = try project.succeed("use-cases", Shop.useCase)
        for line in [
            "Customer lifetime value dashboard, cltv-dashboard 1.0.0", "requirements  no data yet", "deployed      no",
            "customer_segmentation  retention           [ACLV] Retention segmentation",
            "success_statuses           [success, paid]       values.yaml",
        ] { #expect(run.output.contains(line), "\(line)\n\(run)") }
        let json = try project.succeed("use-cases", Shop.useCase, "--format", "json")
        #expect(json.output.contains("\"assets\": ["), "\(json)")
        #expect(try project.run("use-cases", "cltv").errors.contains("no use case 'cltv'"))
    }

    @Test func anEnvironmentLiesBetweenTheValuesAndFiles() throws {
        let project = try Shop.deployed()
        func prefix(_ options: String...) throws -> String {
            let run = try project.succeed(["render", Shop.useCase, "retention", "--draft"] + options)
            let line = run.output.split(separator: "\n").first { $0.hasPrefix("name: ") }
            return String(line?.dropFirst(6).prefix { $0 != "R" } ?? "")
        }
        try project.write("values.yaml", "cltv-dashboard: {name_prefix: 'all '}\n")
        try project.write("values.staging.yaml", "cltv-dashboard: {name_prefix: 'staging '}\n")
        try project.write("more.yaml", "cltv-dashboard: {name_prefix: 'more '}\n")
        #expect(try prefix() == "all ")
        #expect(try prefix("--env", "staging") == "staging ")
        #expect(try prefix("--env", "staging", "-f", "more.yaml") == "more ")
        #expect(try prefix("--env", "staging", "--set", "name_prefix=set ") == "set ")
        let missing = try project.run("plan", Shop.useCase, "--env", "stagin")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("there is no values.stagin.yaml"), "\(missing)")
        #expect(missing.errors.contains("did you mean 'staging'?"), "\(missing)")
    }

    @Test func aPlanKeepsItsEnvironment() throws {
        let project = try Shop.deployed()
        try project.write("values.staging.yaml", "cltv-dashboard: {name_prefix: 'staging '}\n")
        let plan = try project.succeed("plan", Shop.useCase, "--env", "staging")
        #expect(plan.errors.contains("next: tenure deploy cltv-dashboard --env 'staging'"), "\(plan)")
        try project.succeed("plan", Shop.useCase, "--env", "staging", "-o", "plan.json")
        try project.succeed("deploy", "plan.json")
        #expect(try project.succeed("render", Shop.useCase).output.contains("staging Retention segmentation"))
        try project.succeed("plan", Shop.useCase, "--env", "staging", "--set", "name_prefix=x ", "-o", "plan.json")
        try project.write("values.staging.yaml", "cltv-dashboard: {sms_consent: texts}\n")
        let stale = try project.run("deploy", "plan.json")
        #expect(stale.status == 4, "\(stale)")
    }
}
