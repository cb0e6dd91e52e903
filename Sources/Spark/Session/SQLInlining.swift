extension SQLStatement {
    /// The statement with its parameters in their places, for people and for views.
    package var inlined: String {
        let scalars = Array(text.unicodeScalars)
        var output = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let end: Int
            switch scalar {
            case "'", "`": end = SQLStatement.end(ofQuoted: scalars, from: index)
            case "-" where index + 1 < scalars.count && scalars[index + 1] == "-":
                end = scalars[index...].firstIndex(of: "\n") ?? scalars.count
            case ":":
                var end = index + 1
                while end < scalars.count, SQLStatement.isOfName(scalars[end]) { end += 1 }
                var name = String.UnicodeScalarView()
                name.append(contentsOf: scalars[(index + 1)..<end])
                if let value = parameters[String(name)] {
                    output.append(contentsOf: value.sql.unicodeScalars)
                } else {
                    output.append(contentsOf: scalars[index..<end])
                }
                index = end
                continue
            default: end = index + 1
            }
            output.append(contentsOf: scalars[index..<end])
            index = end
        }
        return String(output)
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// Behind the closing sign of a text or an identifier.
    private static func end(ofQuoted scalars: [Unicode.Scalar], from start: Int) -> Int {
        var index = start + 1
        while index < scalars.count {
            if scalars[index] == "\\", scalars[start] == "'" {
                index += 2
            } else if scalars[index] == scalars[start] {
                return index + 1
            } else {
                index += 1
            }
        }
        return scalars.count
    }
}

extension SQLLiteral {
    /// As it stands in a statement.
    var sql: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .integer(let value): "\(value)"
        case .long(let value): value == .min ? "(-9223372036854775807L - 1L)" : "\(value)L"
        case .decimal(let digits, let precision, let scale): "CAST('\(digits)' AS DECIMAL(\(precision), \(scale)))"
        case .double(let value): value.isFinite ? "\(value)D" : "DOUBLE('\(value)')"
        case .string(let text): SQLLiteral.quoted(text)
        }
    }

    /// A text between apostrophes; signs that end lines or change how it is shown are escaped.
    private static func quoted(_ text: String) -> String {
        var quoted = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": quoted += "\\'"
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default:
                let category = scalar.properties.generalCategory
                let isHidden = [.control, .format, .lineSeparator, .paragraphSeparator, .privateUse].contains(category)
                if !isHidden {
                    quoted.unicodeScalars.append(scalar)
                } else if scalar.value <= 0xFFFF {
                    quoted += "\\u" + hexadecimal(scalar.value, 4)
                } else {
                    quoted += "\\U" + hexadecimal(scalar.value, 8)
                }
            }
        }
        return quoted + "'"
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
