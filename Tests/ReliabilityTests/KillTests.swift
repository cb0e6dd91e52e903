import Foundation
import Testing

/// `tenure import`, killed before each system call that changes something on disk: what is read
/// afterwards is the state before or after, and the command just works when it is run again.
@Suite(.enabled(if: Strace.isInstalled, "needs strace")) struct KillTests {
    /// What is in the store when the import that is killed begins.
    enum Start: CaseIterable {
        /// Nothing, not even a folder.
        case empty
        /// Two generations, of which the import removes the older one.
        case full
        /// The same; the import adds to what is there, and its file repeats all of it.
        case appending
        /// The import adds a part to a store that has two of them.
        case addingPart

        var arguments: [String] {
            let adds = [.appending, .addingPart].contains(self)
            return ["import", "--progress", "none"] + (adds ? ["--append", "--again"] : [])
        }

        /// What the store holds when the import is done.
        var orders: Int { self == .addingPart ? 42 : 6 }

        func project() throws -> SampleProject {
            let project = try SampleProject(orders: 4)
            switch self {
            case .empty: break
            case .full, .appending:
                for orders in [4, 5] {
                    try project.write(orders: orders)
                    try project.tenure("import", "--progress", "none")
                }
            case .addingPart:
                try project.write(orders: 40)
                try project.tenure("import", "--progress", "none")
                try project.write(orders: 40..<41)
                try project.tenure("import", "--append", "--progress", "none")
                try project.write(orders: 41..<42)
                return project
            }
            try project.write(orders: 6)
            return project
        }
    }

    @Test(arguments: Start.allCases) func aKilledImportIsAllOrNothing(_ start: Start) throws {
        let template = try start.project()
        let before = try template.evaluated()
        let reference = try SampleProject(copyOf: template)
        let calls = try Strace.calls(reference, start.arguments)
        let after = try #require(try reference.evaluated())
        #expect(after == Evaluated(generation: (before?.generation ?? 0) + 1, orders: start.orders))
        let names = Set(reference.storedNames())

        let chosen = Strace.sample(calls)
        var kills = 0
        for call in chosen {
            let project = try SampleProject(copyOf: template)
            let killed = try Strace.killing(project, at: call, start.arguments)
            if killed.code == 137 { kills += 1 }
            let found = try project.evaluated()
            #expect(found == before || found == after, "\(call)")

            let next = try project.run(start.arguments)
            #expect(next.code == 0, "\(call): \(next)")
            #expect(
                try project.evaluated()
                    == Evaluated(generation: (found?.generation ?? 0) + 1, orders: start.orders), "\(call)")
            #expect(Set(project.storedNames()) == names, "\(call)")
            let parts = Set(
                project.stored().filter { $0.hasPrefix("store/parts/") }.map { $0.split(separator: "/")[2] })
            #expect(parts.count <= (start == .addingPart ? 4 : 2), "\(call)")
        }
        print("import of \(start): killed at \(kills) of \(calls.count) calls")
        #expect(kills >= chosen.count * 9 / 10)
    }

    @Test func aKilledMergeIsAllOrNothing() throws {
        let template = try Start.addingPart.project()
        try template.tenure("import", "--append", "--progress", "none")
        let before = try #require(try template.evaluated())
        let reference = try SampleProject(copyOf: template)
        let calls = try Strace.calls(reference, ["compact"])
        let after = try #require(try reference.evaluated())
        #expect(before == Evaluated(generation: 3, orders: 42))
        #expect(after == Evaluated(generation: 4, orders: 42))
        let chosen = Strace.sample(calls)
        var kills = 0
        for call in chosen {
            let project = try SampleProject(copyOf: template)
            if try Strace.killing(project, at: call, ["compact"]).code == 137 { kills += 1 }
            let found = try project.evaluated()
            #expect(found == before || found == after, "\(call)")
            let next = try project.run(["compact"])
            #expect(next.code == 0, "\(call): \(next)")
            #expect(try project.evaluated() == after, "\(call)")
        }
        print("merge: killed at \(kills) of \(calls.count) calls")
        #expect(kills >= chosen.count * 9 / 10)
    }
}
