import Diagnostics

/// Where filled values come from, by the place of the value in the use case.
struct Origins {
    private var notes: [Place: [Diagnostic.Related]] = [:]

    mutating func add(_ note: Diagnostic.Related, at place: Place) {
        if notes[place]?.contains(note) ?? false { return }
        notes[place, default: []].append(note)
    }

    /// The diagnostics with what is known about the values at their places.
    func attached(to diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.map { diagnostic in
            guard let place = diagnostic.place, let known = notes[place] else { return diagnostic }
            var result = diagnostic
            result.related += known.filter { !result.related.contains($0) && $0.place != place }
            return result
        }
    }
}

/// Puts values in place of `{{ name }}`, scalar by scalar in the parsed tree: a value can become part of a text or
/// stand alone, it can never become structure.
struct Filling {
    /// The values by parameter; nil stands for a value that is wrong or was not given, which is reported already.
    let values: [String: ParameterValue?]
    /// What declares the parameters: `use case 'x'`.
    let owner: String
    /// Template instances move to the place of the value that the use case gives.
    let movesToValue: Bool
    var origins: Origins
    private(set) var diagnostics: [Diagnostic] = []

    init(_ values: [String: ParameterValue?], owner: String, origins: Origins, movesToValue: Bool = false) {
        self.values = values
        self.owner = owner
        self.origins = origins
        self.movesToValue = movesToValue
    }

    /// The parameters that a tree names, also in its keys.
    static func placeholders(in node: Node) -> Set<String> {
        switch node.content {
        case .refused: return []
        case .scalar(let text, _):
            guard case .success(let parts) = Part.split(text) else { return [] }
            return Set(parts.compactMap { if case .placeholder(let name, _, _) = $0 { name } else { nil } })
        case .sequence(let elements): return elements.reduce(into: []) { $0.formUnion(placeholders(in: $1)) }
        case .mapping(let entries):
            return entries.reduce(into: []) {
                $0.formUnion(placeholders(in: $1.key))
                $0.formUnion(placeholders(in: $1.value))
            }
        }
    }

    mutating func fill(_ node: Node) -> Node {
        switch node.content {
        case .refused: return node
        case .scalar(let text, _): return fill(node, text, isKey: false)
        case .sequence(let elements):
            var result = node
            result.content = .sequence(elements.map { fill($0) })
            return result
        case .mapping(let entries):
            var result = node
            var filled: [Node.Entry] = []
            var seen: [ByteText: Place] = [:]
            for entry in entries {
                let key = fill(entry.key, entry.key.text ?? "", isKey: true)
                let value = fill(entry.value)
                guard let text = key.text else { continue }
                if let first = seen[ByteText(text)] {
                    diagnostics.append(
                        Diagnostic(
                            .duplicateKey, "duplicate key '\(text)'", at: key.place,
                            related: [.init("first written here", at: first)]))
                    continue
                }
                seen[ByteText(text)] = key.place
                filled.append(Node.Entry(key, value))
            }
            result.content = .mapping(filled)
            return result
        }
    }

    private mutating func fill(_ node: Node, _ text: String, isKey: Bool) -> Node {
        let parts: [Part]
        switch Part.split(text) {
        case .success(let split): parts = split
        case .failure(let problem):
            let place = ScalarPlaces(node).place(problem.start, problem.end)
            diagnostics.append(Diagnostic(.placeholder, problem.message, at: place))
            return Node(.refused, at: node.place)
        }
        if parts.allSatisfy({ $0.isText }) { return node }
        var given: [ParameterValue] = []
        var isWhole = true
        for case .placeholder(let name, let start, let end) in parts {
            guard let value = values[name] else {
                diagnostics.append(
                    Diagnostic(
                        .unknownParameter, "unknown parameter '\(name)'", at: ScalarPlaces(node).place(start, end),
                        hints: didYouMean(name, among: values.keys.sorted())
                            + ["parameters of \(owner): \(listed(values.keys.sorted()))"]))
                isWhole = false
                continue
            }
            guard let value else {
                isWhole = false
                continue
            }
            if value.content.elements != nil, parts.count > 1 || isKey {
                diagnostics.append(
                    Diagnostic(
                        .listInText, "'\(name)' is a list and cannot be \(isKey ? "a key" : "part of a text")",
                        at: ScalarPlaces(node).place(start, end),
                        related: [.init(value.note, at: value.place)]))
                isWhole = false
                continue
            }
            given.append(value)
        }
        guard isWhole, let first = given.first else { return Node(.refused, at: node.place) }
        return combined(node, parts, given, place: movesToValue ? first.place : node.place)
    }

    private mutating func combined(_ node: Node, _ parts: [Part], _ given: [ParameterValue], place: Place) -> Node {
        if movesToValue {
            origins.add(.init("filled in here by \(owner)", at: node.place), at: place)
        } else {
            for value in given { origins.add(.init(value.note, at: value.place), at: place) }
        }
        if parts.count == 1, let value = given.first {
            if let elements = value.content.elements {
                return Node(.sequence(elements.map { Node(.scalar($0.text ?? "", .filled), at: place) }), at: place)
            }
            return Node(.scalar(value.content.text ?? "", .filled), at: place)
        }
        var result = ""
        var next = given.makeIterator()
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .placeholder: result += next.next()?.content.text ?? ""
            }
        }
        return Node(.scalar(result, .filled), at: place)
    }
}

/// A piece of a scalar.
private enum Part {
    case text(String)
    /// Offsets in Unicode scalars, braces included.
    case placeholder(String, start: Int, end: Int)

    struct Problem: Error {
        var message: String
        var start: Int
        var end: Int
    }

    var isText: Bool {
        if case .text = self { true } else { false }
    }

    static func split(_ text: String) -> Result<[Part], Problem> {
        // Nearly every scalar: a scan of its bytes decides.
        guard text.utf8.contains(UInt8(ascii: "{")) else { return .success([.text(text)]) }
        let scalars = Array(text.unicodeScalars)
        var parts: [Part] = []
        var pending = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            guard scalars[index] == "{", index + 1 < scalars.count, scalars[index + 1] == "{" else {
                pending.append(scalars[index])
                index += 1
                continue
            }
            var end = index + 2
            while end + 1 < scalars.count, !(scalars[end] == "}" && scalars[end + 1] == "}") { end += 1 }
            guard end + 1 < scalars.count else {
                return .failure(Problem(message: "the '{{' is not closed", start: index, end: index + 2))
            }
            var inner = String.UnicodeScalarView()
            inner.append(contentsOf: scalars[index + 2..<end].filter { $0 != " " })
            let name = String(inner)
            guard isParameterName(Array(name.utf8)) else {
                let message = "'{{\(name)}}' is no placeholder; expected the name of a parameter"
                return .failure(Problem(message: message, start: index, end: end + 2))
            }
            if !pending.isEmpty { parts.append(.text(String(pending))) }
            pending = String.UnicodeScalarView()
            parts.append(.placeholder(name, start: index, end: end + 2))
            index = end + 2
        }
        if !pending.isEmpty || parts.isEmpty { parts.append(.text(String(pending))) }
        return .success(parts)
    }
}
