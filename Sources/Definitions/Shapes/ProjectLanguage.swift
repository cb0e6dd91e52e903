extension Language {
    /// `project.yaml`
    package static let project = Language(
        name: "project", title: "Tenure project", root: ProjectShapes.root,
        definitions: [ConditionShapes.name: ConditionShapes.shape, "field": ProjectShapes.field],
        hasParameters: false)

    /// The languages of files, for `tenure schema`.
    package static let all: [Language] = [.useCase, .template, .project, .values, .scenarios]
}

/// The vocabulary of project.yaml, with the sentences that editors show.
enum ProjectShapes {
    static let engines = ["embedded", "spark"]
    static let formats = ["csv", "ndjson", "sqlite"]
    static let delimiters = ["comma", "semicolon", "tab", "pipe", "whitespace"]

    private static let name = Shape.form(.name)
    private static let currency = Shape.form(.currency, example: "EUR")
    private static let condition = Shape.named(ConditionShapes.name)
    private static let fieldReference = Shape.named("field")

    static let root = Shape.mapping(
        "a project",
        [
            .required("name", name, "Name of the project."),
            .optional(
                "timezone", .text(example: "Europe/London"), "IANA timezone of calendar days and date-only bounds.",
                default: "UTC"),
            .required("currency", currency, "ISO 4217 currency of amounts that name none."),
            .optional(
                "engine", .textOr(TextShape(example: "embedded"), engine),
                "embedded, spark, or {spark: {remote, token}}: what evaluates.", default: "embedded"),
            .optional(
                "fx",
                .mapping(
                    "the fx setting",
                    [
                        .required(
                            "file", name,
                            "CSV with the columns date, currency, rate, and to for rates into several currencies."),
                        .optional(
                            "policy", .words(["event_date", "as_of"]), "Which day's rate counts.",
                            default: "event_date"),
                    ]), "Exchange rates into the display currency, and others."),
            .required("sources", .list(source, 1...200), "Where the data is, and what its rows become."),
            .optional(
                "catalogs",
                .entries(
                    "the catalogs", key: TextShape(form: .name), catalog, 0...100, doc: "Catalogs by name."),
                "Tables of things that events name, such as products, by name."),
        ] + policies)

    /// What decides the numbers, beside the data.
    static let policies: [Field] = [
        .optional("display_currency", currency, "Currency of sums over several.", default: "currency"),
        .optional(
            "as_of", .text(example: "2026-01-31"), "data (the newest event), now, or a fixed date or instant.",
            default: "data"),
        .optional(
            "revenue_basis", .words(["net", "gross"]), "Whether refunds reduce revenue.", default: "net"),
        .optional(
            "refund_dating", .words(["order", "refund"]), "On which date refunds are booked.", default: "order"),
        .optional(
            "consent_as_of", .words(["now", "at_purchase"]), "At which time consents are looked at.",
            default: "now"),
        .optional(
            "attribution", .words(["anchored", "period"]), "How upsells and rebills are attributed.",
            default: "anchored"),
        .optional(
            "consents",
            .entries(
                "the consents", key: TextShape(form: .name),
                .mapping(
                    "a consent",
                    [
                        .required("property", name, "The customer property that holds it."),
                        .required("valid", .oneOrMany(.text()), "Its values that mean consent."),
                    ]), doc: "Consents by category."),
            "Consents held by customer properties, by category."),
        .optional(
            "consent_events",
            .mapping(
                "the consent events",
                [
                    .optional("event", name, "The event type.", default: "consent"),
                    .optional("category", name, "Attribute of the category.", default: "category"),
                    .optional("action", name, "Attribute of accept or reject.", default: "action"),
                    .optional("valid_until", name, "Attribute of the end.", default: "valid_until"),
                ]), "Consents given by events."),
    ]

    private static let engine = Shape.mapping(
        "the engine",
        [
            .required(
                "spark",
                .mapping(
                    "the connection to Spark",
                    [
                        .optional(
                            "remote", .text(example: "sc://spark.example:15002"),
                            "Address of the Spark Connect server.", default: "SPARK_REMOTE of the environment"),
                        .optional("token", .text(example: "${env:SPARK_TOKEN}"), "What the server knows us by."),
                        .optional(
                            "timeout", .integer(1, 1_000_000), "Seconds that one statement may take.",
                            default: "as long as it takes"),
                        .optional(
                            "views", .text(example: "analytics.segments"),
                            "Schema that tenure deploy --views makes views in.", default: "the session's"),
                    ]), "Evaluates on Apache Spark, on the tables that sources name.")
        ])

    private static let source = Shape.mapping(
        "a source",
        [
            .required("name", name, "Name of the source, unique in the project."),
            .optional(
                "file", .oneOrMany(name), "Paths relative to the project; * and ? match within a name."),
            .optional(
                "tracking", .words(Source.TrackedKind.self),
                "What programs post to the server, instead of files: customers/events, or customers."),
            .optional(
                "table", name, "Where Spark has the same rows: a table or view of its catalog, such as sales.orders."),
            .optional("parquet", name, "Where Spark has the same rows: Parquet files, such as s3a://lake/orders."),
            .optional(
                "row_order", name,
                "The table's column, a number or a timestamp, that tells which of two rows came later."),
            .optional("format", .words(formats), "Kind of file, where its extension does not say."),
            .optional("query", name, "SQL that gives the rows of an SQLite file."),
            .optional("csv", csv, "How a CSV file is written."),
            .optional("customer", fieldReference, "The customer's id."),
            .optional(
                "customer_through",
                .mapping(
                    "a customer through a purchase",
                    [
                        .required("event", name, "The event type with the key."),
                        .required("key", fieldReference, "The column that holds its key."),
                    ]), "For rows that name a purchase and no customer."),
            .optional(
                "without_customer", .words(Source.WithoutCustomer.self), "What happens to rows without customer.",
                default: "reject"),
            .optional("where", condition, "Rows for which this is false are left out."),
            .optional("event", event, "The event that a row becomes."),
            .optional(
                "properties",
                .entries("the properties", key: TextShape(form: .name), fieldReference, 1...2000, doc: ""),
                "Customer properties by name."),
        ],
        groups: [
            .init(keys: ["file", "tracking", "table", "parquet"], isRequired: true, isExclusive: false),
            .init(keys: ["file", "tracking"], isRequired: false), .init(keys: ["table", "parquet"], isRequired: false),
        ])

