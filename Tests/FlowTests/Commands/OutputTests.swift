import Foundation
import Testing

/// Machine formats parse, and mistakes get an answer that helps.
@Suite struct OutputTests {
    @Test(arguments: [
        ["check", "cltv-dashboard"], ["plan", "cltv-dashboard"], ["status"], ["use-cases"], ["validate"],
        ["evaluate", "cltv-dashboard"], ["evaluate", "cltv-dashboard", "--by", "country"],
    ])
    func jsonIsOneDocumentWithItsVersion(_ arguments: [String]) throws {
        let run = try Shop.deployed().succeed(arguments + ["--format", "json"])
        let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        let members = try #require(document as? [String: Any], "\(run)")
        #expect(members["schema_version"] as? Int == 1, "\(run)")
    }

    @Test func otherFormatsAreDataOnly() throws {
        let project = try Shop.deployed()
        let csv = try project.succeed("evaluate", Shop.useCase, "--report", "monthly-revenue", "--format", "csv")
        let lines = csv.output.split(whereSeparator: \.isNewline)
        #expect(lines.first?.hasPrefix("month,") == true, "\(csv)")
        #expect(Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
        // Ends with its last line: no blank one after it.
        #expect(csv.output.utf8.suffix(3).elementsEqual("e\r\n".utf8), "\(csv)")
        let markdown = try project.succeed("evaluate", Shop.useCase, "--report", "by-email", "--format", "markdown")
        #expect(markdown.output.contains("| --- |") || markdown.output.contains("|---"), "\(markdown)")
        #expect(!csv.output.contains("next:") && !markdown.output.contains("next:"))
        for kind in ["use-case", "template", "project", "values"] {
            let schema = try project.succeed("schema", kind)
            #expect(try JSONSerialization.jsonObject(with: Data(schema.output.utf8)) is [String: Any])
        }
        for format in ["json", "sarif"] {
            let validate = try project.succeed("validate", "--format", format)
            #expect(try JSONSerialization.jsonObject(with: Data(validate.output.utf8)) is [String: Any], "\(validate)")
        }
    }

    @Test func exportWritesFilesAndNothingOnStandardOutput() throws {
        let project = try Shop.deployed()
        let run = try project.succeed(
            "export", Shop.useCase, "--html", "page.html", "--json", "all.json", "--csv", "all.csv", "--markdown",
            "all.md")
        #expect(run.output.isEmpty, "\(run)")
        #expect(try project.read("page.html").contains("<svg"))
        #expect(try !project.read("page.html").contains("<script"))
        let evaluated = try project.succeed("evaluate", Shop.useCase, "--format", "json")
        #expect(try project.read("all.json") == evaluated.output)
        #expect(try !project.read("all.csv").isEmpty && !project.read("all.md").isEmpty)
    }

    @Test(arguments: [
        (["check", "cltv-dashbord"], "did you mean 'cltv-dashboard'?"),
        (["plan", "cltv-dashbord"], "did you mean 'cltv-dashboard'?"),
        (["deploy", "cltv-dashbord", "--yes"], "did you mean 'cltv-dashboard'?"),
        (["evaluate", "cltv-dashbord"], "did you mean 'cltv-dashboard'?"),
        (["render", "cltv-dashbord"], "did you mean 'cltv-dashboard'?"),
        (["validate", "cltv-dashbord"], "did you mean 'cltv-dashboard'?"),
        (["evaluate", "cltv-dashboard", "--report", "by-emial"], "did you mean 'by-email'?"),
        (["evaluate", "cltv-dashboard", "--by", "contry"], "did you mean 'country'?"),
        (["render", "cltv-dashboard", "retenton"], "did you mean 'retention'?"),
        (["import", "--source", "order"], "did you mean 'orders'?"),
        (["plan", "cltv-dashboard", "--set", "name_prefx=x"], "did you mean 'name_prefix'?"),
        (["evaluate", "cltv-dashboard", "--fx", "event-date"], "did you mean 'event_date'?"),
        (["explain", "TN01"], "did you mean 'TN001'?"),
    ])
    func aMisspeltNameIsAnswered(_ arguments: [String], _ answer: String) throws {
        let run = try Shop.deployed().run(arguments)
        // A wrong value of an option is wrong usage; `validate` has its own code.
        let isUsage = arguments.contains("--source") || arguments.contains("--fx")
        #expect(run.status == (arguments[0] == "validate" ? 3 : isUsage ? 64 : 1), "\(run)")
        #expect(run.output.isEmpty, "\(run)")
        #expect(run.errors.contains(answer), "\(run)")
    }

    /// A row by month has some of a customer's purchases: no lifetime can be told from it.
    @Test func byAPurchasesOwnNothingIsSaidOfWholeHistories() throws {
        let project = try Shop.deployed()
        func header(_ by: String) throws -> (columns: [String], run: TenureRun) {
            let run = try project.succeed("evaluate", Shop.useCase, "--by", by, "--format", "csv")
            let line = run.output.split(whereSeparator: \.isNewline).first ?? ""
            return (line.split(separator: ",").map(String.init), run)
        }
        for by in ["month", "purchase_id", "week"] {
            let (columns, run) = try header(by)
            #expect(columns.contains("customer_value") && !columns.contains("realised_cltv"), "\(run)")
            #expect(columns.contains("retention_rate") == (by != "week"), "\(run)")
            #expect(run.errors.contains("By \(by) there is no Realised CLTV, no Repurchase rate"), "\(run)")
        }
        let (columns, run) = try header("country")
        #expect(columns.contains("realised_cltv") && columns.contains("repurchase_rate"), "\(run)")
        #expect(!run.errors.contains("there is no"), "\(run)")
        // The orders of that day, and no others of its customers.
        let day = try project.succeed(
            "evaluate", Shop.useCase, "--by", "purchase_id", "--from", "2026-02-11", "--to", "2026-02-12", "--format",
            "csv")
        let rows = day.output.split(whereSeparator: \.isNewline).dropFirst().map { $0.prefix { $0 != "," } }
        #expect(rows == ["2", "Total"], "\(day)")
    }

    @Test func theEnvironmentTimezoneHasNoSay() throws {
        let project = try Shop.deployed()
        let here = try project.succeed("evaluate", Shop.useCase, "--format", "json").output
        project.environment["TZ"] = "America/Los_Angeles"
        project.environment["LC_ALL"] = "de_DE.UTF-8"
        #expect(try project.succeed("evaluate", Shop.useCase, "--format", "json").output == here)
        #expect(try project.succeed("evaluate", Shop.useCase, "--format", "json", "--threads", "7").output == here)
    }
}
