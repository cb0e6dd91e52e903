import Diagnostics
import Quantities

/// Where a condition stands, which decides what it may look at.
enum ConditionContext {
    case eventSegmentation
    case customerSegmentation
    /// Filters of metrics and reports.
    case purchases
    /// Test orders.
    case exclude
    /// Rows of a file being imported.
    case rows

    /// The keys of the subjects that make sense here.
    var subjects: [String] {
        switch self {
        case .eventSegmentation: ["attribute"]
        case .customerSegmentation: ["property", "consent", "segmentation", "aggregate"]
        case .purchases: ["attribute", "property", "consent", "segmentation", "aggregate"]
        case .exclude: ["attribute", "property", "segmentation"]
        case .rows: ["column"]
        }
    }

    var phrase: String {
        switch self {
        case .eventSegmentation: "an event segmentation"
        case .customerSegmentation: "a customer segmentation"
        case .purchases: "a filter of purchases"
        case .exclude: "the exclusion of test orders"
        case .rows: "a condition on rows"
        }
    }
}

extension Condition.Subject {
    var key: String {
        switch self {
        case .column: "column"
        case .attribute: "attribute"
        case .property: "property"
        case .consent: "consent"
        case .segmentation: "segmentation"
        case .aggregate: "aggregate"
        }
    }
}

/// The segmentations of a use case, for everything that refers to them.
struct SegmentationIndex {
    struct Entry {
        var isCustomer: Bool
        var event: String?
        /// The segments and the remainder.
        var segments: [String]
    }

    private(set) var entries: [String: Entry] = [:]
    /// Also ids of segmentations that could not be read.
    let known: [String]
    let isComplete: Bool

    /// For conditions that cannot look at segmentations.
    static let none = SegmentationIndex()

    private init() {
        known = []
        isComplete = true
    }

    init(_ draft: UseCaseDraft) {
        for definition in draft.eventSegmentations where entries[definition.id.value] == nil {
            entries[definition.id.value] = Entry(
                isCustomer: false, event: definition.event.value, segments: definition.segments.map(\.name.value))
        }
        for definition in draft.customerSegmentations where entries[definition.id.value] == nil {
            entries[definition.id.value] = Entry(
                isCustomer: true, event: nil,
                segments: definition.segments.map(\.name.value) + [definition.remainder.value])
        }
        known = draft.segmentationIDs.map(\.value)
        isComplete = !draft.lacksSegmentations
    }

    /// The segmentation of an id; reports one that does not exist. Nil also where it exists and could not be read.
    ///
    /// - Parameter isCustomer: the kind that is needed; nil takes both.
    func entry(_ id: Located<String>, isCustomer: Bool? = nil, _ diagnostics: inout [Diagnostic]) -> Entry? {
        let fitting = entries.filter { isCustomer == nil || $0.value.isCustomer == isCustomer }.keys.sorted()
        guard let entry = entries[id.value] else {
            if isComplete, !known.contains(id.value) {
                diagnostics.append(
                    Diagnostic(
                        .unknownReference, "unknown segmentation '\(id.value)'", at: id.place,
                        hints: didYouMean(id.value, among: fitting)
                            + (fitting.isEmpty ? [] : ["segmentations: \(listed(fitting))"])))
            }
            return nil
        }
        if let isCustomer, entry.isCustomer != isCustomer {
            let (is_, needed) = isCustomer ? ("an event", "a customer") : ("a customer", "an event")
            diagnostics.append(
                Diagnostic(
                    .conditionSubject,
                    "'\(id.value)' is \(is_) segmentation, and \(needed) segmentation is needed here",
                    at: id.place, hints: fitting.isEmpty ? [] : ["possible: \(listed(fitting))"]))
            return nil
        }
        return entry
    }

    /// Reports segment names that the segmentation does not have.
    func check(_ names: [Located<String>], of entry: Entry, _ id: String, _ diagnostics: inout [Diagnostic]) {
        let known = Set(entry.segments.map { ByteText($0) })
        for name in names where !known.contains(ByteText(name.value)) {
            diagnostics.append(
                Diagnostic(
                    .unknownReference, "segmentation '\(id)' has no segment '\(name.value)'", at: name.place,
                    hints: didYouMean(name.value, among: entry.segments) + ["segments: \(listed(entry.segments))"]))
        }
    }
}

