/// Two versions of a text as a unified diff, as `diff -u` and git write it.
package enum TextDiff {
    /// Lines around a change that are shown.
    private static let context = 2

    private enum Line {
        case same(String)
        case removed(String)
        case added(String)

        var isSame: Bool { if case .same = self { true } else { false } }

        var text: String {
            switch self {
            case .same(let line): "  " + line
            case .removed(let line): "- " + line
            case .added(let line): "+ " + line
            }
        }
    }

    /// Empty where nothing differs.
    package static func unified(_ old: String, _ new: String, path: String) -> String {
        if old == new { return "" }
        return (["--- \(path)", "+++ \(path)"] + shown(old, new).map { $0?.text ?? "  …" }).joined(separator: "\n")
    }

    /// The same for pages, without the names of files.
    package static func markup(_ old: String, _ new: String) -> Markup {
        var page = Markup()
        for line in shown(old, new) {
            switch line {
            case .removed?: page.element("del", text: line?.text ?? "")
            case .added?: page.element("ins", text: line?.text ?? "")
            case .same?: page.write(line?.text ?? "")
            case nil: page.write("  …")
            }
            page.newline()
        }
        return page
    }

    /// The lines that differ with those around them; nil where some are left out between.
    private static func shown(_ old: String, _ new: String) -> [Line?] {
        let lines = lines(split(old), split(new))
        var shown: [Line?] = []
        var last = -1
        for index in lines.indices {
            let near = max(0, index - context)...min(lines.count - 1, index + context)
            guard near.contains(where: { !lines[$0].isSame }) else { continue }
            if index > last + 1, last >= 0 { shown.append(nil) }
            shown.append(lines[index])
            last = index
        }
        return shown
    }

    private static func split(_ text: String) -> [String] {
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.last == "\r" ? line.dropLast() : line)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// What both begin and end with is the same; between that, by the longest common subsequence.
    private static func lines(_ old: [String], _ new: [String]) -> [Line] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { $0 == $1 }.count
        return old[..<head].map { .same($0) }
            + changed(Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
            + old[(old.count - tail)...].map { .same($0) }
    }

    private static func changed(_ old: [String], _ new: [String]) -> [Line] {
        var common = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
        for i in old.indices.reversed() {
            for j in new.indices.reversed() {
                common[i][j] = old[i] == new[j] ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
            }
        }
        var (i, j) = (0, 0)
        var lines: [Line] = []
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, old[i] == new[j] {
                lines.append(.same(old[i]))
                (i, j) = (i + 1, j + 1)
            } else if j == new.count || (i < old.count && common[i + 1][j] >= common[i][j + 1]) {
                lines.append(.removed(old[i]))
                i += 1
            } else {
                lines.append(.added(new[j]))
                j += 1
            }
        }
        return lines
    }
}
