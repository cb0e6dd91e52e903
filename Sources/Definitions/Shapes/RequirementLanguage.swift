import Quantities

/// The vocabulary of `requirements:`, with the sentences that editors show.
enum RequirementShapes {
    private static let name = Shape.form(.name)
    private static let id = Shape.form(.id, example: "purchase-success")
    private static let level = Shape.words(RequirementLevel.self)

    private static let attributes = Field.optional(
        "attributes",
        .entries(
            "the attributes", key: TextShape(form: .name), .named("attribute_requirement"), doc: "Attributes by name."),
        "Attributes that its rows should have.")

    static let share = Shape.number(NumberShape(isInteger: false, minimum: 0, maximum: 1))

    private static let attributeFields: [Field] = [
        .optional("type", .words(AttributeType.self), "Type of its values.", default: "string"),
        .optional("min_coverage", share, "Share of rows that should have a value, 0 to 1."),
        .optional("allowed", .list(.text(), 1...1000), "The only values that should occur."),
    ]

    private static let levelField = Field.optional("level", level, "How badly it is needed.", default: "required")

    static let attribute = Shape.mapping(
        "the requirement of an attribute", attributeFields + [levelField])

    static let requirement = Shape.choice(
        ChoiceShape(
            name: "a requirement",
            options: [
                option(
                    "event", name, "The event type that should be there.",
                    [
                        attributes,
                        .optional(
                            "key", .mapping("the requirement of a key", [levelField]),
                            "The import should name the attribute that is the purchase key."),
                    ]),
                option("property", name, "The customer property that should be there.", attributeFields),
                option("consent", name, "The consent category that should be there.", []),
                option("catalog", name, "The catalog of the project that should be there.", [attributes]),
                option(
                    "any_of", .list(.named("requirement"), 2...50), "One of these should be there.",
                    [.required("title", .text(), "What they are sources of, for the reader.")]),
                option(
                    "segmentation", id, "The segmentation that should leave few in no segment, by id.",
                    [
                        .required(
                            "max_remainder", share, "The largest share that may be in no segment, 0 to 1.")
                    ]),
                option(
                    "freshness",
                    .mapping(
                        "a requirement of freshness",
                        [
                            .required("event", name, "The event type."),
                            .required(
                                "within", .form(.span, example: "7 days"), "Its newest row is not older than that."),
                        ]), "The event should have been imported lately.", []),
                option(
                    "history",
                    .mapping(
                        "a requirement of history",
                        [
                            .required("event", name, "The event type."),
                            .required("at_least", .form(.span, example: "12 months"), "How far it should reach back."),
                        ]), "The event's history should reach back that far.", []),
                option(
                    "sufficiency",
                    .mapping(
                        "a requirement of sufficiency",
                        [
                            .optional("buyers", count, "At least that many customers with a purchase."),
                            .optional(
                                "with_purchases",
                                .mapping(
                                    "with_purchases",
                                    [
                                        .required("at_least", count, "That many purchases."),
                                        .required("buyers", count, "At least that many customers have them."),
                                    ]), "At least some customers with several purchases."),
                            .optional(
                                "newest_event_within", .form(.span, example: "30 days"),
                                "The newest event is not older than this."),
                        ]), "There should be enough data for the numbers to mean something.", []),
            ]))

    private static func option(_ key: String, _ shape: Shape, _ doc: String, _ more: [Field]) -> ChoiceShape.Option {
        .init(
            key: key,
            mapping: MappingShape(name: "a requirement", fields: [.required(key, shape, doc), levelField] + more))
    }

    private static let count = Shape.integer(1, 1_000_000_000)
}
