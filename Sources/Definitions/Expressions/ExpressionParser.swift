import Diagnostics
import Quantities

/// Reads the grammar of `Expression` from a scalar.
struct ExpressionParser {
    private struct Failure: Error {
        var diagnostic: Diagnostic
    }

    private let scalars: [Unicode.Scalar]
    private let places: ScalarPlaces
    private var position = 0
    private var depth = 0

    /// The expression of a scalar node, or the first thing wrong with it.
    static func parse(_ node: Node) -> Result<Located<Expression>, Diagnostic> {
        var parser = ExpressionParser(node)
        do {
            parser.skipBlanks()
            if parser.atEnd { throw parser.failure("the expression is empty", 0, 0) }
            let result = try parser.sum()
            if !parser.atEnd { throw parser.unexpected("an operator or the end") }
            return .success(result)
        } catch let failure as Failure {
            return .failure(failure.diagnostic)
        } catch {
            preconditionFailure("expressions fail with diagnostics only")
        }
    }

    private init(_ node: Node) {
        scalars = Array((node.text ?? "").unicodeScalars)
        places = ScalarPlaces(node)
    }

    private mutating func sum() throws -> Located<Expression> {
        try chain(["+": .add, "-": .subtract]) { try $0.product() }
    }

    private mutating func product() throws -> Located<Expression> {
        try chain(["*": .multiply, "/": .divide]) { try $0.factor() }
    }

    /// `operand (operator operand)*`, grouped from the left.
    private mutating func chain(
        _ operators: [Unicode.Scalar: Expression.Operator],
        _ operand: (inout ExpressionParser) throws -> Located<Expression>
    ) throws -> Located<Expression> {
        let start = position
        var left = try operand(&self)
        var links = 0
        while let sign = current, let kind = operators[sign] {
            advance()
            let right = try operand(&self)
            links += 1
            // A tree of the same depth is walked by recursion later.
            if links > 200 { throw failure("the expression is too long", start, position) }
            left = Located(.binary(kind, left, right), at: places.place(start, lastEnd))
        }
        return left
    }

    private mutating func factor() throws -> Located<Expression> {
        depth += 1
        defer { depth -= 1 }
        let start = position
        guard depth <= 64 else { throw failure("nested more than 64 levels deep", start, start + 1) }
        guard let scalar = current else { throw unexpected("a name or a number") }
        switch scalar {
        case "-":
            advance()
            let inner = try factor()
            return Located(.negate(inner), at: places.place(start, lastEnd))
        case "(":
            advance()
            let inner = try sum()
            try close(since: start)
            return inner
        case "`": return try quotedName()
        case "0"..."9", ".": return try number()
        case let scalar where isNameStart(scalar): return try name()
        default: throw unexpected("a name or a number")
        }
    }

    private mutating func close(since start: Int) throws {
        guard current == ")" else {
            throw atEnd ? failure("the '(' is not closed", start, start + 1) : unexpected("')'")
        }
        advance()
    }

    private mutating func number() throws -> Located<Expression> {
        let start = position
        while let scalar = raw, ("0"..."9").contains(scalar) || scalar == "." || isNameStart(scalar) { position += 1 }
        let text = self.text(start, position)
        guard let value = decimal(text) else { throw failure("'\(text)' is no number", start, position) }
        finish()
        return Located(.number(value), at: places.place(start, lastEnd))
    }

    private mutating func quotedName() throws -> Located<Expression> {
        let start = position
        position += 1
        while let scalar = raw, scalar != "`" { position += 1 }
        guard raw == "`" else { throw failure("the backtick is not closed", start, start + 1) }
        let text = self.text(start + 1, position)
        position += 1
        finish()
        guard !text.utf8.isEmpty else { throw failure("no name between the backticks", start, lastEnd) }
        let place = places.place(start, lastEnd)
        return Located(.name(Located(text, at: place)), at: place)
    }

