package import Diagnostics

/// Two versions of a definition that came from a third, brought together: what a new version of a use case changes, made in
/// a copy that was adjusted. It looks at trees, not at lines.
///
///     base ──────▶ new        what the new version brings: `taken`
///       └────────▶ local      what was adjusted: `kept`
///                             the same value changed to different ones: `conflicts`
///
/// | value | merged |
/// |---|---|
/// | mapping | key by key |
/// | list whose elements have names of their own (`MergeIdentity`) | element by element; new ones stand behind their neighbour in the new version |
/// | list of different texts | as a set, where both sides only added and removed |
/// | everything else | whole: the side that changed it wins, and two different changes are a conflict |
///
/// A mapping that became something else (a measure a formula, a condition another one) is one value: halves of two kinds
/// would be neither. What one side removed and the other changed is a conflict. Another order alone is no change: the
/// local order stays, and `reordered` names the lists that the new version orders otherwise.
package struct DefinitionMerge: Sendable {
    package enum Side: String, Sendable {
        case local, new
    }

    /// What one side did to one value.
    package struct Change: Sendable {
        /// `dashboard.reports[headline].title`
        package var path: String
        /// Nil where the change added it.
        package var before: Node?
        /// Nil where the change removed it.
        package var after: Node?
    }

    /// A value that both sides changed, each to another one. Nil stands for a side that does not have it.
    package struct Conflict: Sendable {
        package var path: String
        package var base: Node?
        package var local: Node?
        package var new: Node?
        /// Of the local value; where that was removed, of what it stood in.
        package var place: Place
        /// Which side was chosen; nil where nobody did, and then the local value stands in the result.
        package var choice: Side?
    }

    /// Changes of the new version that the result has.
    package private(set) var taken: [Change]
    /// Local changes that the result has.
    package private(set) var kept: [Change]
    /// All of them, also those for which a side was chosen.
    package private(set) var conflicts: [Conflict]
    /// Paths of lists that the new version orders otherwise than the result.
    package private(set) var reordered: [String]
    /// What has to be done to the local file, in this order.
    package private(set) var edits: [YAMLEdit]
    /// The local tree with the edits made in it.
    package private(set) var tree: Node

    /// Conflicts for which no side was chosen.
    package var unresolved: [Conflict] { conflicts.filter { $0.choice == nil } }

    /// - Parameters:
    ///   - base: what `local` and `new` came from.
    ///   - choose: the side that wins the conflict at a path, if one was chosen.
    package init(base: Node, local: Node, new: Node, choose: @escaping (_ path: String) -> Side? = { _ in nil }) {
        var merger = Merger(choose: choose)
        merger.merge(Merger.Versions(base, local, new), at: MergePath(), in: local.place)
        taken = merger.taken
        kept = merger.kept
        conflicts = merger.conflicts
        reordered = merger.reordered
        edits = merger.edits
        tree = merger.edits.reduce(local) { tree, edit in
            guard let next = tree.applying(edit) else {
                preconditionFailure("the merge made an edit for which the local tree has no place")
            }
            return next
        }
    }
}

/// The sides that were chosen for conflicts, by path: each for the conflict there and for all below it. The longest path
/// wins.
package struct MergeChoices: Sendable {
    private var sides: [(path: String, side: DefinitionMerge.Side)]

    package init(keep: [String] = [], take: [String] = []) {
        sides = keep.map { ($0, .local) } + take.map { ($0, .new) }
    }

    package func side(of path: String) -> DefinitionMerge.Side? {
        sides.filter { MergeChoices.holds($0.path, path) }.max { $0.path.utf8.count < $1.path.utf8.count }?.side
    }

    /// The chosen paths that no conflict is at or below.
    package func idle(among conflicts: [DefinitionMerge.Conflict]) -> [(path: String, side: DefinitionMerge.Side)] {
        sides.filter { choice in !conflicts.contains { MergeChoices.holds(choice.path, $0.path) } }
    }

    /// Paths for which both sides were chosen.
    package var contradictions: [String] {
        sides.filter { $0.side == .local }.map(\.path).filter { path in
            sides.contains { $0.side == .new && $0.path.utf8.elementsEqual(path.utf8) }
        }
    }

    private static func holds(_ path: String, _ inner: String) -> Bool {
        let (outer, inner) = (Array(path.utf8), Array(inner.utf8))
        guard inner.starts(with: outer) else { return false }
        return inner.count == outer.count
            || [UInt8(ascii: "."), UInt8(ascii: "[")].contains(inner[outer.count])
    }
}
