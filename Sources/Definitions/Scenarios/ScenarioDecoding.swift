package import Diagnostics

extension ScenarioFile {
    /// Reads a file of tests: parses it, checks its form.
    ///
    /// - Returns: the tests, nil where there is any error; and all that was found, in the order of the file.
    package static func load(_ file: SourceFile) -> (scenarios: ScenarioFile?, diagnostics: [Diagnostic]) {
        let (root, problems) = Node.parse(file)
        guard let root else { return (nil, problems) }
        var diagnostics = problems + ShapeChecker.check(root, .scenarios)
        let fields = Fields(root)
        var entries = fields.node("project")?.entries ?? []
        for (key, value) in [("name", "tests"), ("timezone", "UTC"), ("currency", "EUR")]
        where fields.node("project")?[key] == nil {
            entries.append(Node.Entry(.text(key), Node(.scalar(value, .quoted), at: root.headPlace)))
        }
        var decoding = ProjectDecoding()
        let project = decoding.project(Fields(Node(.mapping(entries), at: root.headPlace)))
        diagnostics += decoding.diagnostics
        let rates = Fields(Node(.mapping(entries), at: root.headPlace)).elements("rates").compactMap { node in
            ScenarioRate(Fields(node))
        }
        var keys: [String: ScenarioKeys] = [:]
        for entry in fields.entries("keys") {
            if let name = entry.key.text { keys[name] = ScenarioKeys(Fields(entry.value)) }
        }
        var scenarios: [Scenario] = []
        for node in fields.elements("tests") {
            scenarios += [Scenario(Fields(node), shared: fields.entries("values"), &diagnostics)].compactMap(\.self)
        }
        diagnostics = diagnostics.withoutRepetition.inOrder
        guard let project, !diagnostics.hasErrors else { return (nil, diagnostics) }
        return (
            ScenarioFile(project: project, rates: rates, keys: keys, scenarios: scenarios, file: file), diagnostics
        )
    }
}

extension ScenarioRate {
    fileprivate init?(_ fields: Fields) {
        guard let currency = fields.text("currency"), let date = fields.text("date"), let rate = fields.text("rate")
        else { return nil }
        self.init(currency: currency, date: date, rate: rate, target: fields.text("to"))
    }
}

extension ScenarioKeys {
    fileprivate init(_ fields: Fields) {
        self.init(key: fields.string("key"), amount: fields.string("amount"), parent: fields.string("parent"))
        if let node = fields.node("refers_to"), let event = Fields(node).string("event"),
            let key = Fields(node).string("key")
        {
            refersTo = (event, key)
        }
    }
}

extension Scenario {
    /// - Parameter shared: values for all tests of the file.
    fileprivate init?(_ fields: Fields, shared: [Node.Entry], _ diagnostics: inout [Diagnostic]) {
        guard let name = fields.text("name") else { return nil }
        let given = fields.node("given").map { Fields($0) }
        let expect = fields.node("expect").map { Fields($0) }
        self.init(
            name: name, values: Scenario.values(shared + fields.entries("values")),
            options: fields.entries("options").compactMap { entry in
                Fields.text(entry.key).map {
                    ($0, (entry.value.elements ?? [entry.value]).compactMap { Fields.text($0) })
                }
            },
            customers: (given?.entries("customers") ?? []).compactMap { entry in
                Fields.text(entry.key).map { ($0, Scenario.values(entry.value.entries ?? [])) }
            },
            events: [], expectations: [])
        for node in given?.elements("events") ?? [] {
            if let event = Event(node, &diagnostics) { events.append(event) }
        }
        expectations = expect.map(Scenario.expectations) ?? []
        if expectations.isEmpty {
            diagnostics.append(
                Diagnostic(
                    .missingKey, "the test '\(name.value)' expects nothing", at: name.place,
                    hints: ["expect: {metrics: ..., rows: ..., segments: ..., warnings: ...}"]))
        }
    }

    private static func values(_ entries: [Node.Entry]) -> [(name: Located<String>, value: Node)] {
        entries.compactMap { entry in Fields.text(entry.key).map { ($0, entry.value) } }
    }

    private static func expectations(_ expect: Fields) -> [Expectation] {
        var list: [Expectation] = []
        func metrics(_ report: Located<String>, _ row: Located<String>?, _ node: Node) {
            for (metric, value) in values(node.entries ?? []) {
                if let value = Fields.text(value) {
                    list.append(.metric(report: report, row: row, metric: metric, value: value))
                }
            }
        }
        for (report, node) in values(expect.entries("metrics")) { metrics(report, nil, node) }
        for (report, node) in values(expect.entries("rows")) {
            for (row, node) in values(node.entries ?? []) { metrics(report, row, node) }
        }
        for (segmentation, node) in values(expect.entries("segments")) {
            for (customer, value) in values(node.entries ?? []) {
                if let segment = Fields.text(value) {
                    list.append(.segment(segmentation: segmentation, customer: customer, segment: segment))
                }
            }
        }
        return list + expect.texts("warnings").map { .warning($0) }
    }
}

extension Scenario.Event {
    fileprivate init?(_ node: Node, _ diagnostics: inout [Diagnostic]) {
        let fields = Fields(node)
        for key in ScenarioShapes.eventKeys where node.entries != nil && node[key] == nil {
            diagnostics.append(
                Diagnostic(
                    .missingKey, "an event needs '\(key)'", at: node,
                    hints: ["{event: purchase, customer: ann, at: 2026-01-31, ...}"]))
        }
        guard let type = fields.text("event"), let customer = fields.text("customer"), let at = fields.text("at") else {
            return nil
        }
        let attributes = (node.entries ?? []).compactMap { entry -> (name: Located<String>, value: Node)? in
            guard let name = Fields.text(entry.key), !ScenarioShapes.eventKeys.contains(name.value) else { return nil }
            return (name, entry.value)
        }
        self.init(type: type, customer: customer, at: at, attributes: attributes)
    }
}
