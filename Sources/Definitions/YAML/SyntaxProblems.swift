import Diagnostics

/// libyaml's words about a syntax error as a diagnostic with a place and readable words.
func syntaxDiagnostic(_ problem: EventReader.Problem, file: SourceFile, places: PlaceTable) -> Diagnostic {
    let place = problem.offset.map { places.place($0, $0 + 1) } ?? places.place(byte: problem.byteOffset)
    if let tab = tabInIndentation(of: place.line, upTo: place.column + 1, file)
        ?? tabInIndentation(of: place.line, upTo: indentation(of: place.line, file) + 1, file)
    {
        return Diagnostic(.tabIndentation, "a tab in the indentation", at: tab, hints: ["indent with blanks"])
    }
    let begin = problem.contextOffset.map { places.place($0, $0 + 1) }
    let related: [Diagnostic.Related] =
        if let begin, begin.line != place.line || begin.column != place.column {
            [.init(opening(problem.context), at: begin)]
        } else {
            []
        }
    let words = words(for: problem)
    if words.isUnclosed, let begin {
        // Where the quotes begin is what has to be looked at; the end of the file says nothing.
        return Diagnostic(.yamlSyntax, words.message, at: begin, hints: words.hints)
    }
    return Diagnostic(.yamlSyntax, words.message, at: place, hints: words.hints, related: related)
}

private func indentation(of line: Int, _ file: SourceFile) -> Int {
    guard line >= 1, line <= file.lines.count else { return 0 }
    return file.lines[line - 1].unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count
}

/// What began at the place that libyaml calls the context.
private func opening(_ context: String?) -> String {
    switch context {
    case .some(let text) where text.contains("flow mapping"): "the '{' that is open here"
    case .some(let text) where text.contains("flow sequence"): "the '[' that is open here"
    case .some(let text) where text.contains("quoted scalar"): "the quoted text begins here"
    case .some(let text) where text.contains("block mapping"): "the mapping begins here"
    case .some(let text) where text.contains("block collection"): "the list begins here"
    case .some(let text) where text.contains("simple key"): "the key begins here"
    default: "while reading from here"
    }
}

private func words(for problem: EventReader.Problem) -> (message: String, hints: [String], isUnclosed: Bool) {
    if problem.message == "found unexpected end of stream", problem.context?.contains("quoted") ?? false {
        return ("the quoted text is not closed", ["add the closing quote"], true)
    }
    let (message, hints) = words(problem.message)
    return (message, hints, false)
}

private func words(_ message: String) -> (message: String, hints: [String]) {
    switch message {
    case "found character that cannot start any token":
        return (
            "a value cannot begin with this character",
            ["put texts that begin with @, `, % or another sign in quotes"]
        )
    case "mapping values are not allowed in this context":
        return (
            "a ':' is not possible here", ["put a text that holds ': ' in quotes", "compare the indentation above"]
        )
    case "could not find expected ':'", "did not find expected ':'":
        return ("expected ':' after the key", [])
    case "found unexpected end of stream": return ("the file ends too early", [])
    case "did not find expected ',' or '}'": return ("expected ',' or '}'", [])
    case "did not find expected ',' or ']'": return ("expected ',' or ']'", [])
    case "did not find expected key":
        return ("expected a key; the line is indented unlike those around it, or a text needs quotes", [])
    case "did not find expected '-' indicator":
        return ("expected '- '; the line is indented unlike the list's other entries", [])
    case "block sequence entries are not allowed in this context":
        return ("a list cannot begin here", ["begin the list on the line after its key"])
    case "did not find expected node content": return ("expected a value", [])
    case "found unknown escape character":
        return ("unknown escape in double quotes", ["write \\\\ for a backslash, or use single quotes"])
    case "did not find expected <document start>":
        return ("the content ends before this line", ["compare the indentation with the lines above"])
    case "control characters are not allowed": return ("control characters are not allowed", [])
    case "found unexpected document indicator": return ("'---' or '...' within a quoted text", [])
    default: return (message, [])
    }
}
