import Foundation
import Testing

/// What a script sees: exit codes, data on standard output, everything else on standard error.
@Suite struct ExitCodeTests {
    @Test(arguments: [
        ["evaluate", "cltv-dashboard"], ["import"], ["check", "cltv-dashboard"], ["plan", "cltv-dashboard"],
        ["deploy", "cltv-dashboard", "--yes"], ["status"], ["render", "cltv-dashboard"],
        ["export", "cltv-dashboard", "--html", "page.html"],
    ])
    func outsideAProjectEveryCommandSaysSo(_ arguments: [String]) throws {
        let empty = try TenureProject()
        let run = try empty.run(arguments)
        #expect(run.status == 1, "\(run)")
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("no project.yaml") && run.errors.contains("tenure init"), "\(run)")
        // Nothing is left behind in a folder that is no project.
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty.folder.path) == [])
    }

    @Test(arguments: [
        ["check", "cltv-dashboard"], ["deploy", "cltv-dashboard", "--yes"], ["evaluate", "cltv-dashboard", "--draft"],
    ])
    func beforeAnImportTheNextStepIsNamed(_ arguments: [String]) throws {
        let run = try Shop.project().run(arguments)
        #expect(run.status == 1, "\(run)")
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("nothing was imported") && run.errors.contains("tenure import"), "\(run)")
    }

    @Test(arguments: [["evaluate", "cltv-dashboard"], ["render", "cltv-dashboard"]])
    func beforeADeploymentTheNextStepIsNamed(_ arguments: [String]) throws {
        let project = try Shop.project()
        try project.succeed("import")
        let run = try project.run(arguments)
        #expect(run.status == 1, "\(run)")
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("is not deployed") && run.errors.contains("tenure deploy cltv-dashboard"), "\(run)")
    }

    @Test(arguments: [
        ["evaluate"], ["frobnicate"], ["evaluate", "cltv-dashboard", "--frm", "2026-01-01"],
        ["evaluate", "cltv-dashboard", "--format", "xml"], ["import", "--on-error", "ignore"],
        ["export", "cltv-dashboard"],
    ])
    func wrongUsageIs64(_ arguments: [String]) throws {
        let run = try Shop.project().run(arguments)
        #expect(run.status == 64, "\(run)")
        #expect(run.output.isEmpty)
        #expect(!run.errors.isEmpty)
    }

    @Test func helpIsData() throws {
        for arguments in [["--help"], ["evaluate", "--help"], ["--version"]] {
            let run = try TenureProject().run(arguments)
            #expect(run.status == 0 && !run.output.isEmpty && run.errors.isEmpty, "\(run)")
        }
    }

    @Test func aPlanWithChangesIs2WhereAskedFor() throws {
        let project = try Shop.project()
        try project.succeed("import")
        #expect(try project.run("plan", Shop.useCase).status == 0)
        #expect(try project.run("plan", Shop.useCase, "--detailed-exitcode").status == 2)
        try project.succeed("deploy", Shop.useCase, "--yes")
        #expect(try project.run("plan", Shop.useCase, "--detailed-exitcode").status == 0)
        let renamed = ["plan", Shop.useCase, "--detailed-exitcode", "--set", "name_prefix=[B] "]
        #expect(try project.run(renamed).status == 2)
    }

    @Test func whatIsRequiredAndMissingIs3() throws {
        let project = try Shop.project()
        try project.edit("project.yaml", replace: "        total_price: {column: amount, type: number}\n", with: "")
        try project.edit("project.yaml", replace: "      amount: total_price\n", with: "")
        try project.succeed("import")
        #expect(try project.run("check", Shop.useCase).status == 3)
        let deploy = try project.run("deploy", Shop.useCase, "--yes")
        #expect(deploy.status == 3, "\(deploy)")
        #expect(try project.succeed("status", "--format", "json").output.contains("cltv-dashboard") == false)
    }

    @Test func aStoreThatIsBeingWrittenIs4() throws {
        let project = try Shop.deployed()
        let before = try project.evaluated(Shop.useCase)
        let lock = try FileHandle(forUpdating: project.url(".tenure/store/writer.lock"))
        #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
        let run = try project.run("import")
        #expect(run.status == 4, "\(run)")
        #expect(run.output.isEmpty)
        // Reading goes on meanwhile.
        let after = try project.evaluated(Shop.useCase)
        #expect(try before.report("headline").total == after.report("headline").total)
        try lock.close()
        try project.succeed("import")
    }

    @Test func aDamagedStoreIs5() throws {
        let project = try Shop.deployed()
        let generations = project.url(".tenure/store/parts")
        let names = try FileManager.default.subpathsOfDirectory(atPath: generations.path)
        var damaged = 0
        for name in names {
            let file = generations.appending(path: name)
            guard let size = try file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]).fileSize, size > 16,
                try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
            else { continue }
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 9] ^= 0x40
            try bytes.write(to: file)
            damaged += 1
        }
        #expect(damaged > 0)
        let run = try project.run("evaluate", Shop.useCase)
        #expect(run.status == 5, "\(run)")
        #expect(run.output.isEmpty)
    }

    @Test func withoutConsentNothingIsDeployed() throws {
        let project = try Shop.project()
        try project.succeed("import")
        for arguments in [["deploy", Shop.useCase], ["deploy", Shop.useCase, "--no-input"]] {
            let run = try project.run(arguments)
            #expect(run.status == 1, "\(run)")
            #expect(run.errors.contains("nothing was deployed") && run.errors.contains("--yes"), "\(run)")
        }
        #expect(try project.run("evaluate", Shop.useCase).status == 1)
        #expect(try project.run("plan", Shop.useCase, "--detailed-exitcode").status == 2)
    }

    @Test func aSecondDeploymentOfTheSameChangesNothing() throws {
        let project = try Shop.deployed()
        let again = try project.succeed("deploy", Shop.useCase, "--no-input")
        #expect(again.output.contains("0 to create, 0 to update, 0 to delete"))
        let status = try project.succeed("status", "--format", "csv")
        let rows = status.output.split(whereSeparator: \.isNewline).dropFirst()
        #expect(rows.count == 5 && rows.allSatisfy { $0.hasPrefix("cltv-dashboard,1.0.0,1,") }, "\(status)")
    }
}
