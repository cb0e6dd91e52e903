package import Diagnostics

extension SourceFile {
    /// The file's text with edits made in it, one after the other. Whatever an edit does not touch stays as it is: comments,
    /// blank lines, quotes, the order of keys.
    ///
    /// - Throws: `DiagnosticList` where the file is no YAML; a `Diagnostic` (`uneditable`) where an edit finds no place, or
    ///   where the text cannot be changed so that it reads as the edit says.
    package func edited(_ edits: [YAMLEdit]) throws -> String {
        var file = self
        for edit in edits {
            var text = try YAMLText(file)
            guard let wanted = (text.root ?? .plain("")).applying(edit) else {
                throw Diagnostic(.uneditable, "\(path): there is no '\(edit.description)' to change")
            }
            text.apply(edit)
            file = SourceFile(path: path, text: text.text)
            // What was written must read as what was meant: texts are changed by position, and a mistake would be silent.
            let (root, problems) = Node.parse(file)
            let isEmpty = wanted.entries?.isEmpty ?? wanted.isMissing
            guard !problems.hasErrors && root == wanted || (root == nil && isEmpty) else {
                throw Diagnostic(
                    .uneditable, "\(path): '\(edit.description)' cannot be changed in place",
                    hints: ["change it by hand"])
            }
        }
        return file.text
    }
}

/// The text of a YAML file, changed value by value.
struct YAMLText {
    let root: Node?
    private var scalars: [Unicode.Scalar]
    /// Offsets at which lines begin.
    private let lineStarts: [Int]
    private let lineEnd: String

    /// The width up to which a value stays on one line.
    private static let width = 120

    init(_ file: SourceFile) throws {
        let (root, problems) = Node.parse(file)
        let isEmpty = problems.allSatisfy { $0.code == .emptyFile }
        if problems.hasErrors, !isEmpty { throw DiagnosticList(problems) }
        self.root = root
        let scalars = Array(file.text.unicodeScalars)
        self.scalars = scalars
        lineEnd = file.text.utf8.contains(UInt8(ascii: "\r")) ? "\r\n" : "\n"
        lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
    }

    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// - Precondition: the tree has a place for the edit.
    mutating func apply(_ edit: YAMLEdit) {
        guard let root else {
            guard case .set(let value) = edit.action else { return }
            let whole = nested(edit.path[...], value)
            for entry in whole.entries ?? [] { appendAtEnd(lines(entry.key, entry.value)) }
            if whole.entries == nil { appendAtEnd(block(whole, indent: 0, isOpen: true) + "\n") }
            return
        }
        switch edit.action {
        case .set(let value): set(root, edit.path[...], value, key: nil, isInFlow: false)
        case .insert(let value): insert(value, root, edit.path)
        case .remove: remove(root, edit.path)
        }
    }

    // MARK: - Setting

    /// - Parameter key: of the mapping's entry that holds `node`; nil for the root and for elements of lists.
    /// - Parameter isInFlow: the node stands within braces or brackets, where everything has to be on one line.
    private mutating func set(
        _ node: Node, _ path: ArraySlice<YAMLEdit.Step>, _ value: Node, key: Node?, isInFlow: Bool
    ) {
        guard let step = path.first else { return replace(node, value, key: key, isInFlow: isInFlow) }
        let rest = path.dropFirst()
        if node.isMissing { return replace(node, nested(path, value), key: key, isInFlow: isInFlow) }
        let isInside = isInFlow || isFlow(node)
        switch (step, node.content) {
        case (.key(let name), .mapping(let entries)):
            if let entry = entries.first(where: { $0.key.text.map(ByteText.init) == ByteText(name) }) {
                set(entry.value, rest, value, key: entry.key, isInFlow: isInside)
            } else {
                insert(.text(name), nested(rest, value), node, entries)
            }
        case (.index(let index), .sequence(let elements)):
            if let element = elements[ifThere: index] {
                set(element, rest, value, key: nil, isInFlow: isInside)
            } else {
                append(nested(rest, value), node, elements, key: key, isInFlow: isInFlow)
            }
        default: preconditionFailure("the edit's path was followed in the tree before")
        }
    }

    private func nested(_ path: ArraySlice<YAMLEdit.Step>, _ value: Node) -> Node {
        path.reversed().reduce(value) { inner, step in
            switch step {
            case .key(let key): .mapping([key: inner])
            case .index: .list([inner])
            }
        }
    }

