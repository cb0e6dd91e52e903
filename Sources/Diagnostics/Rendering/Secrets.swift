/// Tokens that stand in a definition as they are, and not as `${env:NAME}`, are shown nowhere.
enum Secrets {
    /// A line with `*` for what stands behind `token:` and `token=`, as long as it was.
    static func hidden(_ line: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var shown = line
        var start = 0
        while let (value, end) = value(in: line, from: start) {
            if !line[value..<end].starts(with: "${".unicodeScalars) {
                for place in value..<end { shown[place] = "*" }
            }
            start = max(end, value)
        }
        return shown
    }

    private static let key = Array("token".unicodeScalars)

    /// Where the next value of a token begins and ends; nil where there is none.
    private static func value(in line: [Unicode.Scalar], from start: Int) -> (start: Int, end: Int)? {
        var place = start
        while place + key.count < line.count {
            defer { place += 1 }
            let isWord = place > 0 && (line[place - 1].properties.isAlphabetic || line[place - 1] == "_")
            guard !isWord, line[place...].starts(with: key) else { continue }
            var next = place + key.count
            func skip(_ isSkipped: (Unicode.Scalar) -> Bool) {
                while next < line.count, isSkipped(line[next]) { next += 1 }
            }
            skip { isQuote($0) || isBlank($0) }
            guard next < line.count, line[next] == ":" || line[next] == "=" else { continue }
            let isKey = line[next] == ":"
            next += 1
            if isKey { skip(isBlank) }
            let quote = next < line.count && isQuote(line[next]) ? line[next] : nil
            if quote != nil { next += 1 }
            let begin = next
            while next < line.count, !ends(line, next, quote, isKey) { next += 1 }
            return (begin, next)
        }
        return nil
    }

    private static func ends(_ line: [Unicode.Scalar], _ place: Int, _ quote: Unicode.Scalar?, _ isKey: Bool) -> Bool {
        let scalar = line[place]
        if let quote { return scalar == quote }
        if !isKey { return scalar == ";" || isQuote(scalar) || isBlank(scalar) }
        // What ends a value between braces stands in other values as well.
        let next = place + 1 < line.count ? line[place + 1] : " "
        return (scalar == "," || scalar == "}") && (isBlank(next) || next == "," || next == "}")
    }

    private static func isQuote(_ scalar: Unicode.Scalar) -> Bool { scalar == "\"" || scalar == "'" }
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
}
