package import Diagnostics

/// `values.yaml`: values of parameters by use case.
package struct ValuesFile: Sendable {
    package let file: SourceFile
    /// A mapping of use case ids to mappings of parameters.
    let root: Node

    /// Reads a values file; nil where anything in it is wrong. Whether its use cases and parameters exist is found out
    /// by `Values.unknownUseCases(among:)` and `UseCase.load`.
    package static func load(file: SourceFile) -> (values: ValuesFile?, diagnostics: [Diagnostic]) {
        let (root, problems) = Node.parse(file)
        guard let root else {
            // A values file of comments only adjusts nothing.
            if problems.allSatisfy({ $0.code == .emptyFile }) {
                let place = Place(file, line: 1, column: 1)
                return (ValuesFile(file: file, root: Node(.mapping([]), at: place)), [])
            }
            return (nil, problems)
        }
        let diagnostics = problems + ShapeChecker.check(root, .values)
        return (diagnostics.hasErrors ? nil : ValuesFile(file: file, root: root), diagnostics.inOrder)
    }

    /// The use cases that it adjusts.
    package var useCases: [Located<String>] {
        (root.entries ?? []).compactMap { entry in entry.key.text.map { Located($0, at: entry.key.place) } }
    }
}

extension ValuesFile {
    /// Values that stand in another file.
    package init(of useCase: String, _ values: [(name: Located<String>, value: Node)], in file: SourceFile) {
        let place = Place(file, line: 1, column: 1)
        func text(_ text: String, at place: Place) -> Node { Node(.scalar(text, .quoted), at: place) }
        // Of a name that is given twice the later one wins.
        var entries: [Node.Entry] = []
        for (name, value) in values {
            entries.removeAll { $0.key.text == name.value }
            entries.append(Node.Entry(text(name.value, at: name.place), value))
        }
        self.file = file
        root = Node(
            .mapping([Node.Entry(text(useCase, at: place), Node(.mapping(entries), at: place))]), at: place)
    }
}

/// All values given from outside, in the order in which later ones win: files as given, then `--set`.
package struct Values: Sendable {
    package var files: [ValuesFile]
    package var settings: [Setting]

    package init(files: [ValuesFile] = [], settings: [Setting] = []) {
        self.files = files
        self.settings = settings
    }

    /// One `--set name=value` or `--set use-case-id.name=value`.
    package struct Setting: Sendable {
        /// Nil for the use case at hand.
        package var useCase: Located<String>?
        package var name: Located<String>
        package var value: Located<String>

        /// Reads an argument; its places are in a file of the path `--set` that holds the argument.
        package static func parse(_ argument: String) -> Result<Setting, Diagnostic> {
            let file = SourceFile(path: "--set", text: argument)
            let scalars = Array(argument.unicodeScalars)
            func place(_ range: Range<Int>) -> Place {
                Place(
                    file, line: 1, column: range.lowerBound + 1,
                    endColumn: max(range.upperBound, range.lowerBound + 1) + 1)
            }
            func text(_ range: Range<Int>) -> Located<String> {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: scalars[range])
                return Located(String(view), at: place(range))
            }
            guard let equals = scalars.firstIndex(of: "=") else {
                return .failure(
                    Diagnostic(.setSyntax, "expected name=value", at: place(0..<max(scalars.count, 1))))
            }
            let dot = scalars[..<equals].firstIndex(of: ".")
            let name = text((dot.map { $0 + 1 } ?? 0)..<equals)
            guard isParameterName(Array(name.value.utf8)) else {
                return .failure(
                    Diagnostic(.setSyntax, "'\(name.value)' is no name of a parameter", at: name.place))
            }
            let value = text((equals + 1)..<scalars.count)
            return .success(Setting(useCase: dot.map { text(0..<$0) }, name: name, value: value))
        }
    }

    /// Values for use cases that do not exist.
    package func unknownUseCases(among known: [String]) -> [Diagnostic] {
        let named = files.flatMap(\.useCases) + settings.compactMap(\.useCase)
        return named.filter { !known.contains($0.value) }.map { name in
            Diagnostic(
                .unknownUseCase, "unknown use case '\(name.value)'", at: name.place,
                hints: didYouMean(name.value, among: known) + ["use cases: \(listed(known))"])
        }
    }

    /// Everything given for one use case, the winner last.
    func given(for useCase: String, lists: Set<String>) -> [(name: Located<String>, value: ParameterValue)] {
        var result: [(Located<String>, ParameterValue)] = []
        for file in files {
            for entry in file.root[useCase]?.entries ?? [] {
                guard let name = entry.key.text else { continue }
                let value = ParameterValue(
                    content: entry.value, origin: file.file.path, place: entry.value.headPlace,
                    note: "parameter '\(name)' is set here")
                result.append((Located(name, at: entry.key.place), value))
            }
        }
        for setting in settings where setting.useCase.map({ $0.value == useCase }) ?? true {
            let text = setting.value.value
            let content: Node =
                if lists.contains(setting.name.value) {
                    Node(
                        .sequence(splitList(text).map { Node(.scalar($0, .filled), at: setting.value.place) }),
                        at: setting.value.place)
                } else {
                    Node(.scalar(text, .filled), at: setting.value.place)
                }
            let note = "parameter '\(setting.name.value)' is set here"
            result.append(
                (
                    setting.name,
                    ParameterValue(content: content, origin: "--set", place: setting.value.place, note: note)
                ))
        }
        return result
    }
}

/// `a,b`, `{a,b}` or `[a, b]` as a list, in brackets with blanks after commas; `\,` is a comma and `\\` a backslash within
/// a value. An empty text is an empty list.
package func splitList(_ text: String) -> [String] {
    var bytes = Array(text.utf8)[...]
    var isInBrackets = false
    for (opening, closing) in [("{", "}"), ("[", "]")] {
        if bytes.first == opening.utf8.first, bytes.last == closing.utf8.first, bytes.count >= 2, !isInBrackets {
            bytes = bytes.dropFirst().dropLast()
            isInBrackets = true
        }
    }
    if bytes.isEmpty { return [] }
    var result: [String] = []
    var part: [UInt8] = []
    // What is kept of the part: up to its last byte that is no blank, or is one that was escaped.
    var kept = 0
    var escaped = false
    func end() {
        result.append(String(decoding: part.prefix(kept), as: UTF8.self))
        (part, kept) = ([], 0)
    }
    for byte in bytes {
        if escaped {
            if ![",", "\\", " "].contains(where: { $0.utf8.first == byte }) { part.append(UInt8(ascii: "\\")) }
            part.append(byte)
            kept = part.count
            escaped = false
        } else if byte == UInt8(ascii: "\\") {
            escaped = true
        } else if byte == UInt8(ascii: ",") {
            end()
        } else if byte != UInt8(ascii: " ") {
            part.append(byte)
            kept = part.count
        } else if !part.isEmpty {
            part.append(byte)
        }
    }
    if escaped {
        part.append(UInt8(ascii: "\\"))
        kept = part.count
    }
    end()
    return result
}

extension [Diagnostic] {
    /// By file (in the order of first mention), then by line and column.
    package var inOrder: [Diagnostic] {
        var order: [SourceFile: Int] = [:]
        for diagnostic in self {
            if let file = diagnostic.place?.file, order[file] == nil { order[file] = order.count }
        }
        func key(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
            guard let place = diagnostic.place else { return (-1, 0, 0) }
            return (order[place.file] ?? 0, place.line, place.column)
        }
        return enumerated().sorted { a, b in
            let (left, right) = (key(a.element), key(b.element))
            return left != right ? left < right : a.offset < b.offset
        }.map(\.element)
    }
}
