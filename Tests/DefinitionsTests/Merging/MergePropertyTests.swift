import Definitions
import Diagnostics
import Foundation
import Testing

/// What holds for all merges, on random changes of the shipped use case.
@Suite struct MergePropertyTests {
    @Test func holdsForRandomChanges() throws {
        let given = ProcessInfo.processInfo.environment["TENURE_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        var changes = RandomChanges(random: SplitMix(state: seed))
        let file = try Repository.file("usecases/cltv-dashboard/usecase.yaml")
        let base = try #require(Node.parse(file).root)
        var (clean, inConflict) = (0, 0)
        for round in 0..<30 {
            let label: Comment = "TENURE_SEED=\(seed), round \(round)"
            let a = changes.changed(base)
            let b = changes.changed(base)

            // Without adjustments the new version comes out; without a new version, the adjustments.
            let plain = DefinitionMerge(base: base, local: base, new: a)
            #expect(canonical(plain.tree) == canonical(a) && plain.conflicts.isEmpty && plain.kept.isEmpty, label)
            let same = DefinitionMerge(base: base, local: a, new: base)
            #expect(same.edits.isEmpty && same.tree == a && same.conflicts.isEmpty && same.taken.isEmpty, label)
            let equal = DefinitionMerge(base: base, local: a, new: a)
            #expect(equal.edits.isEmpty && equal.conflicts.isEmpty, label)

            // What is edited reads as what was merged, and no comment beside what changed is lost.
            let edited = SourceFile(path: file.path, text: try file.edited(plain.edits))
            #expect(Node.parse(edited).root == plain.tree, label)
            // Those within a value go with it.
            let changed = plain.taken.compactMap(\.before).flatMap { $0.place.line...$0.place.endLine }
            let comments = MergePropertyTests.comments(in: file, outside: Set(changed))
            let lost = comments.subtracting(MergePropertyTests.comments(in: edited))
            #expect(lost.isEmpty, label)
            let local = SourceFile(path: file.path, text: a.yaml)
            let localTree = try #require(Node.parse(local).root)

            // It does not matter whose side is which.
            let ab = DefinitionMerge(base: base, local: localTree, new: b)
            let ba = DefinitionMerge(base: base, local: b, new: localTree)
            #expect(Set(ab.conflicts.map(\.path)) == Set(ba.conflicts.map(\.path)), label)
            if ab.conflicts.isEmpty { #expect(canonical(ab.tree) == canonical(ba.tree), label) }
            #expect(Node.parse(SourceFile(path: "x", text: try local.edited(ab.edits))).root == ab.tree, label)

            // All conflicts decided for one side leave none, and the same as deciding them for the other side the other way.
            let kept = DefinitionMerge(base: base, local: localTree, new: b) { _ in .local }
            let taken = DefinitionMerge(base: base, local: b, new: localTree) { _ in .new }
            #expect(kept.unresolved.isEmpty && canonical(kept.tree) == canonical(taken.tree), label)
            if ab.conflicts.isEmpty { clean += 1 } else { inConflict += 1 }
        }
        print("merges without conflicts: \(clean), with: \(inConflict); TENURE_SEED=\(seed)")
        #expect(clean > 0 && inConflict > 0, "TENURE_SEED=\(seed)")
    }

    /// Lines that are comments alone: one behind a value may go with it.
    private static func comments(in file: SourceFile, outside lines: Set<Int> = []) -> Set<String> {
        let texts = file.lines.enumerated().filter { !lines.contains($0.offset + 1) }
            .map { $0.element.trimmingCharacters(in: .whitespaces) }
        return Set(texts.filter { $0.hasPrefix("#") })
    }

    /// The tree in an order of its own, as text.
    private func canonical(_ node: Node) -> String {
        if let entries = node.entries {
            return "{" + entries.map { "\($0.key.text ?? ""): \(canonical($0.value))" }.sorted().joined(separator: ", ")
                + "}"
        }
        if let elements = node.elements { return "[" + elements.map(canonical).sorted().joined(separator: ", ") + "]" }
        return node.isMissing ? "~" : (node.text ?? "").debugDescription
    }
}

/// Versions of a definition that somebody might have made of it.
private struct RandomChanges {
    var random: SplitMix
    private var count = 0

    init(random: SplitMix) { self.random = random }

    mutating func changed(_ base: Node) -> Node {
        var result = base
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            var paths: [[YAMLEdit.Step]] = []
            collect(result, [], &paths)
            guard let path = paths.randomElement(using: &random), let node = result[path] else { continue }
            if let edit = edit(node, path),
                let next = result.applying(edit)
            {
                result = next
            }
        }
        return result
    }

    private mutating func edit(_ node: Node, _ path: [YAMLEdit.Step]) -> YAMLEdit? {
        count += 1
        let fresh = Node.text("fresh \(Int.random(in: 0..<4, using: &random))")
        switch (node.content, Int.random(in: 0..<4, using: &random)) {
        case (.scalar, 0) where path.count > 1: return YAMLEdit(path, .remove)
        case (.scalar, _): return YAMLEdit(path, .set(fresh))
        case (.mapping, 0) where path.count > 1: return YAMLEdit(path, .remove)
        case (.mapping, _): return YAMLEdit(path + [.key("key \(Int.random(in: 0..<3, using: &random))")], .set(fresh))
        case (.sequence(let elements), 0):
            guard !elements.isEmpty else { return nil }
            return YAMLEdit(path + [.index(Int.random(in: 0..<elements.count, using: &random))], .remove)
        case (.sequence(let elements), 1): return YAMLEdit(path, .set(.list(elements.shuffled(using: &random))))
        case (.sequence(let elements), _):
            let isOfTexts = elements.allSatisfy { $0.text != nil }
            let added = isOfTexts ? fresh : .mapping(["id": fresh, "name": .text("name \(count)")])
            return YAMLEdit(path + [.index(Int.random(in: 0...elements.count, using: &random))], .insert(added))
        case (.refused, _): return nil
        }
    }

    private func collect(_ node: Node, _ path: [YAMLEdit.Step], _ paths: inout [[YAMLEdit.Step]]) {
        if !path.isEmpty { paths.append(path) }
        for (index, element) in (node.elements ?? []).enumerated() { collect(element, path + [.index(index)], &paths) }
        for entry in node.entries ?? [] { collect(entry.value, path + [.key(entry.key.text ?? "")], &paths) }
    }
}
