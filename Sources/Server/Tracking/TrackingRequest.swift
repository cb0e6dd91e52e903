import Definitions
import Diagnostics
import HTTPTypes
import Imports
import Quantities

/// What a program posts about customers, in the words of Bloomreach Engagement's tracking API.
struct TrackingRequest {
    /// The time of commands that name none.
    let received: Instant
    /// Of dates and times that have no offset.
    let zone: Zone
    /// That are possible.
    let times: ClosedRange<Instant>

    /// A command of a batch is what is posted alone, or why it is not.
    struct Command {
        /// As it was posted, so that its sender finds it again.
        var id: String?
        var line: Result<PostedLine, Problem>
    }

    /// Commands that a batch may have.
    static let batchLimit = 50

    /// The JSON of a request's body.
    ///
    /// - Throws: `Problem` 400 or 415.
    static func body(_ request: WebRequest) throws -> JSONValue {
        guard request.mediaType == "application/json" else {
            throw Problem(.unsupportedMediaType, "JSON is expected: application/json")
        }
        do throws(RowProblem) {
            return try JSONValue(request.body)
        } catch {
            var place = ""
            if case .offset(let offset) = error.location {
                let before = request.body.prefix(offset)
                let line = before.count { $0 == UInt8(ascii: "\n") } + 1
                let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
                place = " at line \(line), byte \(column)"
            }
            throw Problem(
                .badRequest, "the body is no JSON\(place): \(error.message)", code: error.code.id, hints: error.hints)
        }
    }

    /// The commands of a batch, in their order.
    ///
    /// - Throws: `Problem` 400 where it is none.
    func batch(_ body: JSONValue) throws -> [Command] {
        let fields = try fields(body, allowed: ["commands"], in: "the batch")
        guard let commands = fields["commands"], commands.kind == .array, !commands.elements.isEmpty else {
            throw wrong("commands", "a list of commands is needed")
        }
        let elements = commands.elements
        guard elements.count <= TrackingRequest.batchLimit else {
            throw wrong(
                "commands", "there are \(elements.count), and a batch has at most \(TrackingRequest.batchLimit)")
        }
        return elements.map { element in
            let given = element.members.first { $0.name == "command_id" }?.value
            let id = given.flatMap { $0.kind == .string ? $0.text : nil }
            do {
                if given != nil, id == nil { throw wrong("command_id", "a text is needed") }
                return Command(id: id, line: .success(try command(element)))
            } catch let problem as Problem {
                return Command(id: id, line: .failure(problem))
            } catch {
                preconditionFailure("a command is wrong in what it says only, not \(error)")
            }
        }
    }

    private func command(_ json: JSONValue) throws -> PostedLine {
        let fields = try fields(json, allowed: ["name", "data", "command_id"], in: "a command")
        let names = ["customers", "customers/events"]
        guard let name = fields["name"], name.kind == .string, names.contains(name.text) else {
            throw Problem.parameters([
                .init("name", fields["name"] == nil ? "it is missing" : "there is no such command", allowed: names)
            ])
        }
        guard let data = fields["data"] else { throw wrong("data", "it is missing") }
        return name.text == "customers" ? try customer(data) : try event(data)
    }

    /// `customers/events`: something that a customer did.
    ///
    /// - Throws: `Problem` 400 that names the member.
    func event(_ json: JSONValue) throws -> PostedLine {
        let allowed = ["customer_ids", "event_type", "timestamp", "properties"]
        let fields = try fields(json, allowed: allowed, in: "an event")
        guard let type = fields["event_type"], type.kind == .string, !type.text.isEmpty else {
            throw wrong("event_type", "a text is needed")
        }
        let time = try fields["timestamp"].flatMap { try instant($0, "timestamp") } ?? received
        return PostedLine(
            .events, received: received,
            members: [
                ("customer_ids", try identifiers(fields)), ("event_type", type.json),
                ("timestamp", TrackingRequest.json(time)), ("properties", try properties(fields)),
            ])
    }

    /// `customers`: properties of a customer.
    ///
    /// - Throws: `Problem` 400 that names the member.
    func customer(_ json: JSONValue) throws -> PostedLine {
        let fields = try fields(json, allowed: ["customer_ids", "properties", "update_timestamp"], in: "a customer")
        guard fields["properties"] != nil else { throw wrong("properties", "it is missing") }
        let time = try fields["update_timestamp"].flatMap { try instant($0, "update_timestamp") } ?? received
        return PostedLine(
            .customers, received: received,
            members: [
                ("customer_ids", try identifiers(fields)), ("update_timestamp", TrackingRequest.json(time)),
                ("properties", try properties(fields)),
            ])
    }

    // MARK: - Members

    private func fields(_ json: JSONValue, allowed: [String], in place: String) throws -> [String: JSONValue] {
        guard json.kind == .object else { throw Problem(.badRequest, "\(place) is a JSON object") }
        let unknown = json.members.map(\.name).filter { !allowed.contains($0) }
        guard unknown.isEmpty else {
            throw Problem.parameters(unknown.map { .init($0, "\(place) has no such member", allowed: allowed) })
        }
        // Names are told apart by their bytes, so none of those allowed is there twice.
        return Dictionary(json.members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private func wrong(_ name: String, _ detail: String) -> Problem { .parameters([.init(name, detail)]) }

    /// One id at least: texts or numbers.
    private func identifiers(_ fields: [String: JSONValue]) throws -> [UInt8] {
        let name = "customer_ids"
        guard let ids = fields[name], ids.kind == .object else { throw wrong(name, "an object of ids is needed") }
        let members = ids.members
        guard members.contains(where: { $0.value.kind != .null }) else {
            throw wrong(name, "one id at least is needed")
        }
        for (id, value) in members where ![.string, .number, .null].contains(value.kind) {
            throw wrong("\(name).\(id)", "an id is a text")
        }
        return ids.json
    }

    private func properties(_ fields: [String: JSONValue]) throws -> [UInt8] {
        guard let properties = fields["properties"], properties.kind != .null else { return Array("{}".utf8) }
        guard properties.kind == .object else { throw wrong("properties", "an object is needed") }
        return properties.json
    }

    /// Seconds since 1970, with a fraction, or ISO 8601; nil for null.
    private func instant(_ value: JSONValue, _ name: String) throws -> Instant? {
        if value.kind == .null { return nil }
        let text = Array(value.text.utf8)
        do {
            guard value.kind == .string || value.kind == .number else { throw wrong(name, "a time is needed") }
            // 20260131 as a text is no time of 1970.
            let isNumber =
                value.kind == .number
                || (ExactDecimal(utf8: text) != nil && text.prefix { $0 != UInt8(ascii: ".") }.count > 8)
            let reader =
                isNumber
                ? try TimestampReader(.unixSeconds, zone: zone, at: nil) : TimestampReader(iso8601In: zone)
            let time = try reader.read(text[...])
            guard times.contains(time) else {
                throw wrong(name, "\(time) is before 1970, or has not come yet")
            }
            return time
        } catch let problem as RowProblem {
            throw wrong(name, problem.message + (problem.hints.isEmpty ? "" : " (times are in seconds)"))
        }
    }

    private static func json(_ time: Instant) -> [UInt8] { Array("\"\(time)\"".utf8) }
}