    private mutating func replace(_ node: Node, _ value: Node, key: Node?, isInFlow: Bool) {
        if case (let old?, let new?) = (node.elements, value.elements), !isFlow(node), isTexts(old), isTexts(new),
            !old.isEmpty, !new.isEmpty
        {
            return replaceTexts(old, new, indent: dash(of: old[0]) - lineStart(of: old[0]))
        }
        guard let key else {
            let column = column(of: node)
            let range = start(of: node)..<end(of: node)
            let line = flow(value, room: isInFlow ? .max : YAMLText.width - column)
            return put(line ?? block(value, indent: column, isOpen: true), range)
        }
        // From behind the colon, so that a block may become a line and a line a block.
        let colon = colon(after: key)
        let indent = start(of: key) - lineStart(of: key)
        let from = colon + 1
        let to = node.isMissing && node.text == "" ? from : end(of: node)
        let room = isInFlow ? Int.max : YAMLText.width - (colon + 1 - lineStart(of: key))
        let comments = comments(in: from..<to)
        if let line = flow(value, room: room) {
            put(" " + line, from..<to)
        } else {
            put("\n" + block(value, indent: indent + 2, isOpen: false), from..<to)
        }
        keep(comments, aboveLineOf: key)
    }

    /// The comments among the lines of a value that is replaced.
    private func comments(in range: Range<Int>) -> [String] {
        var comments: [String] = []
        var quote: Unicode.Scalar?
        var offset = range.lowerBound
        while offset < range.upperBound {
            let scalar = scalars[offset]
            let isAtStart = offset == 0 || scalars[offset - 1].properties.isWhitespace
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                // Within a plain text a quote is a letter.
                if isAtStart || "[{,:".unicodeScalars.contains(scalars[offset - 1]) { quote = scalar }
            } else if scalar == "#", isAtStart {
                let end = min(lineEndOffset(after: offset), range.upperBound)
                var view = String.UnicodeScalarView()
                view.append(contentsOf: scalars[offset..<end])
                comments.append(String(view))
                offset = end
                continue
            }
            offset += 1
        }
        return comments
    }

    /// Puts comments on lines of their own before the line that a key or value begins in.
    private mutating func keep(_ comments: [String], aboveLineOf node: Node) {
        if comments.isEmpty { return }
        let start = lineStart(of: node)
        let indent = scalars[start...].prefix { $0 == " " }.count
        put(comments.map { blanks(indent) + $0 + "\n" }.joined(), start..<start)
    }

    /// A block list of texts keeps the lines of those that stay, with their comments.
    private mutating func replaceTexts(_ old: [Node], _ new: [Node], indent: Int) {
        let kept = old.filter { new.contains($0) }
        let added = new.filter { !old.contains($0) }
        guard let last = kept.last, kept + added == new else {
            // In another order, or all of them others.
            let lines = new.map { "- " + scalar($0, inFlow: false) }
            let range = dash(of: old[0])..<lineEndOffset(after: end(of: old[old.count - 1]))
            let comments = comments(in: range)
            put(lines.joined(separator: "\n" + blanks(indent)), range)
            return keep(comments, aboveLineOf: old[0])
        }
        let behind = lineEndOffset(after: end(of: last))
        let lines = added.map { "\n" + blanks(indent) + "- " + scalar($0, inFlow: false) }.joined()
        var cuts = old.filter { !new.contains($0) }.map { lineStart(of: $0)..<nextLine(after: end(of: $0)) }
        if behind == scalars.count, lines.isEmpty, let range = cuts.last, range.upperBound == behind {
            // The last line of a file that does not end its line.
            cuts[cuts.count - 1] = max(0, range.lowerBound - 1)..<range.upperBound
        }
        var changes = cuts.map { ($0, "") } + [(behind..<behind, lines)]
        changes.sort { $0.0.lowerBound > $1.0.lowerBound }
        for (range, text) in changes { put(text, range) }
    }

    private mutating func insert(_ key: Node, _ value: Node, _ node: Node, _ entries: [Node.Entry]) {
        guard !isFlow(node), let first = entries.first, let last = entries.last else {
            let entry = scalar(key, inFlow: true) + ": " + (flow(value, room: Int.max) ?? "")
            guard let last = entries.last else { return put("{" + entry + "}", start(of: node)..<end(of: node)) }
            let at = end(of: last.value.isMissing ? last.key : last.value)
            return put(", " + entry, at..<at)
        }
        let indent = column(of: first.key)
        if indent == 0 {
            // Behind what is commented out at the end of the last value, which belongs to that.
            return appendAtEnd(lines(key, value))
        }
        let at = lineEndOffset(after: end(of: last.value.isMissing && last.value.text == "" ? last.key : last.value))
        put("\n" + blanks(indent) + line(key, value, indent: indent), at..<at)
    }

    private mutating func append(
        _ value: Node, _ node: Node, _ elements: [Node], key: Node?, isInFlow: Bool
    ) {
        guard !isFlow(node), let first = elements.first, let last = elements.last else {
            guard let last = elements.last else { return replace(node, .list([value]), key: key, isInFlow: isInFlow) }
            return put(", " + (flow(value, room: Int.max) ?? ""), end(of: last)..<end(of: last))
        }
        let indent = dash(of: first) - lineStart(of: first)
        let at = lineEndOffset(after: end(of: last))
        put("\n" + blanks(indent) + "- " + element(value, indent: indent), at..<at)
    }

    /// An element before the one at the path; behind the last one that is there already for an index past it.
    private mutating func insert(_ value: Node, _ root: Node, _ path: [YAMLEdit.Step]) {
        guard case .index(let index)? = path.last, let list = root[Array(path.dropLast())],
            let elements = list.elements, let next = elements[ifThere: index]
        else { return set(root, path[...], value, key: nil, isInFlow: false) }
        if isFlow(list) {
            let at = start(of: next)
            return put((flow(value, room: Int.max) ?? "") + ", ", at..<at)
        }
        if index > 0 {
            // Behind the line of the element before, so that comments above the next one stay with it.
            return append(value, list, Array(elements[..<index]), key: nil, isInFlow: false)
        }
        var at = dash(of: next)
        let indent = at - lineStart(of: next)
        let text = "- " + element(value, indent: indent) + "\n"
        guard scalars[lineStart(of: next)..<at].allSatisfy({ $0 == " " }) else {
            return put(text + blanks(indent), at..<at)
        }
        at = lineStart(of: next)
        // Above the comments that stand above the first element.
        while let above = lineStarts.last(where: { $0 < at }),
            scalars[above..<at].first(where: { $0 != " " }) == "#"
        {
            at = above
        }
        put(blanks(indent) + text, at..<at)
    }

    /// An element of a block list, behind its dash.
    private func element(_ value: Node, indent: Int) -> String {
        value.text != nil
            ? flow(value, room: Int.max) ?? "" : block(value, indent: indent + 2, isOpen: true)
    }

    private mutating func appendAtEnd(_ text: String) {
        let separator = scalars.isEmpty || scalars.last == "\n" ? "" : "\n"
        put(separator + text, scalars.count..<scalars.count)
    }

    // MARK: - Removing

    private mutating func remove(_ root: Node, _ path: [YAMLEdit.Step]) {
        guard let step = path.last, let parent = root[Array(path.dropLast())] else { return }
        let spans: [(start: Int, end: Int)]
        let index: Int
        switch (step, parent.content) {
        case (.key(let name), .mapping(let entries)):
            spans = entries.map {
                (start(of: $0.key), end(of: $0.value.isMissing && $0.value.text == "" ? $0.key : $0.value))
            }
            index = entries.firstIndex { $0.key.text.map(ByteText.init) == ByteText(name) } ?? 0
            if entries.count == 1 { return empty(parent, path, root, with: "{}") }
        case (.index(let position), .sequence(let elements)):
            spans = elements.map { (isFlow(parent) ? start(of: $0) : dash(of: $0), end(of: $0)) }
            index = position
            if elements.count == 1 { return empty(parent, path, root, with: "[]") }
        default: preconditionFailure("the edit's path was followed in the tree before")
        }
        if isFlow(parent) {
            if index + 1 < spans.count {
                put("", spans[index].start..<spans[index + 1].start)
            } else {
                put("", spans[index - 1].end..<spans[index].end)
            }
            return
        }
        let first = lineStarts.last { $0 <= spans[index].start } ?? 0
        let isAlone = scalars[first..<spans[index].start].allSatisfy { $0 == " " }
        if isAlone {
            put("", first..<nextLine(after: spans[index].end))
        } else {
            // `- first: 1` and the next key below it: that one moves up, unless there is a comment between them.
            let rest = lineEndOffset(after: spans[index].end)..<spans[index + 1].start
            let isCommented = scalars[rest].contains("#")
            put("", spans[index].start..<(isCommented ? rest.lowerBound : rest.upperBound))
        }
    }

    private mutating func empty(_ parent: Node, _ path: [YAMLEdit.Step], _ root: Node, with text: String) {
        if isFlow(parent) { return put(text, start(of: parent)..<end(of: parent)) }
        let key: Node? =
            if case .key(let name)? = path.dropLast().last, let grandparent = root[Array(path.dropLast(2))] {
                grandparent.entries?.first { $0.key.text.map(ByteText.init) == ByteText(name) }?.key
            } else { nil }
        guard let key else { return put(text, start(of: parent)..<end(of: parent)) }
        put(" " + text, (colon(after: key) + 1)..<end(of: parent))
    }

    // MARK: - Writing

    private func line(_ key: Node, _ value: Node, indent: Int) -> String {
        let name = scalar(key, inFlow: false)
        if let line = flow(value, room: YAMLText.width - indent - name.unicodeScalars.count - 2),
            value.entries?.count ?? 0 <= 3
        {
            return name + ": " + line
        }
        return name + ":\n" + block(value, indent: indent + 2, isOpen: false)
    }

    /// An entry of the file itself: each entry of a mapping on a line of its own.
    private func lines(_ key: Node, _ value: Node) -> String {
        guard let entries = value.entries, !entries.isEmpty else { return line(key, value, indent: 0) + "\n" }
        let inner = entries.map { "  " + line($0.key, $0.value, indent: 2) + "\n" }
        return scalar(key, inFlow: false) + ":\n" + inner.joined()
    }

    /// In block style, all lines but the first indented; the first too where it is not open already.
    private func block(_ value: Node, indent: Int, isOpen: Bool) -> String {
        let lines = value.writtenYAML.split(separator: "\n", omittingEmptySubsequences: true)
        let text = lines.joined(separator: "\n" + blanks(indent))
        return isOpen ? text : blanks(indent) + text
    }

    private func scalar(_ node: Node, inFlow: Bool) -> String { node.scalarYAML(inFlow: inFlow) }

    private func flow(_ node: Node, room: Int) -> String? { node.flowYAML(room: room) }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

    private mutating func put(_ text: String, _ range: Range<Int>) {
        let written = lineEnd == "\n" ? text : text.replacing("\n", with: lineEnd)
        scalars.replaceSubrange(range, with: written.unicodeScalars)
    }

    // MARK: - Places

    private func offset(line: Int, column: Int) -> Int {
        min(scalars.count, lineStarts[min(line, lineStarts.count) - 1] + column - 1)
    }

    private func start(of node: Node) -> Int { offset(line: node.place.line, column: node.place.column) }

    /// Behind the value's last visible character: block texts end where the next value begins.
    private func end(of node: Node) -> Int {
        var end = offset(line: node.place.endLine, column: node.place.endColumn)
        let start = start(of: node)
        while end > start, scalars[end - 1].properties.isWhitespace { end -= 1 }
        return end
    }

    private func column(of node: Node) -> Int { node.place.column - 1 }

    private func lineStart(of node: Node) -> Int { lineStarts[node.place.line - 1] }

    /// The end of the line that an offset is in, behind a comment on it.
    private func lineEndOffset(after offset: Int) -> Int {
        var end = offset
        while end < scalars.count, scalars[end] != "\n" { end += 1 }
        if end > offset, end < scalars.count, scalars[end - 1] == "\r" { end -= 1 }
        return end
    }

    private func nextLine(after offset: Int) -> Int {
        let end = scalars[offset...].firstIndex(of: "\n")
        return end.map { $0 + 1 } ?? scalars.count
    }

    /// The offset of the dash of a block list's element.
    private func dash(of element: Node) -> Int {
        var offset = start(of: element)
        while offset > 0, scalars[offset - 1] != "-" { offset -= 1 }
        return max(0, offset - 1)
    }

    private func colon(after key: Node) -> Int {
        scalars[end(of: key)...].firstIndex(of: ":") ?? end(of: key)
    }

    private func isFlow(_ node: Node) -> Bool {
        let first = scalars[ifThere: start(of: node)]
        return node.entries != nil && first == "{" || node.elements != nil && first == "["
    }

    private func isTexts(_ nodes: [Node]) -> Bool { nodes.allSatisfy { $0.text != nil } }
}
