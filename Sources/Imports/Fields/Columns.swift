package import Definitions
package import Diagnostics

/// The columns that mappings can name, with their indexes in a record; collects what is wrong with mappings.
package final class Columns {
    private var indexes: [[UInt8]: Int] = [:]
    /// The columns' names. For NDJSON: the paths asked for so far.
    package private(set) var names: [String]
    /// Any path may be asked for; whether lines have it shows when they are read.
    private let areOpen: Bool
    /// What paths begin with; nil where they may begin with anything.
    private let roots: [String]?
    /// As the user would type it.
    private let path: String
    package var diagnostics: [Diagnostic] = []
    /// Where each path was first asked for.
    package private(set) var places: [Place] = []

    /// Fixed columns, of a CSV or a query.
    package init(_ names: [String], of path: String) {
        self.names = names
        self.path = path
        (areOpen, roots) = (false, nil)
        for (index, name) in names.enumerated() { indexes[Array(name.utf8)] = index }
    }

    /// The paths of an NDJSON file.
    ///
    /// - Parameter roots: what lines have, where that is known.
    package init(pathsOf path: String, roots: [String]? = nil) {
        names = []
        self.path = path
        areOpen = true
        self.roots = roots
    }

    /// The column's index; nil, and a diagnostic, where the file has no such column.
    package func index(of column: Located<String>) -> Int? { index(of: column.value, at: column.place) }

    package func index(of name: String, at place: Place) -> Int? {
        let key = Array(name.utf8)
        if let index = indexes[key] { return index }
        if let roots, !roots.contains(where: { name == $0 || name.hasPrefix($0 + ".") }) {
            let nearby = didYouMean(name, among: roots + ["properties." + name])
            report(
                .importUnknownColumn, "what is posted has no '\(name)'", at: place,
                hints: nearby + [
                    "it has: \(roots.joined(separator: ", ")); what is posted as properties is properties.NAME"
                ])
            return nil
        }
        if areOpen, !key.isEmpty {
            indexes[key] = names.count
            names.append(name)
            places.append(place)
            return names.count - 1
        }
        let list = names.prefix(40).joined(separator: ", ") + (names.count > 40 ? ", … (\(names.count))" : "")
        report(
            .importUnknownColumn, "'\(path)' has no column '\(name)'", at: place,
            hints: didYouMean(name, among: names) + ["its columns: \(list)"])
        return nil
    }

    package func report(_ code: Code, _ message: String, at place: Place?, hints: [String] = []) {
        diagnostics.append(Diagnostic(.error, code, message, at: place, hints: hints))
    }
}
