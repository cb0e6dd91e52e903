/// Where a merge is: its steps in the local tree, and the words that people know it by.
struct MergePath {
    /// Keys, and indices of lists in the local tree as it was before any edit.
    private(set) var steps: [YAMLEdit.Step] = []
    /// `dashboard.reports[headline].title`
    private(set) var text = ""
    /// The last key, without the elements of lists below it.
    private(set) var key = ""
    private(set) var depth = 0

    func appending(key: String) -> MergePath {
        var path = self
        path.steps.append(.key(key))
        path.text += text.isEmpty ? key : ".\(key)"
        path.key = key
        path.depth += 1
        return path
    }

    /// - Parameter index: in the local list; nil for an element that it does not have.
    func appending(element name: String, index: Int?) -> MergePath {
        var path = self
        path.steps.append(.index(index ?? 0))
        path.text += "[\(name)]"
        path.key = ""
        path.depth += 1
        return path
    }
}

/// What makes values of two versions the same value.
package enum MergeIdentity {
    /// The names of a list's elements: `id`, the id of a report or of a template's use, `name`, the kind and name of a
    /// requirement, or the texts of a list of texts. Nil where an element has none, or where two have the same.
    ///
    /// - Parameter key: under which the list stands.
    static func names(_ elements: [Node], under key: String) -> [ByteText]? {
        let names = elements.compactMap { name(of: $0, under: key).map { ByteText($0) } }
        return names.count == elements.count && Set(names).count == names.count ? names : nil
    }

    /// The name of a list's element, which it has in every version; nil where it has none.
    package static func name(of element: Node, under key: String) -> String? {
        if element.entries == nil { return element.isMissing ? nil : element.text }
        if let id = element["id"]?.text { return id }
        if key == "reports" { return reports.lazy.compactMap { element[$0]?.text }.first }
        if let template = element["template"] { return template.text.flatMap { _ in element["with"]?["id"]?.text } }
        if let name = element["name"]?.text { return name }
        guard ["requirements", "any_of"].contains(key), let kind = requirements.first(where: { element[$0] != nil })
        else { return nil }
        let name = element[kind]?.text ?? element[kind]?["event"]?.text ?? element["title"]?.text
        return name.map { "\(kind) \($0)" } ?? kind
    }

    /// Which of several forms a mapping has: a measure or a formula, which kind of condition or grouping. Mappings of
    /// different forms have nothing in common to be merged.
    static func form(of mapping: Node, at path: MergePath) -> Set<String> {
        // Their keys are names that the user chose.
        if ["parameters", "metrics", "attributes", "with"].contains(path.key) { return [] }
        return Set(forms.filter { mapping[$0] != nil })
    }

    private static let reports = ReportDefinition.Kind.allCases.map(\.rawValue)
    private static let requirements = [
        "event", "property", "consent", "catalog", "any_of", "segmentation", "freshness", "history", "sufficiency",
    ]
    private static let forms =
        reports + requirements + [
            "id", "template", "measure", "formula", "all", "any", "not", "attribute", "aggregate", "column",
            "calendar", "purchase_count", "days_to_second_purchase",
        ]
}

extension Node {
    /// Whether two values mean the same to a merge: keys of mappings, and elements that have names, in any order.
    ///
    /// - Parameter key: under which they stand.
    func isSame(as other: Node, under key: String = "") -> Bool {
        if let mine = entries, let others = other.entries {
            return mine.count == others.count
                && mine.allSatisfy { entry in
                    guard let key = entry.key.text, let value = other[key] else { return false }
                    return entry.value.isSame(as: value, under: key)
                }
        }
        guard let mine = elements, let others = other.elements else { return self == other }
        guard mine.count == others.count else { return false }
        if let names = MergeIdentity.names(mine, under: key), let otherNames = MergeIdentity.names(others, under: key) {
            let byName = Dictionary(zip(otherNames, others)) { first, _ in first }
            return zip(names, mine).allSatisfy { name, element in byName[name]?.isSame(as: element) ?? false }
        }
        return zip(mine, others).allSatisfy { $0.isSame(as: $1) }
    }
}
