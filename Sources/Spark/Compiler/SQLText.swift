import Foundation
import Quantities

/// A query under construction: named steps, each of which reads the ones before, and the parameters of all of them.
///
/// Whatever comes from a project, a definition or a person is a parameter; the names of steps and columns are made here of
/// letters, digits and underscores.
package final class SQLText {
    private(set) var steps: [(name: String, comment: String, body: String)] = []
    private(set) var parameters: [String: SQLLiteral] = [:]
    /// Texts by their bytes: two that Swift takes for equal (NFC and NFD) are two values.
    private var textNames: [[UInt8]: String] = [:]
    private var names: [SQLLiteral: String] = [:]

    /// - Parameter given: parameters that have their names already.
    init(_ given: [String: SQLLiteral] = [:]) { parameters = given }

    /// A step of the query.
    func add(_ name: String, _ comment: String, _ body: String) {
        precondition(!steps.contains { $0.name == name }, "a step that is there already: \(name)")
        steps.append((name, comment, body))
    }

    func has(_ name: String) -> Bool { steps.contains { $0.name == name } }

    /// Stands for a value.
    func parameter(_ value: SQLLiteral, _ name: String = "p") -> String {
        if let known = known(value) { return ":" + known }
        var free = name
        var number = 1
        while parameters[free] != nil {
            number += 1
            free = "\(name)\(number)"
        }
        parameters[free] = value
        if case .string(let text) = value { textNames[Array(text.utf8)] = free } else { names[value] = free }
        return ":" + free
    }

    private func known(_ value: SQLLiteral) -> String? {
        if case .string(let text) = value { textNames[Array(text.utf8)] } else { names[value] }
    }

    func text(_ value: String, _ name: String = "text") -> String { parameter(.string(value), name) }
    func long(_ value: Int64, _ name: String = "n") -> String { parameter(.long(value), name) }

    func number(_ value: ExactDecimal) -> String {
        let plain = value.normalized
        let digits = String(plain.units.magnitude).count
        let precision = max(digits, plain.scale + 1, 1)
        return parameter(.decimal(plain.description, precision: min(38, precision), scale: plain.scale), "number")
    }

    /// Stands for values as one text, which `values(_:_:)` reads.
    func json(_ values: some Encodable, _ name: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard let json = try? encoder.encode(values) else { preconditionFailure("texts and numbers are JSON") }
        return text(String(decoding: json, as: UTF8.self), name)
    }

    /// - Parameter type: as Spark writes types.
    static func values(_ json: String, _ type: String) -> String {
        "FROM_JSON(\(json), '\(type)', MAP('mode', 'FAILFAST'))"
    }

    /// The steps with the query that reads them.
    func statement(_ query: String) -> SQLStatement { SQLStatement(written(query), parameters: parameters) }

    private func written(_ query: String) -> String {
        if steps.isEmpty { return query }
        let parts = steps.map { step in
            "-- \(step.comment)\n\(step.name) AS (\n\(SQLText.indented(step.body))\n)"
        }
        return "WITH\n" + parts.joined(separator: ",\n") + "\n" + query
    }

    /// A query with steps of its own, which may have the names of steps here; parameters are common to both.
    ///
    /// - Parameter inner: a text that was begun with this one's parameters, and is complete.
    func nested(_ inner: SQLText, _ query: String) -> String {
        precondition(
            parameters.allSatisfy { inner.parameters[$0.key] == $0.value }, "parameters that were not passed on")
        parameters = inner.parameters
        return inner.written(query)
    }

    /// With two blanks before each line; a line break in a quoted identifier is a part of its name, and no line.
    static func indented(_ text: String) -> String {
        var indented = Array("  ".utf8)
        indented.reserveCapacity(text.utf8.count + 64)
        var isQuoted = false
        for byte in text.utf8 {
            indented.append(byte)
            if byte == UInt8(ascii: "`") { isQuoted.toggle() }
            if byte == UInt8(ascii: "\n"), !isQuoted { indented += Array("  ".utf8) }
        }
        return String(decoding: indented, as: UTF8.self)
    }

    /// An identifier of the catalog.
    ///
    /// By bytes: a backtick with a mark after it is another Character, and still a backtick to Spark.
    package static func quoted(_ name: String) -> String {
        let bytes = name.utf8.flatMap { $0 == UInt8(ascii: "`") ? [$0, $0] : [$0] }
        return "`" + String(decoding: bytes, as: UTF8.self) + "`"
    }

    static func list(_ items: [String], _ separator: String = ", ") -> String { items.joined(separator: separator) }
}

/// Names that are safe in any query, one for each name of a project.
final class SafeNames {
    private let prefix: String
    private var known: [String: String] = [:]
    private var used: Set<String> = []

    init(_ prefix: String) { self.prefix = prefix }

    /// `a_price`; with a number where that is taken, or the name is none that can stand here.
    func name(_ original: String) -> String {
        if let name = known[original] { return name }
        let isPlain =
            !original.isEmpty && original.utf8.count <= 40
            && original.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                    || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            }
        var name = isPlain ? "\(prefix)_\(original)" : "\(prefix)_\(used.count + 1)"
        while used.contains(name) { name += "x" }
        used.insert(name)
        known[original] = name
        return name
    }

    /// The same; with another number where something else has that name.
    func unused(_ original: String, _ isUsed: (String) -> Bool) -> String {
        let base = name(original)
        var candidate = base
        var number = 1
        while isUsed(candidate) {
            number += 1
            candidate = "\(base)_\(number)"
        }
        return candidate
    }
}
