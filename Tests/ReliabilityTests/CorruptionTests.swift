import Foundation
import Testing

/// Damage of any file that holds data is reported with the file's name and exit code 5, and no number is shown.
@Suite struct CorruptionTests {
    private func makeProject() throws -> SampleProject {
        let project = try SampleProject(orders: 4)
        // A second event of one of the orders, so that the store has columns of states, too.
        try project.write(orders: 4, further: "o1,c0,2026-01-20T10:00:00Z,success,10.00,Brno\n")
        try project.tenure("import", "--progress", "none")
        try project.tenure("deploy", "tiny", "--yes")
        return project
    }

    private func evaluate(_ project: SampleProject) throws -> Run {
        try project.run(["evaluate", "tiny", "--all-time", "--format", "json"])
    }

    private func expectReported(_ run: Run, naming file: String, _ what: String) {
        #expect(run.code == 5 && run.err.contains(file) && run.out.isEmpty && !run.isCrash, "\(what): \(run)")
    }

    @Test func damagedColumnFilesAreReported() throws {
        let project = try makeProject()
        let whole = try evaluate(project)
        #expect(whole.code == 0)
        let folder = project.path + "/.tenure/store/parts/1"
        var used = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let url = URL(filePath: "\(folder)/\(name)")
            let bytes = try Data(contentsOf: url)
            var flipped = bytes
            flipped[flipped.count - 1] ^= 0x10
            var header = bytes
            header[24] ^= 1
            var isUsed = false
            for (what, damaged) in [
                ("a flipped bit", flipped), ("a flipped bit of the header", header),
                ("half of it", bytes.prefix(bytes.count / 2)), ("cut to nothing", Data()), ("longer", bytes + [0]),
                ("missing", nil),
            ] as [(String, Data?)] {
                if let damaged { try damaged.write(to: url) } else { try FileManager.default.removeItem(at: url) }
                let run = try evaluate(project)
                // A column that no report asks for is not read: its damage is without effect.
                if run.code == 0, !isUsed {
                    #expect(run.out == whole.out, "\(name), \(what)")
                } else {
                    isUsed = true
                    expectReported(run, naming: name, "\(name), \(what)")
                }
                let appended = try project.run(["import", "--append", "--again", "--progress", "none"])
                expectReported(appended, naming: name, "\(name), \(what), appended to")
            }
            if isUsed { used += 1 }
            try bytes.write(to: url)
        }
        #expect(used >= 10)
        #expect(try evaluate(project).out == whole.out)
    }

    @Test func aDamagedCatalogIsReported() throws {
        try expectDamageReported(".tenure/store/catalog.sqlite")
    }

    @Test func damagedDeploymentsAreReported() throws {
        try expectDamageReported(".tenure/deployments.sqlite")
    }

    /// Cut in several places, and some bytes flipped; what no number depends on may go unnoticed.
    private func expectDamageReported(_ file: String) throws {
        let project = try makeProject()
        let whole = try evaluate(project)
        let url = URL(filePath: "\(project.path)/\(file)")
        let bytes = try Data(contentsOf: url)
        let name = url.lastPathComponent
        for length in [0, 1, 99, 100, 512, 4_095, 4_096, 8_192, bytes.count - 4_096, bytes.count - 1] {
            try bytes.prefix(length).write(to: url)
            expectReported(try evaluate(project), naming: name, "\(name) cut to \(length)")
            let deployed = try project.run(["deploy", "tiny", "--yes", "--set", "tiny.prefix=B "])
            expectReported(deployed, naming: name, "\(name) cut to \(length), deployed")
            if name == "catalog.sqlite" {
                let imported = try project.run(["import", "--progress", "none"])
                expectReported(imported, naming: name, "\(name) cut to \(length), imported")
            }
        }
        var reported = 0
        let step = max(1, bytes.count / 150)
        for position in stride(from: 0, to: bytes.count, by: step) {
            var flipped = bytes
            flipped[position] ^= 0x15
            try flipped.write(to: url)
            let run = try evaluate(project)
            if run.code == 0 {
                #expect(run.out == whole.out, "\(name), byte \(position)")
            } else {
                reported += 1
                #expect(run.out.isEmpty && !run.isCrash && run.err.contains(name), "\(name), byte \(position): \(run)")
                #expect([1, 5].contains(run.code), "\(name), byte \(position): \(run)")
            }
        }
        print("\(name): \(reported) of \(bytes.count / step) flipped bytes reported, the others without effect")
        try bytes.write(to: url)
        #expect(try evaluate(project).out == whole.out)
    }

    @Test func aMissingCatalogIsReported() throws {
        let project = try makeProject()
        try FileManager.default.removeItem(atPath: project.path + "/.tenure/store/catalog.sqlite")
        expectReported(try evaluate(project), naming: "catalog.sqlite", "missing")
        expectReported(
            try project.run(["import", "--progress", "none"]), naming: "catalog.sqlite", "missing, imported")
    }
}
