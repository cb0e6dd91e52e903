/// Diagnostics for other programs.
package enum MachineFormat: String, CaseIterable, Sendable {
    /// One object with `schema_version` and `diagnostics`.
    case json
    /// Workflow commands, which GitHub shows beside the lines of a change.
    case github
    /// SARIF 2.1.0, for code scanning.
    case sarif

    /// The text for all diagnostics, ending in a line end unless it is empty.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        switch self {
        case .json: jsonReport(diagnostics).indented + "\n"
        case .github: diagnostics.map(githubCommand).joined()
        case .sarif: sarifLog(diagnostics).indented + "\n"
        }
    }
}

// JSON

private func jsonReport(_ diagnostics: [Diagnostic]) -> JSONText {
    .object([
        ("schema_version", .integer(1)),
        (
            "diagnostics",
            .array(
                diagnostics.map { diagnostic in
                    .object(
                        [
                            ("severity", .string(diagnostic.severity.rawValue)),
                            ("code", .string(diagnostic.code.id)), ("title", .string(diagnostic.code.title)),
                            ("message", .string(diagnostic.message)),
                        ] + (diagnostic.place.map { [("place", jsonPlace($0))] } ?? []) + [
                            ("hints", .strings(diagnostic.hints)),
                            (
                                "related",
                                .array(
                                    diagnostic.related.map {
                                        .object([("message", .string($0.message)), ("place", jsonPlace($0.place))])
                                    })
                            ),
                        ])
                })
        ),
    ])
}

private func jsonPlace(_ place: Place) -> JSONText {
    .object([
        ("file", .string(place.file.path)), ("line", .integer(place.line)), ("column", .integer(place.column)),
        ("end_line", .integer(place.endLine)), ("end_column", .integer(place.endColumn)),
    ])
}

// GitHub

private func githubCommand(_ diagnostic: Diagnostic) -> String {
    let command =
        switch diagnostic.severity {
        case .error: "error"
        case .warning: "warning"
        case .note: "notice"
        }
    var properties: [String] = []
    if let place = diagnostic.place {
        properties = [
            "file=\(escaped(place.file.path, isProperty: true))", "line=\(place.line)", "col=\(place.column)",
            "endLine=\(place.endLine)",
        ]
        if place.endLine == place.line { properties.append("endColumn=\(place.endColumn)") }
    }
    properties.append("title=\(escaped("\(diagnostic.code.id) \(diagnostic.code.title)", isProperty: true))")
    let message = ([diagnostic.message] + diagnostic.hints.map { "help: \($0)" }).joined(separator: "\n")
    return "::\(command) \(properties.joined(separator: ","))::\(escaped(message, isProperty: false))\n"
}

private func escaped(_ text: String, isProperty: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "%": result.append(contentsOf: "%25".unicodeScalars)
        case "\r": result.append(contentsOf: "%0D".unicodeScalars)
        case "\n": result.append(contentsOf: "%0A".unicodeScalars)
        case ":" where isProperty: result.append(contentsOf: "%3A".unicodeScalars)
        case "," where isProperty: result.append(contentsOf: "%2C".unicodeScalars)
        default: result.append(scalar)
        }
    }
    return String(result)
}

// SARIF

private func sarifLog(_ diagnostics: [Diagnostic]) -> JSONText {
    var codes: [Code] = []
    for diagnostic in diagnostics where !codes.contains(diagnostic.code) { codes.append(diagnostic.code) }
    let rules = codes.sorted { $0.id < $1.id }.map { code in
        JSONText.object([
            ("id", .string(code.id)), ("shortDescription", .object([("text", .string(code.title))])),
            ("fullDescription", .object([("text", .string(code.explanation))])),
        ])
    }
    let driver = JSONText.object([("name", .string("tenure")), ("rules", .array(rules))])
    return .object([
        ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
        (
            "runs",
            .array([
                .object([
                    ("tool", .object([("driver", driver)])), ("columnKind", .string("unicodeCodePoints")),
                    ("results", .array(diagnostics.map(sarifResult))),
                ])
            ])
        ),
    ])
}

private func sarifResult(_ diagnostic: Diagnostic) -> JSONText {
    let message = ([diagnostic.message] + diagnostic.hints.map { "help: \($0)" }).joined(separator: "\n")
    var members: [(String, JSONText)] = [
        ("ruleId", .string(diagnostic.code.id)), ("level", .string(diagnostic.severity.rawValue)),
        ("message", .object([("text", .string(message))])),
    ]
    if let place = diagnostic.place {
        members.append(("locations", .array([.object([("physicalLocation", sarifPlace(place))])])))
    }
    if !diagnostic.related.isEmpty {
        let related = diagnostic.related.enumerated().map { index, related in
            JSONText.object([
                ("id", .integer(index + 1)), ("message", .object([("text", .string(related.message))])),
                ("physicalLocation", sarifPlace(related.place)),
            ])
        }
        members.append(("relatedLocations", .array(related)))
    }
    return .object(members)
}

private func sarifPlace(_ place: Place) -> JSONText {
    .object([
        ("artifactLocation", .object([("uri", .string(uri(place.file.path)))])),
        (
            "region",
            .object([
                ("startLine", .integer(place.line)), ("startColumn", .integer(place.column)),
                ("endLine", .integer(place.endLine)), ("endColumn", .integer(place.endColumn)),
            ])
        ),
    ])
}

/// A relative or absolute path as a URI reference.
private func uri(_ path: String) -> String {
    var result = path.utf8.first == UInt8(ascii: "/") ? "file://" : ""
    for byte in path.utf8 {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            result += String(UnicodeScalar(byte))
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            result += "%" + (hex.utf8.count == 1 ? "0" + hex : hex)
        }
    }
    return result
}
