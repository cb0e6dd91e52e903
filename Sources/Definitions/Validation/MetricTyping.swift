import Diagnostics
import Quantities

/// Finds the type of every metric, and everything wrong with the formulas.
///
/// | operation | result |
/// |---|---|
/// | a + b, a - b | of one type: that type; a literal or number with a ratio, count or periods: see `sum` |
/// | money or duration `*` or `/` count, number, ratio, periods | money, duration |
/// | count / count, and every other quotient or product of plain values | number |
/// | ratio * ratio, literal ± ratio, ratio / literal | ratio |
/// | share(a, b) of one type | ratio |
/// | money / money, money * money, money ± another type | error |
///
/// A result of type number, ratio or periods is shown as `unit:` says, where the metric declares it.
struct MetricTyping {
    private(set) var types: [String: MetricType] = [:]
    private(set) var diagnostics: [Diagnostic] = []
    /// Metrics whose value looks along the life of a cohort, themselves or through others.
    private(set) var cohortMetrics: Set<String> = []
    private let metrics: [String: MetricDefinition]
    private let known: [String]

    /// The type of a part of a formula; a literal adapts to its neighbour.
    private struct Typed {
        var type: MetricType
        var isLiteral = false

        static let literal = Typed(type: .number, isLiteral: true)
    }

    /// - Parameter written: the names of all metrics, also of those that could not be read.
    init(_ definitions: [MetricDefinition], written: [String]? = nil) {
        metrics = Dictionary(definitions.map { ($0.name.value, $0) }) { first, _ in first }
        known = written ?? definitions.map(\.name.value)
        for definition in ordered(definitions) { read(definition) }
    }

    /// Metrics after those that they read; the ones in a cycle, and what reads these, are left out and reported.
    private mutating func ordered(_ definitions: [MetricDefinition]) -> [MetricDefinition] {
        var waiting: [String: Int] = [:]
        var readers: [String: [MetricDefinition]] = [:]
        var ready: [MetricDefinition] = []
        for definition in definitions {
            let sources = Set(dependencies(definition).map(\.value)).filter { metrics[$0] != nil }
            waiting[definition.name.value] = sources.count
            for source in sources { readers[source, default: []].append(definition) }
            if sources.isEmpty { ready.append(definition) }
        }
        var index = 0
        while index < ready.count {
            for reader in readers[ready[index].name.value] ?? [] {
                let left = (waiting[reader.name.value] ?? 0) - 1
                waiting[reader.name.value] = left
                if left == 0 { ready.append(reader) }
            }
            index += 1
        }
        reportCycles(definitions.filter { (waiting[$0.name.value] ?? 0) > 0 })
        return ready
    }

    private func dependencies(_ definition: MetricDefinition) -> [Located<String>] {
        if case .formula(let expression) = definition.source { expression.names } else { [] }
    }

    private mutating func reportCycles(_ stuck: [MetricDefinition]) {
        let names = Set(stuck.map(\.name.value))
        var done: Set<String> = []
        for definition in stuck where !done.contains(definition.name.value) {
            var path: [MetricDefinition] = []
            var current: MetricDefinition? = definition
            while let metric = current, !done.contains(metric.name.value) {
                if let start = path.firstIndex(where: { $0.name == metric.name }) {
                    let cycle = path[start...].map(\.name.value) + [metric.name.value]
                    diagnostics.append(
                        Diagnostic(
                            .metricCycle,
                            "metric '\(metric.name.value)' depends on itself: "
                                + cycle.joined(separator: " -> "), at: metric.name.place))
                    break
                }
                path.append(metric)
                current = dependencies(metric).first { names.contains($0.value) }.flatMap { metrics[$0.value] }
            }
            done.formUnion(path.map(\.name.value))
        }
    }

    private mutating func read(_ definition: MetricDefinition) {
        let name = definition.name.value
        switch definition.source {
        case .measure(let measure):
            types[name] = measure.kind.value.type
            if let unit = definition.unit {
                diagnostics.append(
                    Diagnostic(
                        .metricUnit, "a measure has its own unit; '\(name)' is \(measure.kind.value.type.phrase)",
                        at: unit.place))
            }
        case .formula(let expression):
            let usesCohort =
                expression.calls.contains { ["of_cohort", "cumulative"].contains($0.name.value) }
                || expression.names.contains { cohortMetrics.contains($0.value) }
            if usesCohort { cohortMetrics.insert(name) }
            guard let typed = type(of: expression) else { return }
            types[name] = shown(typed.type, definition)
        }
    }

    /// The type of a formula with its declared unit.
    private mutating func shown(_ type: MetricType, _ definition: MetricDefinition) -> MetricType {
        guard let unit = definition.unit, let declared = MetricType(rawValue: unit.value) else { return type }
        if [.ratio, .number, .periods].contains(type) { return declared }
        diagnostics.append(
            Diagnostic(
                .metricUnit, "the formula gives \(type.phrase), which is not shown as \(declared.rawValue)",
                at: unit.place))
        return type
    }

