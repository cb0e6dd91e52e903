import Foundation
import Testing

/// `tenure test`: the tests that ship, and what is said of tests that fail or cannot be run.
@Suite struct ScenarioTests {
    @Test func theTestsThatShipPass() throws {
        let run = try TenureProject().succeed("test")
        #expect(run.output.contains("usecases/cltv-dashboard/tests/purchases.yaml"))
        #expect(run.output.contains(", 0 failed; "))
    }

    private static let tests = """
        keys:
          purchase: {key: purchase_id, amount: total_price}
        tests:
          - name: Two purchases
            given:
              customers: {ann: {country: GB}}
              events:
                - {event: purchase, customer: ann, at: 2026-01-05, purchase_id: a, purchase_status: success, total_price: 10}
                - {event: purchase, customer: bob, at: 2026-01-06, purchase_id: b, purchase_status: success, total_price: 5.5}
            options: {all_time: true}
            expect:
              metrics:
                headline: {revenue: 15.5, apv: 7.75}
        """

    private func run(_ tests: String, _ arguments: String...) throws -> TenureRun {
        let project = try TenureProject()
        let source = TenureRun.package.appending(path: "usecases/cltv-dashboard/usecase.yaml")
        try project.copy(source, to: "usecases/cltv-dashboard/usecase.yaml")
        try project.write("usecases/cltv-dashboard/tests/own.yaml", tests)
        return try project.run(["test", "cltv-dashboard"] + arguments)
    }

    @Test func aProjectsOwnUseCaseIsTestedWithoutAProject() throws {
        let run = try run(ScenarioTests.tests)
        #expect(run.status == 0, "\(run)")
        #expect(run.output.contains("✓ Two purchases"))
        #expect(run.output.contains("1 passed, 0 failed; 2 expectations"))
    }

    @Test func aDifferenceIsShownAtTheExpectation() throws {
        let run = try run(ScenarioTests.tests.replacing("revenue: 15.5", with: "revenue: 15"))
        #expect(run.status == 3)
        #expect(
            run.output.contains(
                "usecases/cltv-dashboard/tests/own.yaml:13:29: error[TN420]: headline / revenue is 15.5, not 15"),
            "\(run)")
        #expect(run.output.contains("0 passed, 1 failed"))
    }

    @Test(arguments: [
        ("headline: {revenue", "headlin: {revenue", "there is no report 'headlin'", "did you mean 'headline'?"),
        ("{revenue: 15.5", "{revenu: 15.5", "there is no metric of 'headline' 'revenu'", "did you mean 'revenue'?"),
        ("at: 2026-01-05", "at: last week", "'last week' is not a date or an instant", "2026-01-31"),
        ("total_price: 10}", "total_price: ten}", "'ten' of attribute 'total_price' is not a number", ""),
        ("all_time: true", "all_times: true", "Unknown option '--all-times'", ""),
        ("expect:", "expects:", "unknown key 'expects'", "did you mean 'expect'?"),
        ("customer: ann, at", "customers: ann, at", "an event needs 'customer'", ""),
    ])
    func mistakesInTestsAreNamed(_ old: String, _ new: String, _ message: String, _ hint: String) throws {
        let run = try run(ScenarioTests.tests.replacing(old, with: new))
        #expect(run.status == 3, "\(run)")
        #expect((run.output + run.errors).contains(message), "\(run)")
        #expect(hint.isEmpty || (run.output + run.errors).contains(hint), "\(run)")
    }

    @Test func quotientsAreComparedWithTheDigitsOfTheExpectation() throws {
        #expect(try run(ScenarioTests.tests.replacing("apv: 7.75", with: "apv: 7.8")).status == 0)
        #expect(try run(ScenarioTests.tests.replacing("apv: 7.75", with: "apv: 7.76")).status == 3)
        // A sum is exact.
        #expect(try run(ScenarioTests.tests.replacing("revenue: 15.5", with: "revenue: 16")).status == 3)
    }

    @Test func formatsForMachines() throws {
        let json = try run(ScenarioTests.tests.replacing("apv: 7.75", with: "apv: 7.9"), "--format", "json")
        #expect(json.status == 3)
        #expect(json.output.contains("\"passed\": false"))
        #expect(json.output.contains("headline / apv is 7.75, not 7.9"), "\(json)")
        let github = try run(ScenarioTests.tests.replacing("apv: 7.75", with: "apv: 7.9"), "--format", "github")
        #expect(github.output.contains("::error file=usecases/cltv-dashboard/tests/own.yaml,line=13"), "\(github)")
    }

    @Test func aUseCaseWithoutTestsIsSaid() throws {
        let project = try TenureProject()
        let source = TenureRun.package.appending(path: "usecases/cltv-dashboard/usecase.yaml")
        try project.copy(source, to: "usecases/cltv-dashboard/usecase.yaml")
        let run = try project.run("test", "cltv-dashboard")
        #expect(run.status == 3)
        #expect(run.errors.contains("error[TN421]: the use case 'cltv-dashboard' has no tests"), "\(run)")
        #expect(try project.run("test", "cltv-dashbord").errors.contains("did you mean 'cltv-dashboard'?"))
    }
}
