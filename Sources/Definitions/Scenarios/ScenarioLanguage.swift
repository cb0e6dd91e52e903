import Quantities

extension Language {
    /// `usecases/<id>/tests/*.yaml`
    package static let scenarios = Language(
        name: "tests", title: "Tenure tests of a use case", root: ScenarioShapes.root, definitions: [:],
        hasParameters: false)
}

/// The vocabulary of a use case's tests, with the sentences that editors show.
enum ScenarioShapes {
    /// The keys of an event that are no attributes.
    static let eventKeys = ["event", "customer", "at"]

    private static let name = Shape.form(.name)
    private static let values = Shape.entries(
        "the values", key: TextShape(form: .parameterName), .oneOrMany(.text(), 0...10_000),
        doc: "Values of the use case's parameters.")

    static let root = Shape.mapping(
        "the tests",
        [
            .optional("project", .mapping("the project", project), "The project that the tests are in."),
            .optional(
                "keys", .entries("the keys", key: TextShape(form: .name), keys, doc: "By event."),
                "How events relate to purchases, as under event: of a source."),
            .optional("values", values, "Values of the use case's parameters, for all tests of the file."),
            .required("tests", .list(scenario), "The tests."),
        ])

    /// What a project has beside its sources.
    private static let project: [Field] =
        ProjectShapes.policies + [
            .optional("timezone", .text(example: "Europe/London"), "IANA timezone.", default: "UTC"),
            .optional(
                "currency", .form(.currency, example: "EUR"), "Currency of amounts that name none.", default: "EUR"),
            .optional(
                "rates",
                .list(
                    .mapping(
                        "a rate",
                        [
                            .required("date", .form(.moment, example: "2026-01-31"), "From this day on."),
                            .required("currency", .form(.currency, example: "USD"), "Of one unit of this currency."),
                            .required("rate", .anyNumber, "In the display currency, or that of `to`."),
                            .optional(
                                "to", .form(.currency, example: "GBP"), "Another currency that the rate leads into."),
                        ])), "Exchange rates into the display currency, and others."),
        ]

    private static let keys = Shape.mapping(
        "the keys of an event",
        [
            .optional("key", name, "The attribute that is the purchase key."),
            .optional("amount", name, "The attribute that holds the amount; negative rows of a key are refunds."),
            .optional("parent", name, "The attribute that holds the key of the parent purchase."),
            .optional("refers_to", ProjectShapes.reference, "For refunds: the purchase they belong to."),
        ])

    private static let scenario = Shape.mapping(
        "a test",
        [
            .required("name", name, "What it shows, in a sentence."),
            .optional("values", values, "Values of the use case's parameters."),
            .optional(
                "options",
                .entries(
                    "the options", key: TextShape(form: .parameterName), .oneOrMany(.text(), 1...20),
                    doc: "Options of tenure evaluate, without dashes."),
                "The window and other policies, as the options of tenure evaluate: from, to, as_of, by, ..."),
            .required(
                "given",
                .mapping(
                    "the given data",
                    [
                        .optional(
                            "customers",
                            .entries(
                                "the customers", key: TextShape(form: .name),
                                .entries("the properties", key: TextShape(form: .name), .text(), doc: "By name."),
                                doc: "By id."), "Properties of customers, by id."),
                        .optional(
                            "events",
                            .list(
                                .entries("an event", key: TextShape(form: .name), .text(), 3...200, doc: "By name."),
                                0...10_000), "Events: {event, customer, at} and any attributes."),
                    ]), "The data."),
            .required(
                "expect",
                .mapping(
                    "the expected results",
                    [
                        .optional("metrics", metrics("the metrics"), "Metrics by report: of its total."),
                        .optional(
                            "rows",
                            .entries(
                                "the rows", key: TextShape(form: .name), metrics("the rows of a report"),
                                doc: "By report."), "Metrics by report and row: the label of its dimension."),
                        .optional(
                            "segments",
                            .entries(
                                "the segments", key: TextShape(form: .name),
                                .entries("the customers", key: TextShape(form: .name), name, doc: "By id."),
                                doc: "By segmentation."), "The segment of customers, by segmentation."),
                        .optional("warnings", .oneOrMany(name), "Texts that warnings hold."),
                    ]), "What should come of it."),
        ])

    private static func metrics(_ name: String) -> Shape {
        .entries(
            name, key: TextShape(form: .name),
            .entries(
                "the metrics", key: TextShape(form: .name), .text(example: "20.25"), doc: "By name; none for null."),
            doc: "By name.")
    }
}
