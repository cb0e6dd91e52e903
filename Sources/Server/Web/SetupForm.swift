import Definitions
import Foundation
import Plans
import Projects

/// The parameters of a use case as a form: by the assets that they change, and read back from what was typed.
struct SetupForm {
    private let useCase: UseCase
    private let folder: ProjectFolder

    init(_ useCase: UseCase, _ folder: ProjectFolder) {
        self.useCase = useCase
        self.folder = folder
    }

    // MARK: - Shown

    /// Each asset with the parameters that change it alone; before them those that change several, after them those of
    /// requirements alone.
    var groups: [[String: Any]] {
        let assets = Blueprint(useCase).assets
        let names = Dictionary(assets.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var groups: [[String: Any]] = []
        func add(_ title: String, _ kind: String, _ parameters: [Parameter], listsAssets: Bool = false) {
            if parameters.isEmpty { return }
            let rows = parameters.map { parameter -> [String: Any] in
                var row = row(parameter)
                if listsAssets { row["usedIn"] = parameter.assets.map { names[$0] ?? $0 }.joined(separator: ", ") }
                return row
            }
            groups.append(["title": title, "kind": kind, "parameters": rows])
        }
        let parameters = useCase.parameters
        add("Several assets", "", parameters.filter { $0.assets.count > 1 }, listsAssets: true)
        for asset in assets {
            let kind = "\(asset.kind.rawValue.replacing("_", with: " ")) \(asset.id)"
            add(asset.name, kind, parameters.filter { $0.assets == [asset.id] })
        }
        add("Requirements", "what the data is held against", parameters.filter(\.assets.isEmpty))
        return groups
    }

    private func row(_ parameter: Parameter) -> [String: Any] {
        let value = SetupForm.text(parameter, parameter.value)
        // Within the project's folder.
        let origin =
            parameter.origin.hasPrefix(folder.shown)
            ? String(parameter.origin.dropFirst(folder.shown.count)) : parameter.origin
        var row: [String: Any] = [
            "name": parameter.name.value, "description": parameter.description, "value": value,
            "isList": parameter.type == .list, "origin": origin,
            // A field of one line loses the ends of lines.
            "isLong": value.utf8.contains(UInt8(ascii: "\n")),
        ]
        let choices = parameter.type == .boolean ? ["true", "false"] : parameter.type == .list ? [] : parameter.allowed
        if !choices.isEmpty {
            row["choices"] = choices.map { ["value": $0, "isChosen": $0 == value] as [String: Any] }
            row["isChoice"] = true
        }
        if origin == "values.yaml", let normal = parameter.defaultValue {
            row["canReset"] = true
            row["default"] = SetupForm.text(parameter, normal)
        }
        return row
    }

    /// As a value is typed: a list as `a, b`, with `\,` for a comma within a value.
    private static func text(_ parameter: Parameter, _ value: [String]) -> String {
        guard parameter.type == .list else { return value.first ?? "" }
        return value.map { element in
            var text = element.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
            // A blank at an end would be taken for one between the values.
            if text.hasPrefix(" ") { text = "\\" + text }
            if text.utf8.count > 1, text.hasSuffix(" "), !text.hasSuffix("\\ ") {
                text = String(text.dropLast()) + "\\ "
            }
            return text
        }.joined(separator: ", ")
    }

    // MARK: - Read

    /// The fields of a form that are the setup's.
    static func fields(_ form: QueryString) -> [[String: String]] {
        form.items.filter { $0.name.hasPrefix("p.") || $0.name.hasPrefix("d.") }.map {
            ["name": $0.name, "value": $0.value]
        }
    }

    /// What `values.yaml` becomes with what was typed.
    ///
    /// - Throws: `Problem` for fields of parameters that there are not; what `valuesChange` throws.
    func change(_ form: QueryString) throws -> ValuesChange {
        var given: [String: [String]] = [:]
        var reset: Set<String> = []
        for field in form.items where field.name.hasPrefix("p.") || field.name.hasPrefix("d.") {
            let name = String(field.name.dropFirst(2))
            guard let parameter = useCase.parameters.first(where: { $0.name.value == name }) else {
                throw Problem.parameters([
                    .init(
                        field.name, "there is no such parameter",
                        allowed: useCase.parameters.map { "p." + $0.name.value })
                ])
            }
            if field.name.hasPrefix("d.") {
                reset.insert(name)
            } else {
                given[name] = SetupForm.values(field.value, parameter)
            }
        }
        return try folder.valuesChange(useCase, given, reset: reset)
    }

    private static func values(_ typed: String, _ parameter: Parameter) -> [String] {
        // Forms send every end of a line as CR LF.
        let hadCR = parameter.value.contains { $0.utf8.contains(UInt8(ascii: "\r")) }
        let text = hadCR ? typed : String(decoding: typed.utf8.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        guard parameter.type == .list else { return [text] }
        return splitList("[" + text.trimmed + "]")
    }
}

extension String {
    /// Without blanks at its ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
