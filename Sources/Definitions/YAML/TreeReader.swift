package import Diagnostics

extension Node {
    /// The tree of a YAML file and everything about the file that is refused.
    ///
    /// The tree is nil where reading could not go on (syntax, limits). Otherwise it holds all that is not refused, so
    /// that further checks can report the rest in the same run.
    package static func parse(_ file: SourceFile) -> (root: Node?, diagnostics: [Diagnostic]) {
        var reader = TreeReader(file)
        let root = reader.read()
        return (root, reader.diagnostics)
    }
}

/// The limits of a YAML file; no definition comes near them.
package enum YAMLLimits {
    package static let bytes = 1 << 20
    package static let depth = 64
    package static let nodes = 50_000
}

/// Builds the tree from events, and refuses what the definition language does not want of YAML.
private struct TreeReader {
    /// A problem after which nothing can be read; it is in `diagnostics` already.
    private struct Stop: Error {}

    let file: SourceFile
    let events: EventReader
    let places: PlaceTable
    var diagnostics: [Diagnostic] = []
    var nodes = 0
    /// The last line whose indentation was looked at.
    var checkedLine = 0

    init(_ file: SourceFile) {
        self.file = file
        var bytes = Array(file.text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.count > YAMLLimits.bytes { bytes = [] }
        events = EventReader(bytes)
        places = PlaceTable(file)
    }

    mutating func read() -> Node? {
        guard file.text.utf8.count <= YAMLLimits.bytes else {
            report(
                .fileTooLarge, "the file has \(file.text.utf8.count) bytes; at most 1 MiB is read",
                Place(file, line: 1, column: 1))
            return nil
        }
        do {
            return try document()
        } catch let problem as EventReader.Problem {
            diagnostics.append(syntaxDiagnostic(problem, file: file, places: places))
            return nil
        } catch {
            return nil
        }
    }

    private mutating func document() throws -> Node? {
        var root: Node?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd:
                if let root, !root.isMissing { return root }
                report(.emptyFile, "the file is empty", Place(file, line: 1, column: 1))
                return nil
            case .documentStart:
                if root != nil {
                    report(
                        .severalDocuments, "a second document begins here; a file holds one definition",
                        places.place(event.start, event.start + 3), hints: ["put it into a file of its own"])
                    return root
                }
                root = try node(try events.next(), depth: 1)
            default: preconditionFailure("libyaml gave a value outside of a document")
            }
        }
    }

    private mutating func node(_ event: EventReader.Event, depth: Int) throws -> Node {
        nodes += 1
        guard nodes <= YAMLLimits.nodes else {
            report(.tooManyNodes, "the file has more than 50,000 values", places.place(event.start, event.end))
            throw Stop()
        }
        guard depth <= YAMLLimits.depth else {
            report(
                .nestedTooDeeply, "nested more than \(YAMLLimits.depth) levels deep",
                places.place(event.start, event.start + 1))
            throw Stop()
        }
        checkIndentation(event)
        switch event.kind {
        case .alias(let name):
            report(.alias, "aliases are not supported: *\(name)", places.place(event.start, event.end))
            return Node(.refused, at: places.place(event.start, event.end))
        case .scalar(let text, let style, let properties):
            check(properties, event)
            return Node(.scalar(text, style), at: places.place(event.start, event.end))
        case .sequenceStart(let flow, let properties):
            check(properties, event)
            return try sequence(event, flow: flow, depth: depth)
        case .mappingStart(let flow, let properties):
            check(properties, event)
            return try mapping(event, flow: flow, depth: depth)
        default: preconditionFailure("libyaml gave an end without its start")
        }
    }

    private mutating func sequence(_ start: EventReader.Event, flow: Bool, depth: Int) throws -> Node {
        var elements: [Node] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind {
                let place = places.place(start.start, flow ? event.end : start.end)
                return Node(.sequence(elements), at: place.extended(flow ? nil : elements.last?.place))
            }
            elements.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ start: EventReader.Event, flow: Bool, depth: Int) throws -> Node {
        var entries: [Node.Entry] = []
        var seen: [ByteText: Place] = [:]
        var last: Place?
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind {
                let place = places.place(start.start, flow ? event.end : start.end)
                return Node(.mapping(entries), at: place.extended(flow ? nil : last))
            }
            let key = try node(event, depth: depth + 1)
            let value = try node(try events.next(), depth: depth + 1)
            last = value.place
            guard case .scalar(let text, let style) = key.content else {
                if !key.isRefused { reportKey(key) }
                continue
            }
            if style == .plain, text == "<<" {
                report(.mergeKey, "merge keys are not supported: <<", key.place, hints: ["write the keys out"])
            } else if let first = seen[ByteText(text)] {
                report(
                    .duplicateKey, "duplicate key '\(text)'", key.place,
                    related: [.init("first written here", at: first)])
            } else {
                seen[ByteText(text)] = key.place
                entries.append(Node.Entry(key, value))
            }
        }
    }

    private mutating func reportKey(_ key: Node) {
        let line = key.place.line <= file.lines.count ? file.lines[key.place.line - 1] : ""
        let looksLikePlaceholder = line.unicodeScalars.dropFirst(max(0, key.place.column - 2))
            .starts(with: "{{".unicodeScalars)
        report(
            .keyNotText, "a key is a text, and this is a \(key.elements == nil ? "mapping" : "list")", key.headPlace,
            hints: looksLikePlaceholder ? ["put a {{ parameter }} in quotes: \"{{ name }}\""] : [])
    }

    private mutating func check(_ properties: EventReader.Properties, _ event: EventReader.Event) {
        if let anchor = properties.anchor {
            report(.anchor, "anchors are not supported: &\(anchor)", places.place(event.start, event.start + 1))
        }
        if let tag = properties.tag {
            report(
                .tag, "tags are not supported: \(tag.replacing("tag:yaml.org,2002:", with: "!!"))",
                places.place(event.start, event.start + 1),
                hints: ["a text that begins with ! needs quotes"])
        }
    }

    /// Once a line, at its first value.
    private mutating func checkIndentation(_ event: EventReader.Event) {
        let place = places.place(event.start, event.start)
        guard place.line != checkedLine else { return }
        checkedLine = place.line
        if let tab = tabInIndentation(of: place.line, upTo: place.column, file) {
            report(.tabIndentation, "a tab in the indentation", tab, hints: ["indent with blanks"])
        }
    }

    private mutating func report(
        _ code: Code, _ message: String, _ place: Place, hints: [String] = [], related: [Diagnostic.Related] = []
    ) {
        diagnostics.append(Diagnostic(code, message, at: place, hints: hints, related: related))
    }
}

/// The first tab before a line's text, where nothing but blanks and tabs stands before `column`.
func tabInIndentation(of line: Int, upTo column: Int, _ file: SourceFile) -> Place? {
    guard line >= 1, line <= file.lines.count else { return nil }
    var tab: Int?
    for (index, scalar) in file.lines[line - 1].unicodeScalars.enumerated() {
        if index + 1 >= column { break }
        guard scalar == " " || scalar == "\t" else { return nil }
        if scalar == "\t", tab == nil { tab = index + 1 }
    }
    return tab.map { Place(file, line: line, column: $0) }
}

extension Place {
    /// From this start to the end of `last`.
    func extended(_ last: Place?) -> Place {
        guard let last else { return self }
        return Place(file, line: line, column: column, endLine: last.endLine, endColumn: last.endColumn)
    }
}
