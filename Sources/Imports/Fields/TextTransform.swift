import Definitions

/// A transform of a text field, on bytes.
struct TextTransform: Sendable {
    private enum Kind: Sendable {
        case stripSuffix([UInt8]), stripPrefix([UInt8]), trim, lowercase, uppercase, stripLeadingZeros
    }

    private let kind: Kind

    init(_ transform: FieldMapping.Transform) {
        kind =
            switch transform {
            case .stripSuffix(let text): .stripSuffix(Array(text.utf8))
            case .stripPrefix(let text): .stripPrefix(Array(text.utf8))
            case .trim: .trim
            case .lowercase: .lowercase
            case .uppercase: .uppercase
            case .stripLeadingZeros: .stripLeadingZeros
            }
    }

    func apply(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        switch kind {
        case .stripSuffix(let suffix):
            return text.suffix(suffix.count).elementsEqual(suffix) ? text.dropLast(suffix.count) : text
        case .stripPrefix(let prefix):
            return text.starts(with: prefix) ? text.dropFirst(prefix.count) : text
        case .trim:
            return Imports.trim(text)
        case .lowercase:
            return change(text, UInt8(ascii: "A")) { $0.lowercased() }
        case .uppercase:
            return change(text, UInt8(ascii: "a")) { $0.uppercased() }
        case .stripLeadingZeros:
            // `000` stays `0`.
            let digits = text.drop { $0 == UInt8(ascii: "0") }
            return digits.isEmpty ? text.suffix(1) : digits
        }
    }

    /// Changes the case of the 26 letters from `first`, and by Unicode (in no language) where there are others.
    private func change(
        _ text: ArraySlice<UInt8>, _ first: UInt8, _ unicode: (String) -> String
    ) -> ArraySlice<UInt8> {
        var needsChange = false
        for byte in text {
            if byte >= 0x80 { return Array(unicode(String(decoding: text, as: UTF8.self)).utf8)[...] }
            if byte &- first < 26 { needsChange = true }
        }
        return needsChange ? text.map { $0 &- first < 26 ? $0 ^ 0x20 : $0 }[...] : text
    }
}
