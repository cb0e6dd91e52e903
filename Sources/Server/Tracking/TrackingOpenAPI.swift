import Diagnostics

/// The tracking routes as OpenAPI, for projects with sources that take what is posted.
enum TrackingOpenAPI {
    static var paths: [(String, JSONText)] {
        [
            post("/customers/events", "trackEvent", "Something that a customer did.", body: event, answer: success),
            post("/customers", "trackCustomer", "Properties of a customer.", body: customer, answer: success),
            post(
                "/batch", "trackBatch",
                "Up to \(TrackingRequest.batchLimit) commands, each of which is taken or refused for itself.",
                body: batch,
                answer: results),
        ]
    }

    private static func type(_ names: String..., more: [(String, JSONText)] = []) -> JSONText {
        .inline(.object([("type", names.count == 1 ? .string(names[0]) : .strings(names))] + more))
    }

    private static func described(_ text: String, _ members: [(String, JSONText)]) -> JSONText {
        .object([("description", .string(text))] + members)
    }

    private static let identifiers = described(
        "The customer's ids by kind, such as registered: one at least.",
        [
            ("type", .string("object")), ("minProperties", .integer(1)),
            ("additionalProperties", type("string", "number", "null")),
        ])
    private static let properties = described(
        "Names and values that the mapping of project.yaml knows as properties.NAME.",
        [("type", .strings(["object", "null"]))])
    private static let time = described(
        "Seconds since 1970, with a fraction, or ISO 8601; now without it.",
        [("type", .strings(["number", "string", "null"]))])

    private static let event = OpenAPISchemas.object([
        ("customer_ids", identifiers), ("event_type", type("string", more: [("minLength", .integer(1))])),
        ("timestamp?", time), ("properties?", properties),
    ])
    private static let customer = OpenAPISchemas.object([
        ("customer_ids", identifiers), ("properties", properties), ("update_timestamp?", time),
    ])
    private static let batch = OpenAPISchemas.object([
        (
            "commands",
            .object([
                ("type", .string("array")), ("minItems", .integer(1)),
                ("maxItems", .integer(TrackingRequest.batchLimit)),
                (
                    "items",
                    described(
                        "name: customers or customers/events; data: what is posted there; command_id: a text that comes "
                            + "back with the result.", [])
                ),
            ])
        )
    ])

    private static let success = OpenAPISchemas.object([
        ("errors", OpenAPISchemas.strings), ("success", OpenAPISchemas.boolean),
    ])
    private static let results = OpenAPISchemas.object([
        (
            "results",
            OpenAPISchemas.array(
                OpenAPISchemas.object([
                    ("errors?", OpenAPISchemas.strings), ("success", OpenAPISchemas.boolean),
                    ("command_id?", OpenAPISchemas.string()),
                ]))
        ),
        ("start_time", type("number")), ("end_time", type("number")), ("success", OpenAPISchemas.boolean),
    ])

    private static let problems = [
        ("400", "It could not be counted, and why"), ("401", "The token in the path is none with the role track"),
        ("408", "The body did not come in time"), ("409", "project.yaml does not suit what is posted, or the data"),
        ("413", "The body is too large"), ("415", "The body is no JSON"),
        ("421", "The request names another host than this machine"), ("500", "The server is at fault"),
        ("503", "It was not taken, or that is not known: post it again later"),
    ]

    private static func post(
        _ path: String, _ id: String, _ summary: String, body: JSONText, answer: JSONText
    ) -> (String, JSONText) {
        func content(_ type: String, _ schema: JSONText) -> (String, JSONText) {
            ("content", .object([(type, .object([("schema", schema)]))]))
        }
        let token = JSONText.object([
            ("name", .string("token")), ("in", .string("path")), ("required", .boolean(true)),
            ("description", .string("A token with the role track.")),
            ("schema", OpenAPISchemas.string([("pattern", .string("^[A-Za-z0-9_-]+$"))])),
        ])
        let taken = JSONText.object([
            ("description", .string("On the disk, and soon counted, once")), content("application/json", answer),
        ])
        let refused = problems.map { status, description in
            (
                status,
                JSONText.object([
                    ("description", .string(description)),
                    content(
                        "application/problem+json", .object([("$ref", .string("#/components/schemas/TrackingProblem"))])
                    ),
                ])
            )
        }
        return (
            TrackingRoutes.base + path,
            .object([
                (
                    "post",
                    .object([
                        ("summary", .string(summary)), ("operationId", .string(id)), ("parameters", .array([token])),
                        (
                            "requestBody",
                            .object([("required", .boolean(true)), content("application/json", body)])
                        ),
                        ("responses", .object([("200", taken)] + refused)), ("security", .array([])),
                    ])
                )
            ])
        )
    }
}
