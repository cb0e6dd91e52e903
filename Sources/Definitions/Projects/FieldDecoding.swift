import Diagnostics

extension ProjectDecoding {
    /// The fields of a mapping by name; those that are wrong are left out, and reported.
    mutating func mappings(_ fields: Fields, _ key: String) -> [(name: Located<String>, mapping: FieldMapping)] {
        var result: [(name: Located<String>, mapping: FieldMapping)] = []
        for entry in fields.entries(key) {
            guard let name = Fields.text(entry.key), let mapping = field(entry.value) else { continue }
            result.append((name, mapping))
        }
        return result
    }

    /// A field: a text alone is the name of a column.
    mutating func field(_ node: Node) -> FieldMapping? {
        if let column = Fields.text(node) {
            return FieldMapping(
                source: .column(column), type: .string, transforms: [], missingValues: [], format: nil,
                place: node.place)
        }
        let fields = Fields(node)
        guard let source = fieldSource(fields) else { return nil }
        let declared: Located<AttributeType>? = fields.word("type")
        var isExpression = false
        if case .expression = source { isExpression = true }
        if isExpression, let declared, declared.value != .number {
            report(.attributeType, "an expression gives a number, not a \(declared.value.rawValue)", declared.place)
        }
        let type = declared?.value ?? (isExpression ? .number : .string)
        let format = fields.text("format").map { text -> TimestampFormat in
            if type != .timestamp {
                report(.attributeType, "'format' belongs to type: timestamp", text.place)
            }
            return self.format(text)
        }
        return FieldMapping(
            source: source, type: type, transforms: transforms(fields),
            missingValues: fields.texts("missing").map(\.value), format: format, place: node.headPlace)
    }

    private mutating func fieldSource(_ fields: Fields) -> FieldMapping.Source? {
        if let column = fields.text("column") { return .column(column) }
        if let value = fields.string("value") { return .constant(value) }
        if let node = fields.node("expression") { return expression(node) }
        guard let cases = fields.node("cases")?.elements else { return nil }
        var branches: [(when: Located<Condition>, value: String)] = []
        var otherwise: String?
        for (index, element) in cases.enumerated() {
            let branch = Fields(element)
            if let value = branch.string("else") {
                otherwise = value
                if index < cases.count - 1 {
                    report(.fieldMapping, "'else' is the last case", element.headPlace)
                }
            } else if let when = branch.node("when").flatMap(Condition.decode), let value = branch.string("value") {
                checkRows(when)
                branches.append((when, value))
            }
        }
        return .cases(branches, otherwise: otherwise)
    }

    private mutating func expression(_ node: Node) -> FieldMapping.Source? {
        switch ExpressionParser.parse(node) {
        case .success(let expression):
            for call in expression.calls {
                report(
                    .unknownFunction, "expressions of mappings know no functions, and this is '\(call.name.value)'",
                    call.name.place)
            }
            return .expression(expression)
        case .failure(let problem):
            diagnostics.append(problem)
            return nil
        }
    }

    /// Conditions on rows look at columns.
    mutating func checkRows(_ condition: Located<Condition>) {
        var validation = ConditionValidation(SegmentationIndex.none, consents: [])
        validation.check(condition, in: .rows)
        diagnostics += validation.diagnostics
    }

    /// In the order in which they are applied.
    private func transforms(_ fields: Fields) -> [FieldMapping.Transform] {
        var result: [FieldMapping.Transform] = []
        for entry in fields.mapping.entries ?? [] {
            guard let key = entry.key.text else { continue }
            switch key {
            case "trim" where fields.boolean(key) == true: result.append(.trim)
            case "lowercase" where fields.boolean(key) == true: result.append(.lowercase)
            case "uppercase" where fields.boolean(key) == true: result.append(.uppercase)
            case "strip_leading_zeros" where fields.boolean(key) == true: result.append(.stripLeadingZeros)
            case "strip_prefix": if let text = fields.string(key) { result.append(.stripPrefix(text)) }
            case "strip_suffix": if let text = fields.string(key) { result.append(.stripSuffix(text)) }
            default: break
            }
        }
        return result
    }

    /// A timestamp format; a wrong one is reported, and read as ISO 8601.
    mutating func format(_ text: Located<String>) -> TimestampFormat {
        switch text.value {
        case "iso8601": return .iso8601
        case "unix": return .unixSeconds
        case "unix_ms": return .unixMilliseconds
        case "unix_us": return .unixMicroseconds
        default:
            if let problem = ProjectDecoding.patternProblem(text.value) {
                report(
                    .timestampFormat, "'\(text.value)' is no timestamp format: \(problem)", text.place,
                    didYouMean(text.value, among: ["iso8601", "unix", "unix_ms", "unix_us"])
                        + ["for example iso8601, unix, dd/MM/yyyy HH:mm"])
                return .iso8601
            }
            return .pattern(text.value)
        }
    }

    /// What is wrong with a pattern, or nil.
    private static func patternProblem(_ pattern: String) -> String? {
        var letters: Set<Unicode.Scalar> = []
        var isQuoted = false
        for scalar in pattern.unicodeScalars {
            if scalar == "'" {
                isQuoted.toggle()
            } else if !isQuoted, scalar.isASCII, scalar.properties.isAlphabetic {
                guard "yMdHhmsSaX".unicodeScalars.contains(scalar) else { return "the letter \(scalar) means nothing" }
                letters.insert(scalar)
            }
        }
        if isQuoted { return "an apostrophe is not closed" }
        if !letters.isSuperset(of: ["y", "M", "d"]) { return "it needs year (y), month (M) and day (d)" }
        if letters.contains("h") != letters.contains("a") { return "h and a (am, pm) belong together" }
        return nil
    }
}
