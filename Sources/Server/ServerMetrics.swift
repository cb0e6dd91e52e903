import Synchronization

/// Counts of requests for `/metrics`, in the exposition format of Prometheus. Labels are patterns of routes, never what
/// stands in their place.
final class ServerMetrics: Sendable {
    private struct Key: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private struct Durations {
        var buckets = [Int](repeating: 0, count: ServerMetrics.bounds.count)
        var count = 0
        var sum = 0.0
    }

    private struct State {
        var requests: [Key: Int] = [:]
        var durations: [String: Durations] = [:]
    }

    /// Seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    private let state = Mutex(State())

    func count(method: String, route: String, status: Int, took: Duration) {
        let method = ServerMetrics.methods.contains(method) ? method : "other"
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        state.withLock { state in
            state.requests[Key(method: method, route: route, status: status), default: 0] += 1
            var durations = state.durations[route] ?? Durations()
            durations.count += 1
            durations.sum += seconds
            for (index, bound) in ServerMetrics.bounds.enumerated() where seconds <= bound {
                durations.buckets[index] += 1
            }
            state.durations[route] = durations
        }
    }

    /// - Parameter gauges: names with what they mean and their values now.
    func text(_ gauges: [(name: String, help: String, value: Int)]) -> String {
        let (requests, durations) = state.withLock { ($0.requests, $0.durations) }
        var lines = [
            "# HELP tenure_http_requests_total Requests by method, route and status.",
            "# TYPE tenure_http_requests_total counter",
        ]
        let counted = requests.map { key, count in
            "tenure_http_requests_total{method=\"\(key.method)\",route=\"\(key.route)\",status=\"\(key.status)\"} \(count)"
        }
        lines += counted.sorted()
        lines += [
            "# HELP tenure_http_request_duration_seconds From the request, read whole, to its answer.",
            "# TYPE tenure_http_request_duration_seconds histogram",
        ]
        for (route, durations) in durations.sorted(by: { $0.key < $1.key }) {
            let name = "tenure_http_request_duration_seconds"
            for (bound, count) in zip(ServerMetrics.bounds, durations.buckets) {
                lines.append("\(name)_bucket{route=\"\(route)\",le=\"\(bound)\"} \(count)")
            }
            lines.append("\(name)_bucket{route=\"\(route)\",le=\"+Inf\"} \(durations.count)")
            lines.append("\(name)_sum{route=\"\(route)\"} \(durations.sum)")
            lines.append("\(name)_count{route=\"\(route)\"} \(durations.count)")
        }
        for gauge in gauges {
            let kind = gauge.name.hasSuffix("_total") ? "counter" : "gauge"
            lines += [
                "# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) \(kind)", "\(gauge.name) \(gauge.value)",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
