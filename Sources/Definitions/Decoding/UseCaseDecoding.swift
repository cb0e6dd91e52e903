import Diagnostics
import Quantities

/// What could be read of a use case. Parts that are wrong are left out; their names stay known, so that whatever refers
/// to them is not reported as well.
struct UseCaseDraft {
    var requirements: [Requirement] = []
    var eventSegmentations: [EventSegmentationDefinition] = []
    var customerSegmentations: [CustomerSegmentationDefinition] = []
    var purchases: PurchasesDefinition?
    var metrics: [MetricDefinition] = []
    var dashboard: DashboardDefinition?
    /// Segmentation ids and metric names as written, also of parts left out.
    var segmentationIDs: [Located<String>] = []
    var metricNames: [String] = []
    /// A segmentation whose id is not known was left out: references cannot be checked.
    var lacksSegmentations = false
    /// Malformed formulas.
    var diagnostics: [Diagnostic] = []

    /// - Parameters:
    ///   - root: filled in and checked.
    ///   - segmentations: the lists of the two kinds with templates expanded.
    init(_ root: Node, eventSegmentations: [Node], customerSegmentations: [Node]) {
        let fields = Fields(root)
        requirements = fields.elements("requirements").compactMap(Requirement.decode)
        for node in eventSegmentations {
            note(node)
            if let definition = EventSegmentationDefinition.decode(node) { self.eventSegmentations.append(definition) }
        }
        for node in customerSegmentations {
            note(node)
            if let definition = CustomerSegmentationDefinition.decode(node) {
                self.customerSegmentations.append(definition)
            }
        }
        purchases = fields.node("purchases").flatMap(PurchasesDefinition.decode)
        for entry in fields.entries("metrics") {
            guard let name = Fields.text(entry.key) else { continue }
            metricNames.append(name.value)
            switch MetricDefinition.decode(name, entry.value) {
            case .success(let metric): if let metric { metrics.append(metric) }
            case .failure(let problem): diagnostics.append(problem)
            }
        }
        dashboard = fields.node("dashboard").flatMap(DashboardDefinition.decode)
    }

    private mutating func note(_ node: Node) {
        if let id = Fields(node).text("id") { segmentationIDs.append(id) } else { lacksSegmentations = true }
    }
}

extension Requirement {
    static func decode(_ node: Node) -> Requirement? {
        let fields = Fields(node)
        let level: Located<RequirementLevel>? = fields.word("level")
        guard let kind = kind(fields, level?.value ?? .required) else { return nil }
        return Requirement(level: level?.value ?? .required, place: node.headPlace, kind: kind)
    }

    private static func kind(_ fields: Fields, _ level: RequirementLevel) -> Kind? {
        if let name = fields.string("event") {
            let key: RequirementLevel? = fields.node("key").map { node in
                let level: Located<RequirementLevel>? = Fields(node).word("level")
                return level?.value ?? .required
            }
            return .event(name: name, attributes: attributes(fields), key: key)
        }
        if let name = fields.text("property") {
            return .property(name: name.value, AttributeRequirement.decode(name, fields))
        }
        if let category = fields.string("consent") { return .consent(category: category) }
        if let node = fields.node("history") {
            let history = Fields(node)
            guard let event = history.string("event"), let span = history.span("at_least") else { return nil }
            return .history(event: event, atLeast: span)
        }
        if let node = fields.node("freshness") {
            let freshness = Fields(node)
            guard let event = freshness.string("event"), let span = freshness.span("within") else { return nil }
            return .freshness(event: event, within: span)
        }
        if let name = fields.string("catalog") {
            return .catalog(name: name, attributes: attributes(fields))
        }
        if let segmentation = fields.text("segmentation") {
            return fields.number("max_remainder").map { .remainder(segmentation: segmentation, maximum: $0.value) }
        }
        if fields.node("any_of") != nil {
            let elements = fields.elements("any_of")
            let alternatives = elements.compactMap(Requirement.decode)
            guard let title = fields.string("title"), alternatives.count == elements.count else { return nil }
            return .anyOf(title: title, alternatives)
        }
        guard let node = fields.node("sufficiency") else { return nil }
        let sufficiency = Fields(node)
        var result = Sufficiency(buyers: sufficiency.integer("buyers"))
        if let node = sufficiency.node("with_purchases") {
            guard let atLeast = Fields(node).integer("at_least"), let buyers = Fields(node).integer("buyers") else {
                return nil
            }
            result.withPurchases = .init(atLeast: atLeast, buyers: buyers)
        }
        result.newestEventWithin = sufficiency.span("newest_event_within")
        return .sufficiency(result)
    }
}

extension Requirement {
    private static func attributes(_ fields: Fields) -> [AttributeRequirement] {
        fields.entries("attributes").compactMap { entry in
            Fields.text(entry.key).map { AttributeRequirement.decode($0, Fields(entry.value)) }
        }
    }

