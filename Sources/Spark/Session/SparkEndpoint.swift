import Foundation

/// Where a Spark Connect server is, as its own connection strings say it: `sc://host:port/;token=…;use_ssl=true`.
package struct SparkEndpoint: Codable, Hashable, Sendable {
    package var host: String
    package var port: Int
    package var usesTLS: Bool
    /// Sent as `authorization: Bearer …`.
    package var token: String?
    package var user: String

    package static let standardPort = 15_002

    /// Why a text is no address of a server.
    package struct Mistake: Error, Hashable, Sendable {
        package var message: String
    }

    /// - Parameters:
    ///   - text: the connection string.
    ///   - token: one that stands elsewhere; the string may not have another.
    /// - Throws: `Mistake`; also where a token would go through a network in plain text.
    package init(_ text: String, token: String? = nil) throws(Mistake) {
        guard text.hasPrefix("sc://") else { throw Mistake(message: "an address of Spark Connect begins with sc://") }
        let rest = text.dropFirst("sc://".count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard !path.isEmpty || !authority.contains(";") else {
            throw Mistake(message: "parameters stand after a slash: sc://host:port/;name=value")
        }
        (host, port) = try SparkEndpoint.hostAndPort(authority)
        var isEncrypted: Bool?
        var ownToken: String?
        user = "tenure"
        let parameters = path.dropFirst()
        if let first = parameters.first, first != ";" {
            throw Mistake(message: "an address of Spark Connect has no path: sc://host:port/;name=value")
        }
        for parameter in parameters.split(separator: ";") {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                // It may be a part of a token.
                throw Mistake(message: "parameters are name=value, with a semicolon between them, and one has no '='")
            }
            let name = parameter[..<equals]
            guard let value = parameter[parameter.index(after: equals)...].removingPercentEncoding, !value.isEmpty
            else {
                throw Mistake(message: "the parameter \(name) has no value")
            }
            switch name {
            case "token": ownToken = value
            case "use_ssl":
                guard let flag = Bool(value) else { throw Mistake(message: "use_ssl is true or false") }
                isEncrypted = flag
            case "user_id": user = value
            default: throw Mistake(message: "there is no parameter '\(name)': token, use_ssl, user_id")
            }
        }
        if ownToken != nil, token != nil { throw Mistake(message: "the token is given twice") }
        self.token = ownToken ?? token
        // As in Spark's own clients a token asks for encryption; on this machine there is nobody to read it.
        usesTLS = isEncrypted ?? (self.token != nil && !isLoopback(host))
        if self.token != nil, !usesTLS, !isLoopback(host) {
            throw Mistake(message: "a token does not go to \(host) in plain text: use_ssl=true")
        }
    }

    private static func hostAndPort(_ text: Substring) throws(Mistake) -> (String, Int) {
        var host = text
        var port = standardPort
        let afterHost = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterHost...].lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Mistake(message: "'\(text[text.index(after: colon)...])' is no port")
            }
            (host, port) = (text[..<colon], number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard !host.isEmpty, isName else { throw Mistake(message: "'\(host)' is no host") }
        return (String(host), port)
    }
}

extension SparkEndpoint {
    package enum HostKind: Sendable {
        case name, ipv4, ipv6
    }

    package var hostKind: HostKind {
        if host.contains(":") { return .ipv6 }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } ? .ipv4 : .name
    }
}

private func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
}
