import Diagnostics

/// A change to one value of a YAML file.
package struct YAMLEdit: Equatable, Sendable {
    /// One step on the way to a value.
    package enum Step: Hashable, Sendable {
        case key(String)
        /// Of a list's element, counted from 0.
        case index(Int)
    }

    /// What becomes of the value.
    package enum Action: Equatable, Sendable {
        /// Puts a value there. What is missing on the way is made: mappings for keys. An index that is the list's count adds
        /// an element.
        case set(Node)
        /// Puts an element before the one that the path's index names; an index that is the list's count adds it at the end.
        case insert(Node)
        case remove
    }

    package var path: [Step]
    package var action: Action

    package init(_ path: [Step], _ action: Action) {
        self.path = path
        self.action = action
    }

    /// Puts a value under a path of keys.
    package static func set(_ keys: [String], _ value: Node) -> YAMLEdit {
        YAMLEdit(keys.map { .key($0) }, .set(value))
    }

    /// Takes the value under a path of keys away.
    package static func remove(_ keys: [String]) -> YAMLEdit { YAMLEdit(keys.map { .key($0) }, .remove) }

    /// `sources[0].event.key`
    package var description: String { YAMLEdit.description(of: path) }

    /// A path in words: `sources[0].event.key`.
    package static func description(of path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

extension YAMLEdit {
    /// What turns one value into another, key by key: what both have stays untouched.
    ///
    /// - Parameter path: of the value.
    package static func changes(from old: Node, to new: Node, at path: [Step]) -> [YAMLEdit] {
        guard let before = old.entries, let after = new.entries, !before.isEmpty, !after.isEmpty else {
            return old == new ? [] : [YAMLEdit(path, .set(new))]
        }
        var edits: [YAMLEdit] = []
        for entry in after {
            guard let key = entry.key.text else { continue }
            if let known = old[key] {
                edits += changes(from: known, to: entry.value, at: path + [.key(key)])
            } else {
                edits.append(YAMLEdit(path + [.key(key)], .set(entry.value)))
            }
        }
        // Last, so that a mapping is never empty meanwhile.
        for entry in before where entry.key.text.map({ new[$0] == nil }) ?? false {
            edits.append(YAMLEdit(path + [.key(entry.key.text ?? "")], .remove))
        }
        return edits
    }
}

extension Node {
    /// A value made by the program: a text.
    package static func text(_ text: String) -> Node { Node(.scalar(text, .quoted), at: .generated) }

    /// A number or boolean as the language writes it.
    package static func plain(_ text: String) -> Node { Node(.scalar(text, .plain), at: .generated) }

    /// A list made by the program.
    package static func list(_ elements: [Node]) -> Node { Node(.sequence(elements), at: .generated) }

    /// A list of texts made by the program.
    package static func texts(_ texts: [String]) -> Node { list(texts.map { .text($0) }) }

    /// A mapping made by the program, in the order given.
    package static func mapping(_ entries: KeyValuePairs<String, Node>) -> Node { mapping(entries.map { ($0, $1) }) }

    /// As above, from a list.
    package static func mapping(_ entries: [(String, Node)]) -> Node {
        Node(.mapping(entries.map { Entry(.text($0), $1) }), at: .generated)
    }

    /// The value at a path; nil where there is none.
    package subscript(path: [YAMLEdit.Step]) -> Node? {
        path.reduce(Optional(self)) { node, step in
            switch step {
            case .key(let key): node?[key]
            case .index(let index): node?.elements?[ifThere: index]
            }
        }
    }

    /// The tree with an edit made in it; nil where its path leads through a text, or past a list's end.
    package func applying(_ edit: YAMLEdit) -> Node? {
        switch edit.action {
        case .set(let value): setting(edit.path[...], value)
        case .insert(let value): inserting(edit.path, value)
        case .remove: self[edit.path] == nil ? nil : removing(edit.path[...])
        }
    }

    private func inserting(_ path: [YAMLEdit.Step], _ value: Node) -> Node? {
        guard case .index(let index)? = path.last, var list = self[Array(path.dropLast())],
            var elements = list.elements, index <= elements.count
        else { return nil }
        elements.insert(value, at: index)
        list.content = .sequence(elements)
        return setting(path.dropLast(), list)
    }

    private func setting(_ path: ArraySlice<YAMLEdit.Step>, _ value: Node) -> Node? {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        var result = self
        switch step {
        case .key(let key):
            if isMissing { result = .mapping([:]) }
            guard var entries = result.entries else { return nil }
            if let index = entries.firstIndex(where: { $0.key.text.map(ByteText.init) == ByteText(key) }) {
                guard let inner = entries[index].value.setting(rest, value) else { return nil }
                entries[index].value = inner
            } else {
                guard let inner = Node.plain("").setting(rest, value) else { return nil }
                entries.append(Entry(.text(key), inner))
            }
            result.content = .mapping(entries)
        case .index(let index):
            if isMissing { result = .list([]) }
            guard var elements = result.elements, index <= elements.count else { return nil }
            if index == elements.count { elements.append(.plain("")) }
            guard let inner = elements[index].setting(rest, value) else { return nil }
            elements[index] = inner
            result.content = .sequence(elements)
        }
        return result
    }

    private func removing(_ path: ArraySlice<YAMLEdit.Step>) -> Node? {
        guard let step = path.first else { return nil }
        let rest = path.dropFirst()
        var result = self
        switch step {
        case .key(let key):
            guard var entries = self.entries,
                let index = entries.firstIndex(where: { $0.key.text.map(ByteText.init) == ByteText(key) })
            else { return nil }
            if rest.isEmpty {
                entries.remove(at: index)
            } else {
                guard let inner = entries[index].value.removing(rest) else { return nil }
                entries[index].value = inner
            }
            result.content = .mapping(entries)
        case .index(let index):
            guard var elements = self.elements, elements.indices.contains(index) else { return nil }
            if rest.isEmpty {
                elements.remove(at: index)
            } else {
                guard let inner = elements[index].removing(rest) else { return nil }
                elements[index] = inner
            }
            result.content = .sequence(elements)
        }
        return result
    }
}

extension Place {
    /// Of values that stand in no file.
    static let generated = Place(SourceFile(path: "", text: ""), line: 1, column: 1)
}

extension Array {
    /// The element at a position; nil where there is none.
    subscript(ifThere index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
