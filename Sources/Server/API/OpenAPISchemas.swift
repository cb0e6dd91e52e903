import Diagnostics
import Queries

/// JSON Schemas of what the API answers.
enum OpenAPISchemas {
    static func string(_ more: [(String, JSONText)] = []) -> JSONText {
        .inline(.object([("type", .string("string"))] + more))
    }

    /// An object with exactly these members; a name that ends in `?` may be missing.
    static func object(_ members: [(String, JSONText)], isClosed: Bool = true) -> JSONText {
        func bare(_ name: String) -> String { name.hasSuffix("?") ? String(name.dropLast()) : name }
        let required = members.map(\.0).filter { !$0.hasSuffix("?") }
        return .object([
            ("type", .string("object")), ("properties", .object(members.map { (bare($0.0), $0.1) })),
            ("required", .inline(.strings(required))), ("additionalProperties", .boolean(!isClosed)),
        ])
    }

    static func array(_ items: JSONText) -> JSONText { .object([("type", .string("array")), ("items", items)]) }

    static func nullable(_ type: String) -> JSONText {
        .inline(.object([("type", .strings([type, "null"]))]))
    }

    static let strings = array(string())
    static let integer = JSONText.inline(.object([("type", .string("integer"))]))
    static let boolean = JSONText.inline(.object([("type", .string("boolean"))]))
    static let anything = JSONText.object([("type", .string("object"))])

    static let problem = object(problemMembers)
    static let trackingProblem = object(problemMembers + [("success?", boolean)])

    private static let problemMembers = [
        ("type", string()), ("title", string()), ("status", integer), ("detail", string()), ("code?", string()),
        ("hints?", strings),
        ("errors?", array(object([("parameter", string()), ("detail", string()), ("allowed?", strings)]))),
    ]

    static let status = object([
        ("status", string()), ("generation?", integer), ("deployments?", integer),
    ])

    static let reports = object([
        (
            "data",
            array(
                object([
                    ("report", string()), ("title", string()), ("useCase", string()), ("groupings", strings),
                    ("measures", strings),
                ]))
        )
    ])

    /// Rows, a total and what they mean.
    static func report(_ api: ReportAPI) -> JSONText {
        let measures = api.measures.map { ($0.name + "?", nullable("number")) }
        let groups = api.groupings.filter { $0 != "currency" }.map { (api.groupName($0) + "?", nullable("string")) }
        let row = object(groups + [("currency", nullable("string"))] + measures + [("incomplete?", boolean)])
        let total = object([("currency", string())] + measures)
        let measure = object([
            ("name", string()), ("title", string()),
            ("type", string([("enum", .strings(ValueType.allCases.map(\.rawValue)))])),
            ("formula", nullable("string")), ("explanation", string()),
        ])
        return object([
            ("data", array(row)), ("total", total),
            (
                "meta",
                object([
                    ("report", string()), ("title", string()), ("useCase", string()), ("version", string()),
                    ("groupBy", nullable("string")), ("createdAt", object([("gte", string()), ("lt", string())])),
                    ("excluded", anything), ("measures", array(measure)), ("semantics", semantics),
                    (
                        "sources",
                        array(object([("source", string()), ("state", string()), ("updatedAt", nullable("string"))]))
                    ),
                    ("definition", string()), ("generation", string()), ("notes", strings), ("warnings", strings),
                ])
            ),
        ])
    }

    private static let semantics = object([
        ("as_of", string()), ("window", object([("from", string()), ("to", string())])), ("timezone", string()),
        ("display_currency", string()), ("default_currency", string()), ("fx", string()),
        ("fx_currencies", strings), ("revenue_basis", string()), ("refund_dating", string()),
        ("consent_as_of", string()), ("attribution", string()),
    ])

    static let dashboard = object([
        ("schema_version", integer),
        (
            "dashboard",
            object([("id", string()), ("title", string()), ("definition", string()), ("generation", string())])
        ),
        ("semantics", semantics), ("warnings", strings), ("reports", array(dashboardReport)),
    ])

    private static let row = object([
        ("keys", anything), ("values", anything), ("currency", string()), ("incomplete", boolean),
        ("null_reasons?", anything),
    ])

    private static let dimensions = array(object([("name", string()), ("title", string()), ("kind", string())]))

    private static let nullableRow = JSONText.object([
        ("anyOf", .array([row, .object([("type", .string("null"))])]))
    ])

    private static let dashboardReport = object([
        ("id", string()), ("title", string()),
        ("layout", string([("enum", .strings(Layout.allCases.map(\.rawValue)))])),
        ("window", object([("from", string()), ("to", string())])), ("period", string()), ("dimensions", dimensions),
        (
            "columns",
            array(
                object([
                    ("name", string()), ("title", string()), ("type", string()), ("formula", nullable("string")),
                    ("explanation", string()),
                ]))
        ),
        ("rows", array(row)), ("total", nullableRow), ("cohorts?", array(anything)), ("ages?", array(anything)),
        ("notes", strings),
        (
            "previous?",
            object([
                ("window", object([("from", string()), ("to", string())])), ("rows", array(row)),
                ("total", nullableRow),
            ])
        ),
        ("course?", object([("dimensions", dimensions), ("rows", array(row)), ("total", nullableRow)])),
    ])

    static let useCases = object([
        (
            "data",
            array(
                object([
                    ("id", string()), ("version", string()), ("title", string()),
                    ("from", string([("enum", .strings(["shipped", "project"]))])), ("origin", nullable("string")),
                    ("requirements", string()),
                    (
                        "deployment",
                        .object([
                            (
                                "anyOf",
                                .array([
                                    object([("number", integer), ("version", string())]),
                                    .object([("type", .string("null"))]),
                                ])
                            )
                        ])
                    ),
                ]))
        )
    ])

    static let requirements = object([
        ("useCase", string()), ("met", boolean),
        (
            "data",
            array(
                object([
                    ("subject", string()), ("level", string()), ("status", string()), ("evidence", strings),
                    ("hints", strings),
                ]))
        ),
    ])

    static let segmentation = object([
        ("id", string()), ("name", string()), ("kind", string()), ("useCase", string()),
        ("asOf", nullable("string")),
        (
            "segments",
            .object([
                (
                    "anyOf",
                    .array([
                        array(object([("segment", string()), ("customers", integer)])),
                        .object([("type", .string("null"))]),
                    ])
                )
            ])
        ),
        ("definition", string()),
    ])
}
