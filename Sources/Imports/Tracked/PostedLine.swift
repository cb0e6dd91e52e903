package import Definitions
import Diagnostics
package import Quantities

/// What was posted, as a line of the journal: which command it was, when it came, and what its sender wrote.
///
///     {"command":"customers/events","received":"2026-01-31T10:00:01Z","customer_ids":{"registered":"a@b.example"},
///      "event_type":"purchase","timestamp":"2026-01-31T10:00:00Z","properties":{"total_price":10.50}}
package struct PostedLine: Sendable {
    package let kind: Source.TrackedKind
    /// With its line feed.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - members: JSON by name, in their order, beside the command and the time.
    package init(_ kind: Source.TrackedKind, received: Instant, members: [(name: String, json: [UInt8])]) {
        self.kind = kind
        var bytes = PostedLine.prefix(kind)
        bytes += Array("\"received\":\"\(received)\"".utf8)
        for (name, json) in members {
            bytes += Array(",\"\(name)\":".utf8)
            // Where JSON has line ends, they are blanks.
            bytes += json.map { $0 == .lineFeed || $0 == .carriageReturn ? .blank : $0 }
        }
        self.bytes = bytes + Array("}\n".utf8)
    }

    /// What lines of that kind begin with, and no others.
    static func prefix(_ kind: Source.TrackedKind) -> [UInt8] {
        let command =
            switch kind {
            case .events: "customers/events"
            case .customers: "customers"
            }
        return Array("{\"command\":\"\(command)\",".utf8)
    }
}