    private mutating func name() throws -> Located<Expression> {
        let start = position
        while let scalar = raw, isNameStart(scalar) || ("0"..."9").contains(scalar) || scalar == "." { position += 1 }
        let text = self.text(start, position)
        finish()
        let place = places.place(start, lastEnd)
        guard current == "(" else { return Located(.name(Located(text, at: place)), at: place) }
        let open = position
        advance()
        var arguments: [Located<Expression>] = []
        if current != ")" {
            arguments.append(try sum())
            while current == "," {
                advance()
                arguments.append(try sum())
            }
        }
        guard current == ")" else {
            throw atEnd ? failure("the '(' is not closed", open, open + 1) : unexpected("',' or ')'")
        }
        advance()
        return Located(.call(Located(text, at: place), arguments), at: places.place(start, lastEnd))
    }

    // The cursor. `position` always stands on the next scalar that is no blank; `lastEnd` behind the one before.

    private var lastEnd = 0

    private var raw: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private var current: Unicode.Scalar? { raw }

    private var atEnd: Bool { position >= scalars.count }

    private mutating func advance() {
        position += 1
        finish()
    }

    private mutating func finish() {
        lastEnd = position
        skipBlanks()
    }

    private mutating func skipBlanks() {
        while let scalar = raw, scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r" { position += 1 }
    }

    private func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic
    }

    private func text(_ start: Int, _ end: Int) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[start..<end])
        return String(result)
    }

    private func unexpected(_ expected: String) -> Failure {
        guard let scalar = current else {
            return failure("the expression ends where \(expected) is expected", scalars.count - 1, scalars.count)
        }
        let hints = scalar == "'" || scalar == "\"" ? ["odd column names stand between backticks: `unit price`"] : []
        return failure("expected \(expected), found '\(scalar)'", position, position + 1, hints)
    }

    private func failure(_ message: String, _ start: Int, _ end: Int, _ hints: [String] = []) -> Failure {
        Failure(diagnostic: Diagnostic(.expressionSyntax, message, at: places.place(start, end), hints: hints))
    }
}

/// Places within a scalar: exact where its text stands in one line of the file as it is, else the whole scalar.
struct ScalarPlaces {
    private let whole: Place
    /// The column of the text's first scalar; nil where the file shows the text in another form.
    private let firstColumn: Int?

    init(_ node: Node) {
        whole = node.place
        guard case .scalar(let text, let style) = node.content, style == .plain || style == .quoted,
            whole.line == whole.endLine, whole.line <= whole.file.lines.count,
            // Finding a column walks the line; files of one endless line do without.
            whole.column < 10_000
        else {
            firstColumn = nil
            return
        }
        let column = style == .quoted ? whole.column + 1 : whole.column
        let line = whole.file.lines[whole.line - 1].unicodeScalars
        firstColumn = line.dropFirst(column - 1).starts(with: text.unicodeScalars) ? column : nil
    }

    func place(_ start: Int, _ end: Int) -> Place {
        guard let firstColumn else { return whole }
        return Place(
            whole.file, line: whole.line, column: firstColumn + max(0, start), endLine: whole.line,
            endColumn: firstColumn + max(start + 1, end))
    }
}

extension Located<Expression> {
    /// The names that it reads, with places, in order.
    var names: [Located<String>] {
        switch value {
        case .number: []
        case .name(let name): [name]
        case .negate(let inner): inner.names
        case .binary(_, let left, let right): left.names + right.names
        case .call(_, let arguments): arguments.flatMap(\.names)
        }
    }

    /// The functions that it calls, with places.
    var calls: [(name: Located<String>, arguments: [Located<Expression>])] {
        switch value {
        case .number, .name: []
        case .negate(let inner): inner.calls
        case .binary(_, let left, let right): left.calls + right.calls
        case .call(let name, let arguments): [(name, arguments)] + arguments.flatMap(\.calls)
        }
    }
}
