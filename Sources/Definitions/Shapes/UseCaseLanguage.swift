import Quantities

extension Language {
    /// `usecase.yaml`
    package static let useCase = Language(
        name: "usecase", title: "Tenure use case", root: UseCaseShapes.root, definitions: UseCaseShapes.definitions,
        hasParameters: true)

    /// `templates/segmentations/*.yaml`
    package static let template = Language(
        name: "template", title: "Tenure segmentation template", root: UseCaseShapes.template,
        definitions: UseCaseShapes.definitions, hasParameters: true)

    /// The `parameters:` of a use case or template, which are read before the rest is filled in.
    static let parameters = Language(
        name: "parameters", title: "Parameters", root: UseCaseShapes.parameters, definitions: [:], hasParameters: false)

    /// `values.yaml`
    package static let values = Language(
        name: "values", title: "Tenure values",
        root: .entries(
            "the values", key: TextShape(form: .id),
            .entries(
                "the values of a use case", key: TextShape(form: .parameterName),
                .oneOrMany(.text(), 0...10_000), doc: "Values by parameter."),
            doc: "Values of parameters, by use case."),
        definitions: [:], hasParameters: false)
}

/// The vocabulary of use cases, with the sentences that editors show.
enum UseCaseShapes {
    static let definitions: [String: Shape] = [
        ConditionShapes.name: ConditionShapes.shape, "attribute_requirement": RequirementShapes.attribute,
        "segment": segment,
        "requirement": RequirementShapes.requirement,
        "charge_segments": .oneOrMany(name, 1...200),
    ]

    private static let name = Shape.form(.name)
    private static let id = Shape.form(.id, example: "email-subscription")
    private static let level = Shape.words(RequirementLevel.self)
    private static let condition = Shape.named(ConditionShapes.name)

    static let root = Shape.mapping(
        "a use case",
        [
            .required("use_case", id, "Stable id of the use case."),
            .required("version", .form(.version, example: "1.0.0"), "Version of the definition."),
            .required("title", .text(), "Name shown to users."),
            .optional("description", .text(), "What the use case gives, in one or two sentences."),
            .optional("parameters", parameters, "What a project can adjust without changing the definition."),
            .optional("requirements", .list(.named("requirement"), 0...200), "What the project's data should hold."),
            .optional(
                "event_segmentations", .list(segmentation(isCustomer: false), 0...100),
                "Ordered segments over one event type; the first match wins."),
            .optional(
                "customer_segmentations", .list(segmentation(isCustomer: true), 0...100),
                "Ordered segments over customers; the first match wins, all others are in the remainder."),
            .required("purchases", purchases, "Which events are purchases, and how their states are read."),
            .optional(
                "metrics",
                .entries("the metrics", key: TextShape(form: .identifier), metric, 0...500, doc: "Metrics by name."),
                "Measures of the data, and formulas over other metrics."),
            .optional("dashboard", dashboard, "The reports that are deployed and evaluated."),
        ])

    static let template = Shape.mapping(
        "a template",
        [
            .required("template", id, "Name of the template; the file is called the same."),
            .required(
                "kind", .words(TemplateKind.self), "What the template makes."),
            .optional("description", .text(), "What it is for."),
            .optional("parameters", parameters, "What the user of the template gives under with:."),
            .required("asset", .mapping(ownSegmentation(isCustomer: nil)), "The segmentation, with {{ parameters }}."),
        ])

    static let parameters = Shape.entries(
        "the parameters", key: TextShape(form: .parameterName),
        .mapping(
            "a parameter",
            [
                .required("type", .words(Parameter.Kind.self), "Kind of value."),
                .optional(
                    "default", .oneOrMany(.text(), 0...10_000),
                    "Value unless told otherwise; without it one must be given."),
                .optional("description", .text(), "What it is, for the person who sets it."),
                .optional("allowed", .list(.text(), 1...200), "The only values that are possible."),
            ]), 0...200, doc: "Parameters by name.")

    static func segmentation(isCustomer: Bool) -> Shape {
        .choice(
            ChoiceShape(
                name: "a segmentation",
                options: [
                    .init(key: "id", mapping: ownSegmentation(isCustomer: isCustomer)),
                    .init(
                        key: "template",
                        mapping: MappingShape(
                            name: "a use of a template",
                            fields: [
                                .required("template", .form(.name), "Name of the template."),
                                .optional(
                                    "with",
                                    .entries(
                                        "the values", key: TextShape(form: .parameterName),
                                        .oneOrMany(.text(), 0...10_000), doc: "Values of the template's parameters."),
                                    "Values of the template's parameters."),
                            ])),
                ]))
    }

