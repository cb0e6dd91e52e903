import Foundation
import Testing

/// What was posted and acknowledged is counted, once, whatever ends the server.
@Suite(.serialized) struct TrackingKillTests {
    /// The server is killed before a system call that changes something on disk, while orders are posted and imported.
    @Test(.enabled(if: Strace.isInstalled, "needs strace")) func aKilledServerLosesNothing() async throws {
        var kills = 0
        let points = [
            "pwrite64": [1, 2, 3, 5, 8, 13], "fsync": [1, 2, 3, 4, 6, 9], "write": [5, 8], "mkdir": [1, 2, 4],
            "unlink": [1, 2], "rename": [1, 2], "fdatasync": [1, 3, 5],
        ]
        for (name, ordinals) in points.sorted(by: { $0.key < $1.key }) {
            for ordinal in ordinals {
                let (project, token) = try SampleProject.posted()
                let wrapper = Strace.injecting(name, "signal=SIGKILL:when=\(ordinal)")
                var acknowledged: Set<Int> = []
                if let server = try TrackingServer(project, under: wrapper) {
                    for order in 0..<12 where server.child.isRunning {
                        if await server.poster.post(order, token: token) == 200 { acknowledged.insert(order) }
                        // The import runs between them.
                        if order % 4 == 3 { try await Task.sleep(for: .milliseconds(600)) }
                    }
                    if server.child.isRunning { _ = server.stop() } else { kills += 1 }
                } else {
                    kills += 1
                }
                try project.tenure("import", "--append", "--progress", "none")
                let found = try project.evaluated()?.purchases ?? 0
                #expect(found >= acknowledged.count, "\(name) \(ordinal): \(acknowledged.count) acknowledged")

                // What was not acknowledged is posted again, as its sender would, and so is one that was.
                let server = try #require(try TrackingServer(project))
                for order in 0..<12 where order == 0 || !acknowledged.contains(order) {
                    #expect(await server.poster.post(order, token: token) == 200, "\(name) \(ordinal)")
                }
                let end = server.stop()
                #expect(end.code == 0 && !end.isCrash, "\(name) \(ordinal): \(end)")
                try project.tenure("import", "--append", "--progress", "none")
                let all = try #require(try project.evaluated())
                #expect((all.purchases, all.customers, all.revenue) == (12, 12, 120), "\(name) \(ordinal)")
                try project.tenure("import", "--progress", "none")
                let again = try #require(try project.evaluated())
                #expect((again.purchases, again.revenue) == (12, 120), "\(name) \(ordinal)")
            }
        }
        print("server: killed at \(kills) of \(points.values.reduce(0) { $0 + $1.count }) points")
        #expect(kills >= 12)
    }

    /// Many post at once, and the server dies at any moment.
    @Test func whatManyPostSurvivesAServerThatDies() async throws {
        for delay in [150, 700, 1_600] {
            let (project, token) = try SampleProject.posted()
            let server = try #require(try TrackingServer(project))
            let (posting, pid) = (server.poster, server.child.pid)
            let acknowledged = await withTaskGroup(of: [Int].self) { group in
                for poster in 0..<8 {
                    group.addTask {
                        var own: [Int] = []
                        for number in 0..<400 {
                            let order = poster * 1_000 + number
                            guard await posting.post(order, token: token) == 200 else { break }
                            own.append(order)
                        }
                        return own
                    }
                }
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(delay))
                    kill(pid, SIGKILL)
                    return []
                }
                return await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
            }
            _ = server.child.wait()
            try project.tenure("import", "--append", "--progress", "none")
            let found = try #require(try project.evaluated())
            // Of each poster one more may be there, which was not acknowledged any more.
            let range = acknowledged.count...acknowledged.count + 8
            #expect(range.contains(found.purchases), "\(acknowledged.count) acknowledged after \(delay) ms: \(found)")
            #expect(found.revenue == found.purchases * 10 && found.customers == found.purchases)
            #expect(!acknowledged.isEmpty)
        }
    }

    /// A disk that refuses: nothing is acknowledged, and the server takes the next ones.
    @Test(.enabled(if: Strace.isInstalled, "needs strace"), arguments: ["ENOSPC", "EIO"])
    func aDiskThatRefusesIsNoSuccess(_ error: String) async throws {
        for name in ["pwrite64", "fsync", "ftruncate"] {
            let (project, token) = try SampleProject.posted()
            // The journal's folder is there, so that the calls are those of the frames.
            var first = try #require(try TrackingServer(project))
            #expect(await first.poster.post(0, token: token) == 200)
            _ = first.stop()
            let wrapper = Strace.injecting(name, "error=\(error):when=2..3")
            first = try #require(try TrackingServer(project, under: wrapper))
            var acknowledged: Set<Int> = [0]
            var refused = 0
            for order in 1..<10 {
                switch await first.poster.post(order, token: token) {
                case 200: acknowledged.insert(order)
                case 503: refused += 1
                case let status: Issue.record("\(name) \(error): \(status.map { "\($0)" } ?? "no answer")")
                }
            }
            let end = first.stop()
            #expect(end.code == 0 && !end.isCrash, "\(name) \(error): \(end)")
            if name == "pwrite64" { #expect(refused > 0) }
            #expect(acknowledged.contains(9), "\(name) \(error)")
            try project.tenure("import", "--append", "--progress", "none")
            let found = try #require(try project.evaluated())
            #expect(found.purchases >= acknowledged.count && found.purchases <= 10, "\(name) \(error): \(found)")
        }
    }
}
