import Foundation
import Testing

/// Deployments as a user makes, looks at and takes back.
@Suite struct DeploymentTests {
    private func deployments(_ project: TenureProject) throws -> [[String: String]] {
        let run = try project.succeed("history", Shop.useCase, "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (document?["deployments"] as? [[String: Any]] ?? []).map { $0.mapValues { "\($0)" } }
    }

    @Test func rollbackBringsBackWhatWasThere() throws {
        let project = try Shop.deployed()
        let first = try project.succeed("render", Shop.useCase).output
        try project.succeed("deploy", Shop.useCase, "--yes", "--set", "name_prefix=[B] ")
        #expect(try project.succeed("render", Shop.useCase).output != first)
        let back = try project.succeed("rollback", Shop.useCase, "--yes")
        #expect(back.errors.contains("rolled back to 1") && back.output.contains("[ACLV] "), "\(back)")
        #expect(try project.succeed("render", Shop.useCase).output == first)
        #expect(try deployments(project).map { $0["action"] } == ["rollback to 1", "update", "deploy"])
        #expect(try deployments(project).map { $0["state"] } == ["current", "", ""])
        // Back and forth.
        try project.succeed("rollback", Shop.useCase, "--yes")
        #expect(try deployments(project).first?["action"] == "rollback to 2")
        try project.succeed("rollback", Shop.useCase, "1", "--yes")
        #expect(try project.succeed("render", Shop.useCase).output == first)
        let unknown = try project.run("rollback", Shop.useCase, "9", "--yes")
        #expect(unknown.status == 1 && unknown.errors.contains("there are: 1, 2, 3, 4, 5"), "\(unknown)")
    }

    @Test func destroyTakesAwayAndKeepsTheHistory() throws {
        let project = try Shop.deployed()
        let asked = try project.run("destroy", Shop.useCase, "--no-input")
        #expect(asked.status == 1 && asked.errors.contains("--yes"), "\(asked)")
        #expect(try project.succeed("evaluate", Shop.useCase).status == 0)
        let run = try project.succeed("destroy", Shop.useCase, "--yes")
        #expect(run.output.contains("- dashboard cltv") && run.output.contains("5 to delete"), "\(run)")
        #expect(try project.run("evaluate", Shop.useCase).errors.contains("is not deployed"))
        #expect(try project.succeed("status").output.contains("Nothing is deployed."))
        #expect(try project.run("destroy", Shop.useCase, "--yes").status == 1)
        #expect(try deployments(project).map { $0["action"] } == ["destroy", "deploy"])
        try project.succeed("rollback", Shop.useCase, "--yes")
        #expect(try project.succeed("evaluate", Shop.useCase).status == 0)
    }

    @Test func diffComparesDeploymentsAndFiles() throws {
        let project = try Shop.deployed()
        #expect(try project.succeed("diff", Shop.useCase, "--detailed-exitcode").output.contains("0 changed"))
        try project.write("values.yaml", "cltv-dashboard:\n  success_statuses: [success, pending]\n")
        let files = try project.run("diff", Shop.useCase, "--detailed-exitcode")
        #expect(files.status == 2, "\(files)")
        #expect(files.output.contains("from deployment 1 to the files"), "\(files)")
        #expect(files.output.contains("\"[success]\" -> \"[success, pending]\""), "\(files)")
        try project.succeed("deploy", Shop.useCase, "--yes")
        let numbers = try project.succeed("diff", Shop.useCase, "--from", "1", "--to", "2")
        #expect(numbers.output.contains("from deployment 1 to deployment 2"), "\(numbers)")
        #expect(numbers.output.contains("\"[success]\" -> \"[success, pending]\""), "\(numbers)")
        let json = try project.succeed("diff", Shop.useCase, "--from", "1", "--to", "2", "--format", "json")
        #expect(json.output.contains("\"from\": 1") && json.output.contains("\"to\": 2"), "\(json)")
        let back = try project.succeed("diff", Shop.useCase, "--from", "2", "--to", "1")
        #expect(back.output.contains("\"[success, pending]\" -> \"[success]\""), "\(back)")
    }

    @Test func statusShowsDrift() throws {
        let project = try Shop.deployed()
        #expect(try project.run("status", "--detailed-exitcode").status == 0)
        try project.write("values.yaml", "cltv-dashboard:\n  success_statuses: [success, pending]\n")
        let edited = try project.run("status", "--detailed-exitcode", "--format", "csv")
        #expect(edited.status == 2, "\(edited)")
        #expect(edited.output.contains("purchase-success,[ACLV] Purchase success,changed in the files"), "\(edited)")
        #expect(edited.output.contains("retention,[ACLV] Retention segmentation,in sync"), "\(edited)")
        // Data that has no amounts any more.
        try project.write("values.yaml", "")
        try project.write(
            "orders.csv", Shop.orders.replacing(",success,20.00", with: ",success,").replacing("30.50", with: ""))
        try project.succeed("import", "--again")
        let unmet = try project.run("status", "--detailed-exitcode", "--format", "csv")
        #expect(unmet.status == 2, "\(unmet)")
        #expect(unmet.output.contains("requirement,attribute purchase.total_price,"), "\(unmet)")
        // Files that cannot be read.
        try project.write("values.yaml", "cltv-dashboard:\n  succes_statuses: [success]\n")
        let broken = try project.run("status", "--format", "csv")
        #expect(broken.status == 0 && broken.output.contains("files not readable"), "\(broken)")
        #expect(broken.errors.contains("succes_statuses"), "\(broken)")
    }

    @Test func aPlanSaysWhatItDoesToTheNumbers() throws {
        let project = try Shop.deployed()
        let plan = try project.succeed("plan", Shop.useCase, "--set", "success_statuses=success,pending")
        func line(_ start: String) -> String? {
            plan.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .first { $0.hasPrefix(start) }
        }
        #expect(line("Revenue ")?.contains("£60.49 -> £159.49  (+163.7%)") == true, "\(plan)")
        #expect(line("Projected CLTV") == nil, "\(plan)")
        #expect(line("segments of retention")?.hasSuffix("1 customer moves") == true, "\(plan)")
        #expect(line("Never bought -> Buyers: email non-subscribers")?.hasSuffix(" 1") == true, "\(plan)")
        #expect(line("segments of email-subscription") == nil, "\(plan)")
        let json = try project.succeed(
            "plan", Shop.useCase, "--set", "success_statuses=success,pending", "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let consequences = try #require(document?["consequences"] as? [String: Any])
        let figures = try #require(consequences["key_figures"] as? [[String: Any]])
        let revenue = try #require(figures.first { $0["metric"] as? String == "revenue" })
        #expect("\(revenue["before"] ?? "")" == "60.49" && "\(revenue["after"] ?? "")" == "159.49", "\(revenue)")
        // A rename changes no number.
        let renamed = try project.succeed("plan", Shop.useCase, "--set", "name_prefix=[B] ")
        #expect(renamed.output.contains("key figures stay as they are"), "\(renamed)")
        #expect(!renamed.output.contains("segments of"), "\(renamed)")
        // Before anything is imported the plan is shown all the same.
        let empty = try Shop.project().succeed("plan", Shop.useCase)
        #expect(empty.output.contains("5 to create") && !empty.output.contains("numbers,"), "\(empty)")
    }

    @Test func aPlanInAFileIsAppliedExactly() throws {
        let project = try Shop.deployed()
        try project.write("staging.yaml", "cltv-dashboard:\n  success_statuses: [success, pending]\n")
        let plan = ["plan", Shop.useCase, "-o", "p.plan", "-f", "staging.yaml", "--set", "name_prefix=[B] "]
        #expect(try project.succeed(plan).errors.hasSuffix("next: tenure deploy p.plan\n"))
        let kept = try project.succeed("plan", Shop.useCase, "--set=name_prefix=It's ")
        #expect(kept.errors.contains("next: tenure deploy cltv-dashboard --set 'name_prefix=It'\\''s '"), "\(kept)")
        // Neither asks nor needs the options again.
        let run = try project.succeed("deploy", "p.plan", "--no-input")
        #expect(run.errors.contains("as deployment 2"), "\(run)")
        let rendered = try project.succeed("render", Shop.useCase).output
        #expect(rendered.contains("[B] Purchase success") && rendered.contains("pending"))
        // Once.
        let again = try project.run("deploy", "p.plan")
        #expect(again.status == 4 && again.errors.contains("it starts from deployment 1"), "\(again)")
        let options = try project.run("deploy", "p.plan", "--set", "name_prefix=[C] ")
        #expect(options.status == 64, "\(options)")
    }

    @Test func aStalePlanIs4() throws {
        let project = try Shop.deployed()
        func plan() throws { try project.succeed("plan", Shop.useCase, "-o", "p.plan", "--set", "name_prefix=[B] ") }
        func expectStale(_ reason: String) throws {
            let run = try project.run("deploy", "p.plan")
            #expect(run.status == 4 && run.errors.contains(reason), "\(run)")
            #expect(try deployments(project).count == 1)
        }
        try plan()
        try project.write("orders.csv", Shop.orders + "dee,6,2026-02-28T11:00:00Z,success,5.00,DE\n")
        try project.succeed("import")
        try expectStale("it was made on generation 1 of the data")
        try plan()
        try project.write("values.yaml", "cltv-dashboard:\n  success_statuses: [success, pending]\n")
        try expectStale("the definition or its values were edited")
        try project.write("values.yaml", "")
        try project.edit("p.plan", replace: "\"base\" : 1", with: "\"base\" : 7")
        let damaged = try project.run("deploy", "p.plan")
        #expect(damaged.status == 1 && damaged.errors.contains("was changed after it was made"), "\(damaged)")
        try plan()
        try project.succeed("deploy", "p.plan")
    }
}

/// A use case of segmentations alone.
@Suite struct DeploymentWithoutDashboardTests {
    @Test func isReadBackWithItsPurchases() throws {
        let project = try Shop.project()
        try project.write(
            "usecases/groups/usecase.yaml",
            """
            use_case: groups
            version: 1.0.0
            title: Groups
            parameters:
              success: {type: list, default: [success]}
            event_segmentations:
              - id: state
                name: State
                event: purchase
                segments: [{name: Good, when: {attribute: purchase_status, in: "{{ success }}"}}]
            customer_segmentations:
              - id: loyalty
                name: Loyalty
                segments: [{name: Came back, when: {aggregate: purchases, at_least: 2}}]
                remainder: All others
            purchases: {event: purchase, amount: total_price, success: {segmentation: state, in: [Good]}}
            """)
        try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", "groups", "--yes")
        let run = try project.succeed("explain", "groups", "--customer", "ann")
        #expect(run.output.contains("Loyalty: Came back"), "\(run)")
        #expect(try project.run("evaluate", "groups").errors.contains("TN404"))
        let plan = try project.succeed("plan", "groups", "--set", "success=success,pending")
        #expect(plan.output.contains("event_segmentation state"), "\(plan)")
        try project.succeed("destroy", "groups", "--yes")
    }
}
