import Foundation
import FoundationNetworking

/// A real `tenure serve` on a project to which orders are posted.
final class TrackingServer {
    let child: Child
    let poster: Poster

    /// Starts it and waits until it answers; nil where it ended before that.
    init?(_ project: SampleProject, under wrapper: [String] = []) throws {
        let program = URL(filePath: Program.path).deletingLastPathComponent().appending(path: "tenure-serve").path
        child = try Child(wrapper + [program, "serve", "--port", "0", "-C", project.path])
        var found: String?
        while found == nil, child.isRunning {
            if let line = child.errorsSoFar.firstMatch(of: /serving (http:[^ ]+)/) { found = String(line.1) }
            usleep(2_000)
        }
        guard let found else {
            _ = child.wait()
            return nil
        }
        poster = Poster(address: found)
    }

    deinit { if child.isRunning { child.kill() } }

    /// Ends it as Ctrl-C does.
    func stop() -> Run {
        for pid in child.started.isEmpty ? [child.pid] : child.started { Foundation.kill(pid, SIGTERM) }
        return child.wait()
    }
}

/// Posts orders to a server.
struct Poster: Sendable {
    let address: String

    /// Posts an order of 10.00.
    ///
    /// - Returns: the status; nil where there is no answer.
    func post(_ order: Int, token: String) async -> Int? {
        let body = """
            {"customer_ids":{"registered":"c\(order)"},"event_type":"purchase","timestamp":\(1_769_000_000 + order),
             "properties":{"id":"p\(order)","status":"success","total":10.00}}
            """
        guard let url = URL(string: "\(address)track/v2/projects/\(token)/customers/events") else { return nil }
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        guard let (_, response) = try? await Poster.session.data(for: request) else { return nil }
        return (response as? HTTPURLResponse)?.statusCode
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 16
        return URLSession(configuration: configuration)
    }()
}

extension SampleProject {
    /// A project without files, whose orders are posted.
    static func posted() throws -> (project: SampleProject, token: String) {
        let project = try SampleProject(orders: 0)
        try project.write(postedDefinition, to: "project.yaml")
        let made = try project.tenure("token", "create", "shop", "--role", "track")
        return (project, made.out.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static let postedDefinition = """
        name: Tiny
        timezone: UTC
        currency: EUR
        as_of: data
        sources:
          - name: posted
            tracking: events
            customer: customer_ids.registered
            event:
              type: purchase
              timestamp: timestamp
              key: purchase_id
              amount: total_price
              attributes:
                purchase_id: properties.id
                purchase_status: properties.status
                total_price: {column: properties.total, type: number}
            properties:
              city: properties.city

        """
}