    private static let catalog = Shape.mapping(
        "a catalog",
        [
            .required(
                "file", .oneOrMany(name), "Paths relative to the project; * and ? match within a name."),
            .optional("format", .words(formats), "Kind of file, where its extension does not say."),
            .optional("query", name, "SQL that gives the rows of an SQLite file."),
            .optional("csv", csv, "How a CSV file is written."),
            .required("key", name, "The column that tells its items apart."),
        ])

    private static let csv = Shape.mapping(
        "the CSV options",
        [
            .optional(
                "delimiter", .text(example: "semicolon"),
                "comma, semicolon, tab, pipe, whitespace, or one character.", default: "comma; tab for .tsv"),
            .optional("encoding", .words(CSVOptions.Encoding.self), "Encoding of the text.", default: "auto"),
            .optional("columns", .list(name, 1...20_000), "Column names, where the file has no header."),
            .optional("decimal", .words([".", ","]), "Decimal separator of numbers.", default: "."),
            .optional("skip_lines", .integer(0, 1_000_000), "Lines before the header.", default: "0"),
            .optional("quote", .text(example: "none"), "The quote character, or none.", default: "\""),
        ])

    private static let event = Shape.mapping(
        "an event mapping",
        [
            .required(
                "type",
                .textOr(
                    TextShape(form: .name),
                    .mapping("an event type", [.required("column", name, "The column that holds the type.")])),
                "The event type, or {column: name}."),
            .required(
                "timestamp",
                .textOr(
                    TextShape(form: .name),
                    .mapping(
                        "a timestamp",
                        [
                            .required("column", name, "The column."),
                            .optional(
                                "format", .text(example: "dd/MM/yyyy HH:mm"),
                                "iso8601, unix, unix_ms, unix_us or a pattern.", default: "iso8601"),
                            .optional("zone", .text(), "Timezone of times without offset.", default: "the project's"),
                        ])),
                "When it happened: a column, or {column, format, zone}."),
            .optional("key", name, "The attribute that is the purchase key."),
            .optional("refers_to", reference, "For refunds: the purchase they belong to."),
            .optional("parent", name, "The attribute that holds the key of the parent purchase."),
            .optional("amount", name, "The attribute that holds the amount; negative rows of a key are refunds."),
            .optional(
                "attributes",
                .entries("the attributes", key: TextShape(form: .name), fieldReference, 1...2000, doc: ""),
                "Attributes of the event by name."),
            .optional(
                "fold",
                .mapping(
                    "a fold",
                    [
                        .required("by", name, "Rows with the same value of this attribute become one event."),
                        .optional("sum", .oneOrMany(name, 0...100), "Attributes that are added up."),
                    ]), "Several rows that are one event, such as the lines of an order."),
        ])

    static let reference = Shape.mapping(
        "a reference",
        [
            .required("event", name, "The event type that is referred to."),
            .required("key", name, "The attribute of this event that holds its key."),
        ])

    static let field = Shape.textOr(
        TextShape(form: .name),
        .mapping(
            "a field",
            [
                .optional("column", name, "The column; for NDJSON a path with dots."),
                .optional("value", .text(), "A fixed value."),
                .optional("cases", .list(fieldCase, 1...1000), "Values by condition; the first match wins."),
                .optional("expression", .text(example: "Quantity * UnitPrice"), "Arithmetic over columns."),
                .optional("type", .words(AttributeType.self), "Type of the values.", default: "string"),
                .optional("format", .text(example: "dd/MM/yyyy"), "Format of timestamps.", default: "iso8601"),
                .optional("missing", .oneOrMany(.text()), "Texts that mean no value, beside the empty one."),
                .optional("trim", .boolean, "Removes blanks at both ends."),
                .optional("strip_prefix", name, "Removes this text at the beginning."),
                .optional("strip_suffix", name, "Removes this text at the end."),
                .optional("strip_leading_zeros", .boolean, "Removes zeros at the beginning."),
                .optional("lowercase", .boolean, "Turns letters into small ones."),
                .optional("uppercase", .boolean, "Turns letters into capitals."),
            ], groups: [.init(keys: ["column", "value", "cases", "expression"], isRequired: true)]))

    private static let fieldCase = Shape.choice(
        ChoiceShape(
            name: "a case",
            options: [
                .init(
                    key: "when",
                    mapping: MappingShape(
                        name: "a case",
                        fields: [
                            .required("when", condition, "When the value applies."),
                            .required("value", .text(), "The value."),
                        ])),
                .init(
                    key: "else",
                    mapping: MappingShape(
                        name: "the last case", fields: [.required("else", .text(), "The value in all other cases.")])),
            ]))
}
