/// The shapes of conditions, shared by use cases, templates and mappings.
enum ConditionShapes {
    static let name = "condition"

    static let shape = Shape.choice(
        ChoiceShape(name: "a condition", options: combinations + subjects.map { test($0.key, $0.doc) }))

    static let subjects: [(key: String, doc: String)] = [
        ("attribute", "The event attribute to look at."),
        ("property", "The customer property to look at."),
        ("consent", "The consent category to look at; only with is: valid."),
        ("segmentation", "The segmentation whose segment is looked at, by id."),
        ("aggregate", "A number of the customer's purchases: \(listed(aggregates))."),
        ("column", "The column of the file to look at (mappings only)."),
    ]

    static let aggregates = [
        "purchases", "canceled_purchases", "revenue", "average_purchase_value", "days_since_first_purchase",
        "days_since_last_purchase", "expected_orders", "expected_value", "no_order_chance",
    ]

    /// Both ends are left out, which no shape can say: see `ConditionValidation`.
    private static let quantile = Shape.number(NumberShape(isInteger: false, minimum: 0, maximum: 1))

    static let testKeys = tests.map(\.name)

    private static let combinations: [ChoiceShape.Option] = [
        combination("all", .list(.named(name), 1...200), "True where every one of these conditions is."),
        combination("any", .list(.named(name), 1...200), "True where at least one of these conditions is."),
        combination("not", .named(name), "True where this condition is false."),
    ]

    private static func combination(_ key: String, _ shape: Shape, _ doc: String) -> ChoiceShape.Option {
        .init(key: key, mapping: MappingShape(name: "a condition", fields: [.required(key, shape, doc)]))
    }

    private static func test(_ key: String, _ doc: String) -> ChoiceShape.Option {
        let shape: Shape = key == "aggregate" ? .words(aggregates) : .form(.name)
        return .init(
            key: key,
            mapping: MappingShape(
                name: "a condition", fields: [.required(key, shape, doc)] + tests,
                groups: [.init(keys: testKeys, isRequired: true)]))
    }

    private static let tests: [Field] = [
        .optional("in", .oneOrMany(.text(), 0...10_000), "Equal to one of these texts; never true for none."),
        .optional("equals", .text(), "Equal to this text."),
        .optional("not_in", .oneOrMany(.text(), 0...10_000), "Equal to none of these texts; true for a missing value."),
        .optional("not_equals", .text(), "Not equal to this text; true for a missing value."),
        .optional("starts_with", .form(.name), "Begins with this text."),
        .optional("ends_with", .form(.name), "Ends with this text."),
        .optional("contains", .form(.name), "Holds this text."),
        .optional("at_least", .anyNumber, "A number of at least this."),
        .optional("greater_than", .anyNumber, "A number greater than this."),
        .optional("at_most", .anyNumber, "A number of at most this."),
        .optional("less_than", .anyNumber, "A number less than this."),
        .optional(
            "at_most_quantile", quantile,
            "For aggregates: at most this quantile of all buyers; 0.2 is the lowest fifth of them, and ties with it."),
        .optional("above_quantile", quantile, "For aggregates: above this quantile of all buyers."),
        .optional("from", .form(.moment, example: "2026-01-31"), "At or after this date or instant."),
        .optional("before", .form(.moment, example: "2026-01-31"), "Before this date or instant."),
        .optional("exists", .boolean, "true: there is a value; false: there is none."),
        .optional("is", .words(["valid"]), "For consents: the consent is given."),
    ]
}