    /// Nil where something was reported, here or with a metric that is read.
    private mutating func type(of expression: Located<Expression>) -> Typed? {
        switch expression.value {
        case .number: return .literal
        case .name(let name):
            if let type = types[name.value] { return Typed(type: type) }
            if !known.contains(name.value) {
                diagnostics.append(
                    Diagnostic(
                        .unknownName, "unknown metric '\(name.value)'", at: name.place,
                        hints: didYouMean(name.value, among: known)))
            }
            return nil
        case .negate(let inner): return type(of: inner)
        case .binary(let kind, let left, let right):
            // Both sides are read before giving up, so that each one's problems show.
            let (a, b) = (type(of: left), type(of: right))
            guard let a, let b else { return nil }
            if a.isLiteral, b.isLiteral { return .literal }
            let result =
                switch kind {
                case .add, .subtract: sum(a, b)
                case .multiply: product(a, b)
                case .divide: quotient(a, b)
                }
            if let result { return Typed(type: result) }
            report(kind, a.type, b.type, expression.place)
            return nil
        case .call(let name, let arguments): return call(name, arguments, expression.place)
        }
    }

    private func sum(_ a: Typed, _ b: Typed) -> MetricType? {
        if a.type == b.type { return a.type }
        let other = a.type == .number ? b.type : a.type
        guard a.type == .number || b.type == .number else { return nil }
        let isLiteral = a.isLiteral || b.isLiteral
        switch other {
        case .ratio: return isLiteral ? .ratio : .number
        case .periods: return .periods
        case .count: return .number
        case .money, .duration, .number: return nil
        }
    }

    private func product(_ a: Typed, _ b: Typed) -> MetricType? {
        let dimensioned: Set<MetricType> = [.money, .duration]
        if dimensioned.contains(a.type) { return dimensioned.contains(b.type) ? nil : a.type }
        if dimensioned.contains(b.type) { return b.type }
        if a.type == .ratio, b.type == .ratio { return .ratio }
        if a.isLiteral, b.type == .periods { return .periods }
        if b.isLiteral, a.type == .periods { return .periods }
        return .number
    }

    private func quotient(_ a: Typed, _ b: Typed) -> MetricType? {
        switch (a.type, b.type) {
        case (.duration, .duration): .number
        case (_, .money), (_, .duration): nil
        case (.money, _), (.duration, _): a.type
        case (.ratio, _), (.periods, _): b.isLiteral ? a.type : .number
        default: .number
        }
    }

    private mutating func report(_ kind: Expression.Operator, _ a: MetricType, _ b: MetricType, _ place: Place) {
        let message: String
        switch kind {
        case .add: message = "\(a.phrase) and \(b.phrase) cannot be added"
        case .subtract: message = "\(b.phrase) cannot be subtracted from \(a.phrase)"
        case .multiply: message = "\(a.phrase) and \(b.phrase) cannot be multiplied"
        case .divide: message = "\(a.phrase) cannot be divided by \(b.phrase)"
        }
        let hints = kind == .divide && a == .money && b == .money ? ["the share of two amounts is share(a, b)"] : []
        diagnostics.append(Diagnostic(.typeMismatch, message, at: place, hints: hints))
    }

    private mutating func call(
        _ name: Located<String>, _ arguments: [Located<Expression>], _ place: Place
    ) -> Typed? {
        let functions = ["of_total": 1, "of_cohort": 1, "cumulative": 1, "share": 2]
        let read = arguments.map { type(of: $0) }
        guard let count = functions[name.value] else {
            diagnostics.append(
                Diagnostic(
                    .unknownFunction, "unknown function '\(name.value)'", at: name.place,
                    hints: didYouMean(name.value, among: functions.keys.sorted())
                        + ["functions: of_total(x), of_cohort(x), cumulative(x), share(a, b)"]))
            return nil
        }
        guard arguments.count == count else {
            let needed = count == 1 ? "one argument" : "\(count) arguments"
            diagnostics.append(
                Diagnostic(
                    .argumentCount, "'\(name.value)' takes \(needed), and this has \(arguments.count)", at: place))
            return nil
        }
        guard let first = read.first ?? nil, !read.contains(where: { $0 == nil }) else { return nil }
        switch name.value {
        case "share":
            guard let second = read.last ?? nil else { return nil }
            if first.type == second.type, !first.isLiteral || !second.isLiteral { return Typed(type: .ratio) }
            diagnostics.append(
                Diagnostic(
                    .typeMismatch,
                    "share needs two values of one type, and has \(first.type.phrase) and \(second.type.phrase)",
                    at: place))
            return nil
        case "cumulative":
            if case .name(let metric) = arguments[0].value, case .measure = metrics[metric.value]?.source,
                [.money, .count].contains(first.type)
            {
                return Typed(type: first.type)
            }
            diagnostics.append(
                Diagnostic(
                    .argumentCount, "'cumulative' takes the name of a measure of money or a count",
                    at: arguments[0].place))
            return nil
        default: return first
        }
    }
}