    /// - Parameter isCustomer: nil allows the keys of both kinds (templates, whose kind is checked afterwards).
    static func ownSegmentation(isCustomer: Bool?) -> MappingShape {
        var fields: [Field] = [
            .required("id", id, "Stable id; renaming the segmentation keeps it."),
            .required("name", name, "Name shown to users."),
        ]
        if isCustomer != true {
            fields.append(
                Field(name: "event", shape: name, isRequired: isCustomer == false, doc: "The event type it divides."))
        }
        fields.append(.required("segments", .list(.named("segment"), 1...200), "The segments in order."))
        if isCustomer != false {
            fields.append(
                Field(
                    name: "remainder", shape: name, isRequired: isCustomer == true,
                    doc: "Name of those who are in no segment."))
        }
        return MappingShape(name: "a segmentation", fields: fields)
    }

    private static let segment = Shape.mapping(
        "a segment",
        [
            .required("name", name, "Name of the segment."),
            .required("when", condition, "Who or what is in it, unless an earlier segment took it."),
        ])

    private static let segmentChoice = Shape.mapping(
        "a choice of segments",
        [
            .required("segmentation", name, "Id of an event segmentation over the purchase event."),
            .required("in", .oneOrMany(name, 1...200), "Names of its segments."),
        ])

    private static let purchases = Shape.mapping(
        "the purchase definition",
        [
            .required("event", name, "The event that records a purchase."),
            .required("amount", name, "Its attribute that holds the amount."),
            .optional("currency", name, "Its attribute that holds the ISO 4217 currency."),
            .required("success", segmentChoice, "The states that count."),
            .optional("canceled", segmentChoice, "The states that are a cancelled purchase."),
            .optional("exclude", condition, "Test orders: removed before anything else looks at them."),
            .optional(
                "zero_amount", .words(["count", "ignore"]), "Whether a successful purchase of amount 0 is a purchase.",
                default: "count"),
            .optional(
                "refunds",
                .mapping(
                    "the refund definition",
                    [
                        .required("event", name, "The event that gives money back."),
                        .required("amount", name, "Its attribute that holds the amount."),
                        .optional("currency", name, "Its attribute that holds the currency."),
                    ]), "Refunds that are events of their own."),
            .optional(
                "charges",
                .mapping(
                    "the charge definition",
                    [
                        .required("segmentation", name, "Id of an event segmentation over the purchase event."),
                        .required("first_charge", .named("charge_segments"), "Its segments that are first charges."),
                        .optional("upsell", .oneOrMany(name, 0...200), "Its segments that are upsells."),
                        .optional("rebill", .oneOrMany(name, 0...200), "Its segments that are renewals."),
                        .optional(
                            "links", .oneOrMany(name, 0...20),
                            "Attributes that a charge shares with its first charge, tried in order."),
                    ]), "How purchases divide into first charges, upsells and rebills."),
        ])

    static let scopes = ["window", "active", "acquired", "charges", "history"]
    static let charges = ["first_charge", "upsell", "rebill"]

    private static let metricFields: [Field] = [
        .optional("title", .text(), "Name shown to users.", default: "the metric's name"),
        .optional("explanation", .text(), "How the number is computed, in words."),
        .optional(
            "unit", .words(["ratio", "number", "periods"]), "How a plain number is shown; ratio is shown in per cent."),
    ]

    private static let metric = Shape.choice(
        ChoiceShape(
            name: "a metric",
            options: [
                .init(
                    key: "measure",
                    mapping: MappingShape(
                        name: "a measure",
                        fields: [
                            .required("measure", .words(MeasureName.self), "What is added up."),
                            .optional("scope", .words(scopes), "Whose purchases.", default: "window"),
                            .optional("at_least", .integer(1, 1_000_000), "Purchases of a repeat buyer."),
                            .optional(
                                "quantile", RequirementShapes.share, "Which quantile, 0 to 1; 0.5 is the median."),
                            .optional("charge", .words(charges), "Which kind of charge."),
                            .optional("filter", condition, "Which purchases."),
                        ] + metricFields)),
                .init(
                    key: "formula",
                    mapping: MappingShape(
                        name: "a formula",
                        fields: [
                            .required(
                                "formula", .text(example: "revenue / purchases"),
                                "Arithmetic over metrics; of_total(x), of_cohort(x), cumulative(x), share(a, b).")
                        ] + metricFields)),
            ]))