/// Checks what conditions look at, and how they compare it.
struct ConditionValidation {
    let segmentations: SegmentationIndex
    /// The consents among the requirements.
    let consents: [String]
    private(set) var diagnostics: [Diagnostic] = []

    init(_ segmentations: SegmentationIndex, consents: [String]) {
        self.segmentations = segmentations
        self.consents = consents
    }

    mutating func check(_ condition: Located<Condition>, in context: ConditionContext) {
        for (subject, test) in condition.tests {
            guard context.subjects.contains(subject.value.key) else {
                diagnostics.append(
                    Diagnostic(
                        .conditionSubject, "\(context.phrase) cannot look at '\(subject.value.key)'",
                        at: subject.place, hints: ["possible: \(listed(context.subjects))"]))
                continue
            }
            if let problem = ConditionValidation.comparison(subject.value, test.value) {
                diagnostics.append(Diagnostic(.conditionTest, problem.message, at: test.place, hints: [problem.hint]))
                continue
            }
            checkReference(subject, test, context)
        }
    }

    private mutating func checkReference(
        _ subject: Located<Condition.Subject>, _ test: Located<Condition.Test>, _ context: ConditionContext
    ) {
        switch subject.value {
        case .segmentation(let name):
            let id = Located(name, at: subject.place)
            let isCustomer: Bool? = context == .customerSegmentation ? true : context == .exclude ? false : nil
            guard let entry = segmentations.entry(id, isCustomer: isCustomer, &diagnostics) else { return }
            switch test.value {
            case .isIn(let names), .notIn(let names):
                segmentations.check(names.map { Located($0, at: test.place) }, of: entry, name, &diagnostics)
            default: break
            }
        case .consent(let name):
            if consents.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { return }
            diagnostics.append(
                Diagnostic(
                    .warning, .unknownReference, "consent '\(name)' is not among the requirements", at: subject.place,
                    hints: didYouMean(name, among: consents) + ["add - consent: \(name) under requirements:"]))
        default: break
        }
    }

    private static func isPredicted(_ aggregate: String) -> Bool {
        ["expected_orders", "expected_value", "no_order_chance"].contains(aggregate)
    }

    /// What is wrong with a comparison, or nil.
    static func comparison(_ subject: Condition.Subject, _ test: Condition.Test) -> (message: String, hint: String)? {
        switch (subject, test) {
        case (.aggregate, .atMostQuantile(let share)), (.aggregate, .aboveQuantile(let share)):
            // What is farther off is no value of the key's shape.
            guard share == .zero || share == ExactDecimal(1) else { return nil }
            return ("a quantile lies between 0 and 1, and is neither", "0.2 is the lowest fifth, 0.5 the median")
        case (_, .atMostQuantile), (_, .aboveQuantile):
            return ("only an aggregate has quantiles", "write {aggregate: revenue, above_quantile: 0.8}")
        case (.consent, .valid): return nil
        case (.consent, _): return ("a consent is valid or not", "write is: valid, within not: for the opposite")
        case (_, .valid): return ("only a consent can be valid", "compare with in:, at_least:, ...")
        case (.segmentation, .isIn), (.segmentation, .notIn): return nil
        case (.segmentation, _): return ("a segmentation is compared by its segments", "write in: [Segment name]")
        case (.aggregate(let name), .isIn) where isPredicted(name),
            (.aggregate(let name), .notIn) where isPredicted(name):
            return ("\(name) is what a model says, and equal to nothing", "compare with at_least:, less_than:, ...")
        case (.aggregate("no_order_chance"), .atLeast(let share)),
            (.aggregate("no_order_chance"), .greaterThan(let share)),
            (.aggregate("no_order_chance"), .atMost(let share)), (.aggregate("no_order_chance"), .lessThan(let share)):
            if share >= .zero, share <= ExactDecimal(1) { return nil }
            return ("a chance lies between 0 and 1, and \(share) does not", "write 0.8 for 80 %")
        case (.aggregate, .isIn(let texts)), (.aggregate, .notIn(let texts)):
            guard let text = texts.first(where: { decimal($0) == nil }) else { return nil }
            return ("an aggregate is a number, and '\(text)' is none", "compare with numbers")
        case (.aggregate, .startsWith), (.aggregate, .endsWith), (.aggregate, .contains), (.aggregate, .from),
            (.aggregate, .before):
            return ("an aggregate is a number", "compare with at_least:, greater_than:, at_most:, less_than:")
        default: return nil
        }
    }
}
