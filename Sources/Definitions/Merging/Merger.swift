import Diagnostics

/// The merge of `DefinitionMerge`, value by value.
struct Merger {
    /// One value in the three trees; nil where a tree does not have it.
    struct Versions {
        var base: Node?
        var local: Node?
        var new: Node?

        init(_ base: Node?, _ local: Node?, _ new: Node?) {
            (self.base, self.local, self.new) = (base, local, new)
        }

        /// What a part of the values is, `{ $0["title"] }`.
        func map(_ part: (Node) -> Node?) -> Versions {
            Versions(base.flatMap(part), local.flatMap(part), new.flatMap(part))
        }

        /// All three, if all are there.
        var all: (base: Node, local: Node, new: Node)? {
            guard let base, let local, let new else { return nil }
            return (base, local, new)
        }
    }

    let choose: (String) -> DefinitionMerge.Side?
    var taken: [DefinitionMerge.Change] = []
    var kept: [DefinitionMerge.Change] = []
    var conflicts: [DefinitionMerge.Conflict] = []
    var reordered: [String] = []
    /// Within a list first those of its elements, at their old indices, then removals from the back, then insertions.
    var edits: [YAMLEdit] = []

    init(choose: @escaping (String) -> DefinitionMerge.Side?) { self.choose = choose }

    /// - Parameter place: of the local value's key; where there is none, of what it would stand in.
    mutating func merge(_ versions: Versions, at path: MergePath, in place: Place) {
        var versions = versions
        if path.depth == 1, versions.base == nil, let local = versions.local, let new = versions.new {
            // A section that both added: its entries have nothing to do with each other yet.
            if local.entries != nil, new.entries != nil { versions.base = .mapping([:]) }
            if local.elements != nil, new.elements != nil { versions.base = .list([]) }
        }
        guard let (base, local, new) = versions.all else { return mergeWhole(versions, at: path, in: place) }
        if base.entries != nil, local.entries != nil, new.entries != nil {
            let forms = [base, local, new].map { MergeIdentity.form(of: $0, at: path) }
            if Set(forms).count == 1 { return mergeEntries(base, local, new, at: path, in: place) }
        }
        if let lists = Lists(base, local, new, under: path.key) {
            let isOfTexts = [base, local, new].allSatisfy { ($0.elements ?? []).allSatisfy { $0.text != nil } }
            if !isOfTexts || lists.areSets { return mergeElements(lists, at: path, in: place) }
        }
        mergeWhole(versions, at: path, in: place)
    }

    // MARK: - Mappings

    private mutating func mergeEntries(
        _ base: Node, _ local: Node, _ new: Node, at path: MergePath, in place: Place
    ) {
        var places: [ByteText: Place] = [:]
        for entry in local.entries ?? [] { places[ByteText(entry.key.text ?? "")] = entry.key.place }
        let keys = ((local.entries ?? []) + (new.entries ?? []).filter { local[$0.key.text ?? ""] == nil })
            .compactMap(\.key.text)
        for key in keys {
            merge(
                Versions(base, local, new).map { $0[key] }, at: path.appending(key: key),
                in: places[ByteText(key)] ?? place)
        }
    }

    // MARK: - Values without parts

    private mutating func mergeWhole(_ versions: Versions, at path: MergePath, in place: Place) {
        switch decide(versions, at: path, in: place) {
        case .stay: break
        case .take(let value): edits.append(YAMLEdit(path.steps, value.map { .set($0) } ?? .remove))
        }
    }

    private enum Decision {
        /// The local value is the result.
        case stay
        /// The new one is; nil where it is not there.
        case take(Node?)
    }

