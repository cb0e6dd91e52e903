/// The dotted paths that a mapping asks for, as a tree of keys, so that one walk over a line finds them all.
struct JSONPaths {
    struct Node {
        var children: [(key: [UInt8], node: Int)] = []
        /// The column of the value at this path.
        var column: Int?
        /// The key is a whole dotted path, not a part of one: it wins over nested objects.
        var isLiteral = false
    }

    /// The first is the line's object.
    private(set) var nodes = [Node()]

    init(_ paths: [String]) {
        for (column, path) in paths.enumerated() {
            let parts = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
            var node = 0
            for part in parts { node = child(of: node, part) }
            nodes[node].column = column
            if parts.count > 1 {
                let literal = child(of: 0, Array(path.utf8))
                nodes[literal].column = column
                nodes[literal].isLiteral = true
            }
        }
    }

    private mutating func child(of parent: Int, _ key: [UInt8]) -> Int {
        if let known = nodes[parent].children.first(where: { $0.key == key }) { return known.node }
        nodes.append(Node())
        nodes[parent].children.append((key, nodes.count - 1))
        return nodes.count - 1
    }

    /// The node of `key` below `parent`, where anything asked for lies there.
    func node(below parent: Int, _ key: ArraySlice<UInt8>) -> Int? {
        for child in nodes[parent].children where child.key.count == key.count {
            if child.key.elementsEqual(key) { return child.node }
        }
        return nil
    }
}
