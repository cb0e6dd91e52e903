import Diagnostics

/// Fills `${env:NAME}` into the scalars of project.yaml that may hold it.
struct EnvironmentFilling {
    /// The keys, from the root, whose texts are filled in. An attribute that happens to be called `file` is not.
    static let paths: Set<[String]> = [
        ["engine"], ["engine", "spark", "remote"], ["engine", "spark", "token"], ["sources", "file"],
        ["sources", "query"], ["sources", "table"], ["sources", "parquet"], ["fx", "file"],
    ]

    let environment: @Sendable (String) -> String?
    private(set) var diagnostics: [Diagnostic] = []

    init(_ environment: @escaping @Sendable (String) -> String?) {
        self.environment = environment
    }

    mutating func fill(_ node: Node, path: [String] = []) -> Node {
        var result = node
        switch node.content {
        case .refused: break
        case .scalar(let text, _): return fill(node, text, EnvironmentFilling.paths.contains(path))
        case .sequence(let elements): result.content = .sequence(elements.map { fill($0, path: path) })
        case .mapping(let entries):
            result.content = .mapping(
                entries.map { entry in
                    Node.Entry(fill(entry.key), fill(entry.value, path: path + [entry.key.text ?? ""]))
                })
        }
        return result
    }

    private mutating func fill(_ node: Node, _ text: String, _ isAllowed: Bool) -> Node {
        let opening = Array("${env:".unicodeScalars)
        let scalars = Array(text.unicodeScalars)
        var output = String.UnicodeScalarView()
        var index = 0
        var isFilled = false
        while index < scalars.count {
            guard scalars[index...].starts(with: opening) else {
                output.append(scalars[index])
                index += 1
                continue
            }
            let places = ScalarPlaces(node)
            guard isAllowed else {
                report(
                    .environmentPlace, "${env:...} is possible under file, query, table, parquet and engine only",
                    places.place(index, index + opening.count))
                return Node(.refused, at: node.place)
            }
            guard let end = scalars[index...].firstIndex(of: "}") else {
                report(.environmentPlace, "the '${env:' is not closed", places.place(index, index + opening.count))
                return Node(.refused, at: node.place)
            }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[index + opening.count..<end])
            let place = places.place(index, end + 1)
            guard let value = environment(String(name)) else {
                report(.missingEnvironment, "the environment variable '\(String(name))' is not set", place)
                return Node(.refused, at: node.place)
            }
            output.append(contentsOf: value.unicodeScalars)
            isFilled = true
            index = end + 1
        }
        return isFilled ? Node(.scalar(String(output), .filled), at: node.place) : node
    }

    private mutating func report(_ code: Code, _ message: String, _ place: Place) {
        diagnostics.append(Diagnostic(code, message, at: place))
    }
}