    private static let dashboard = Shape.mapping(
        "a dashboard",
        [
            .required("id", id, "Stable id; renaming the dashboard keeps it."),
            .required("name", name, "Name shown to users."),
            .optional("drill_down", .oneOrMany(name, 0...100), "Metrics that --by shows."),
            .optional(
                "groupings",
                .entries(
                    "the groupings", key: TextShape(form: .dottedName),
                    .mapping(
                        "a named grouping",
                        [
                            .optional("title", .text(), "Heading of its column.", default: "the grouping's name"),
                            .required("by", grouping, "What rows are grouped by."),
                        ]), 0...50, doc: "Groupings by name."),
                "What readers are offered to group by, one at a time; the first is shown first."),
            .optional(
                "exclusions",
                .entries(
                    "the exclusions", key: TextShape(form: .dottedName),
                    .mapping(
                        "a named exclusion",
                        [
                            .optional("title", .text(), "What readers call it.", default: "the exclusion's name"),
                            .required("attribute", name, "The attribute of the purchase whose values are left out."),
                        ]), 0...50, doc: "Exclusions by name."),
                "Attributes by whose values readers may leave purchases out."),
            .required("reports", .list(report, 1...100), "The reports in order."),
        ])

    private static let calendarUnits = Shape.words(CalendarUnit.self)

    private static let grouping = Shape.textOr(
        TextShape(allowed: ["currency"]),
        .choice(
            ChoiceShape(
                name: "a grouping",
                options: [
                    grouping("attribute", name, "An attribute of the purchase."),
                    grouping("property", name, "A property of the customer."),
                    grouping("segmentation", name, "A segmentation, by id."),
                    grouping("calendar", calendarUnits, "The calendar bucket of the purchase."),
                    grouping("cohort", calendarUnits, "The calendar bucket of the customer's first purchase, by age."),
                    grouping("purchase_count", classes, "The customer's number of purchases, in classes."),
                    grouping("days_to_second_purchase", classes, "Days from first to second purchase, in classes."),
                ])))

    private static let classes = Shape.list(.integer(0, 1_000_000), 1...100)

    private static func grouping(_ key: String, _ shape: Shape, _ doc: String) -> ChoiceShape.Option {
        .init(key: key, mapping: MappingShape(name: "a grouping", fields: [.required(key, shape, doc)]))
    }

    private static let report = Shape.choice(
        ChoiceShape(
            name: "a report",
            options: ReportDefinition.Kind.allCases.map { kind in
                if kind == .forecast { return forecast }
                var fields: [Field] = [
                    .required(kind.rawValue, id, "Stable id of the report; the key is its kind."),
                    .required("title", .text(), "Heading of the report."),
                    .optional("by", .oneOrMany(grouping, 0...3), "What rows are grouped by."),
                    .required("metrics", .oneOrMany(name, 1...50), "The metrics in order."),
                    .optional("filter", condition, "Which purchases the report is about."),
                    .optional(
                        "period", .form(.period, example: "quarter"), "Periods of retention, churn and lifespan.",
                        default: "month"),
                ]
                if kind == .kpi {
                    fields.append(
                        .optional("compare", .words(["previous_period"]), "What the numbers are compared to."))
                }
                return .init(
                    key: kind.rawValue, mapping: MappingShape(name: "a \(kind.rawValue) report", fields: fields))
            }))

    private static let forecast = ChoiceShape.Option(
        key: ReportDefinition.Kind.forecast.rawValue,
        mapping: MappingShape(
            name: "a forecast report",
            fields: [
                .required("forecast", id, "Stable id of the report; the key is its kind."),
                .required("title", .text(), "Heading of the report."),
                .optional("by", .oneOrMany(grouping, 0...1), "A customer segmentation, or the cohort."),
                .optional(
                    "show", .words(ForecastDefinition.Shown.self),
                    "Expected value; of the last known period its forecast by repeat purchases before, and how far the model and"
                        + " others were off; repeat purchases month by month; customers by repeat purchases.",
                    default: "value"),
                .optional(
                    "scope", .words(ForecastDefinition.CustomerScope.self),
                    "Whose value: of all customers, of those with a purchase in the window, or of those whose first purchase is"
                        + " in it. The model is fitted to all.",
                    default: "history"),
                .optional("horizon", .form(.span, example: "12 months"), "How far it looks.", default: "12 months"),
                .optional(
                    "discount_rate", .number(NumberShape(isInteger: false, minimum: 0, maximum: 1)),
                    "What money is worth less in a year: 0.1 for 10 %.", default: "0.1"),
                .optional(
                    "margin", .number(NumberShape(isInteger: false, minimum: 0, maximum: 1)),
                    "The share of revenue that counts as value: 0.4 for 40 %.", default: "1"),
            ]))
}