    /// Who wins a value as a whole, which is noted.
    private mutating func decide(_ versions: Versions, at path: MergePath, in place: Place) -> Decision {
        func same(_ a: Node?, _ b: Node?) -> Bool {
            guard let a, let b else { return a == nil && b == nil }
            return a.isSame(as: b, under: path.key)
        }
        let (base, local, new) = (versions.base, versions.local, versions.new)
        if same(local, new) { return .stay }
        if same(base, new) {
            kept.append(DefinitionMerge.Change(path: path.text, before: base, after: local))
            return .stay
        }
        let take = DefinitionMerge.Change(path: path.text, before: local, after: new)
        if same(base, local) {
            taken.append(take)
            return .take(new)
        }
        let choice = choose(path.text)
        conflicts.append(
            DefinitionMerge.Conflict(
                path: path.text, base: base, local: local, new: new, place: local?.headPlace ?? place, choice: choice))
        switch choice {
        case .new:
            taken.append(take)
            return .take(new)
        case .local:
            kept.append(DefinitionMerge.Change(path: path.text, before: base, after: local))
            return .stay
        case nil: return .stay
        }
    }

    // MARK: - Lists

    /// The three states of a list whose elements have names.
    private struct Lists {
        struct List {
            var names: [ByteText]
            var elements: [ByteText: (index: Int, node: Node)]

            init?(_ node: Node, under key: String) {
                guard let elements = node.elements, let names = MergeIdentity.names(elements, under: key) else {
                    return nil
                }
                self.names = names
                self.elements = Dictionary(zip(names, elements.enumerated().map { ($0.offset, $0.element) })) {
                    first, _ in
                    first
                }
            }

            /// The names of a list that another one has, too.
            func order(sharedWith other: List) -> [ByteText] { names.filter { other.elements[$0] != nil } }
        }

        var base: List
        var local: List
        var new: List

        init?(_ base: Node, _ local: Node, _ new: Node, under key: String) {
            guard let base = List(base, under: key), let local = List(local, under: key),
                let new = List(new, under: key)
            else { return nil }
            (self.base, self.local, self.new) = (base, local, new)
        }

        /// Whether texts can be merged one by one: only one side has others than the base, or neither changed the order of
        /// those that it has of the base.
        var areSets: Bool {
            func isChanged(_ list: List) -> Bool { Set(list.names) != Set(base.names) }
            func isInOrder(_ list: List) -> Bool { list.order(sharedWith: base) == base.order(sharedWith: list) }
            return !isChanged(local) || !isChanged(new) || (isInOrder(local) && isInOrder(new))
        }

        /// Whether the new version changed the order, and the local one does not have that order.
        var isReordered: Bool {
            new.order(sharedWith: base) != base.order(sharedWith: new)
                && new.order(sharedWith: local) != local.order(sharedWith: new)
        }

        func versions(_ name: ByteText) -> Versions {
            Versions(base.elements[name]?.node, local.elements[name]?.node, new.elements[name]?.node)
        }
    }

    private mutating func mergeElements(_ lists: Lists, at path: MergePath, in place: Place) {
        func inner(_ name: ByteText) -> MergePath {
            path.appending(
                element: String(decoding: name.bytes, as: UTF8.self), index: lists.local.elements[name]?.index)
        }
        var order: [ByteText] = []
        var removed: [Int] = []
        for (index, name) in lists.local.names.enumerated() {
            let versions = lists.versions(name)
            guard versions.new == nil else {
                merge(versions, at: inner(name), in: versions.local?.headPlace ?? place)
                order.append(name)
                continue
            }
            if case .take = decide(versions, at: inner(name), in: place) {
                removed.append(index)
            } else {
                order.append(name)
            }
        }
        edits += removed.reversed().map { YAMLEdit(path.steps + [.index($0)], .remove) }
        for (position, name) in lists.new.names.enumerated() where lists.local.elements[name] == nil {
            guard case .take(let node?) = decide(lists.versions(name), at: inner(name), in: place) else { continue }
            let index = index(for: position, of: lists.new.names, in: order)
            order.insert(name, at: index)
            edits.append(YAMLEdit(path.steps + [.index(index)], .insert(node)))
        }
        if lists.isReordered { reordered.append(path.text) }
    }

    /// Where a new element goes: behind the nearest one before it in the new version, else before the nearest one behind
    /// it, else to the end.
    private func index(for position: Int, of names: [ByteText], in order: [ByteText]) -> Int {
        for name in names[..<position].reversed() {
            if let index = order.firstIndex(of: name) { return index + 1 }
        }
        for name in names[(position + 1)...] {
            if let index = order.firstIndex(of: name) { return index }
        }
        return order.count
    }
}