    /// The requirement and those within it.
    package var all: [Requirement] {
        if case .anyOf(_, let alternatives) = kind { [self] + alternatives.flatMap(\.all) } else { [self] }
    }
}

extension AttributeRequirement {
    static func decode(_ name: Located<String>, _ fields: Fields) -> AttributeRequirement {
        let level: Located<RequirementLevel>? = fields.word("level")
        let type: Located<AttributeType>? = fields.word("type")
        return AttributeRequirement(
            name: name, level: level?.value ?? .required, type: type?.value ?? .string,
            minimumCoverage: fields.number("min_coverage")?.value, allowed: fields.texts("allowed").map(\.value))
    }
}

extension EventSegmentationDefinition {
    static func decode(_ node: Node) -> EventSegmentationDefinition? {
        let fields = Fields(node)
        guard let id = fields.text("id"), let name = fields.text("name"), let event = fields.text("event") else {
            return nil
        }
        let segments = fields.elements("segments").compactMap(SegmentDefinition.decode)
        guard segments.count == fields.elements("segments").count else { return nil }
        return EventSegmentationDefinition(id: id, name: name, event: event, segments: segments)
    }
}

extension CustomerSegmentationDefinition {
    static func decode(_ node: Node) -> CustomerSegmentationDefinition? {
        let fields = Fields(node)
        guard let id = fields.text("id"), let name = fields.text("name"), let remainder = fields.text("remainder")
        else { return nil }
        let segments = fields.elements("segments").compactMap(SegmentDefinition.decode)
        guard segments.count == fields.elements("segments").count else { return nil }
        return CustomerSegmentationDefinition(id: id, name: name, segments: segments, remainder: remainder)
    }
}

extension SegmentDefinition {
    static func decode(_ node: Node) -> SegmentDefinition? {
        let fields = Fields(node)
        guard let name = fields.text("name"), let when = fields.node("when").flatMap(Condition.decode) else {
            return nil
        }
        return SegmentDefinition(name: name, when: when)
    }
}

extension PurchasesDefinition {
    static func decode(_ node: Node) -> PurchasesDefinition? {
        let fields = Fields(node)
        guard let event = fields.text("event"), let amount = fields.text("amount"),
            let success = fields.node("success").flatMap(SegmentChoice.decode)
        else { return nil }
        return PurchasesDefinition(
            event: event, amount: amount, currency: fields.text("currency"), success: success,
            canceled: fields.node("canceled").flatMap(SegmentChoice.decode),
            exclude: fields.node("exclude").flatMap(Condition.decode), zeroAmount: fields.text("zero_amount"),
            refunds: fields.node("refunds").flatMap(Refunds.decode),
            charges: fields.node("charges").flatMap(Charges.decode))
    }
}

extension PurchasesDefinition.SegmentChoice {
    static func decode(_ node: Node) -> PurchasesDefinition.SegmentChoice? {
        let fields = Fields(node)
        return fields.text("segmentation").map { .init(segmentation: $0, segments: fields.texts("in")) }
    }
}

extension PurchasesDefinition.Refunds {
    static func decode(_ node: Node) -> PurchasesDefinition.Refunds? {
        let fields = Fields(node)
        guard let event = fields.text("event"), let amount = fields.text("amount") else { return nil }
        return .init(event: event, amount: amount, currency: fields.text("currency"))
    }
}

extension PurchasesDefinition.Charges {
    static func decode(_ node: Node) -> PurchasesDefinition.Charges? {
        let fields = Fields(node)
        guard let segmentation = fields.text("segmentation") else { return nil }
        return .init(
            segmentation: segmentation, firstCharge: fields.texts("first_charge"), upsell: fields.texts("upsell"),
            rebill: fields.texts("rebill"), links: fields.texts("links"))
    }
}

extension MetricDefinition {
    /// Nil where the metric is not complete; a failure where its formula is malformed.
    static func decode(_ name: Located<String>, _ node: Node) -> Result<MetricDefinition?, Diagnostic> {
        let fields = Fields(node)
        let source: Source
        if let formula = fields.node("formula") {
            switch ExpressionParser.parse(formula) {
            case .success(let expression): source = .formula(expression)
            case .failure(let problem): return .failure(problem)
            }
        } else {
            guard let kind: Located<MeasureName> = fields.word("measure") else { return .success(nil) }
            source = .measure(
                MeasureDefinition(
                    kind: kind, scope: fields.text("scope"), atLeast: fields.integer("at_least"),
                    quantile: fields.number("quantile")?.value, charge: fields.text("charge"),
                    filter: fields.node("filter").flatMap(Condition.decode)))
        }
        return .success(
            MetricDefinition(
                name: name, title: fields.string("title") ?? name.value,
                explanation: fields.string("explanation") ?? "", source: source, unit: fields.text("unit")))
    }
}
