package import HTTPTypes

/// A request, read whole: what routes see, whatever carried it.
package struct WebRequest: Sendable {
    package var method: HTTPRequest.Method
    /// Between the slashes, percent-decoded.
    package var path: [String]
    package var query: QueryString
    package var headers: HTTPFields
    package var body: [UInt8]

    /// - Parameter target: the path with its query, as in a request line.
    /// - Throws: `Problem` where an escape sequence is wrong, or what it stands for is no UTF-8.
    package init(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8] = []
    ) throws {
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = try parts[0].split(separator: UInt8(ascii: "/")).map { part in
            guard let text = PercentEncoding.decode(part, plusIsBlank: false) else {
                throw Problem(.badRequest, "the path is not percent-encoded UTF-8")
            }
            return text
        }
        query = parts.count > 1 ? try QueryString(parts[1]) : QueryString()
        self.headers = headers
        self.body = body
    }

    /// The value of a cookie.
    package func cookie(_ name: String) -> String? {
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// What the body is, in small letters and without parameters.
    var mediaType: String? {
        headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// The fields of a form's body.
    ///
    /// - Throws: `Problem` where the body is none.
    package func form() throws -> QueryString {
        guard mediaType == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, "a form is expected: application/x-www-form-urlencoded")
        }
        return try QueryString(body[...])
    }
}

/// Names and values in their order, as in `a=1&b=2`.
package struct QueryString: Equatable, Sendable {
    package private(set) var items: [Item] = []

    package struct Item: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ items: [Item] = []) {
        self.items = items
    }

    /// `+` is a blank, as in forms.
    ///
    /// - Throws: `Problem` where an escape sequence is wrong, or what it stands for is no UTF-8.
    package init(_ bytes: some Collection<UInt8>) throws {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsBlank: true),
                let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : pair[0].prefix(0), plusIsBlank: true)
            else { throw Problem(.badRequest, "the query is not percent-encoded UTF-8") }
            items.append(Item(name: name, value: value))
        }
    }

    package subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// Percent-encoded, ready to stand after `?`.
    package var encoded: String {
        items.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(separator: "&")
    }

    /// With other values of a name: nil takes it out; its place stays.
    package func setting(_ name: String, _ value: String?) -> QueryString {
        var items = items
        if let index = items.firstIndex(where: { $0.name == name }) {
            items.removeAll { $0.name == name }
            if let value { items.insert(Item(name: name, value: value), at: min(index, items.count)) }
        } else if let value {
            items.append(Item(name: name, value: value))
        }
        return QueryString(items)
    }
}

/// RFC 3986.
package enum PercentEncoding {
    static func decode(_ bytes: some Collection<UInt8>, plusIsBlank: Bool) -> String? {
        var result: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return nil
                }
                result.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsBlank: result.append(UInt8(ascii: " "))
            default: result.append(byte)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    /// Everything but letters, digits and `-._~` is encoded.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
