import Diagnostics
package import Foundation
import Projects
package import Quantities

/// What the holder of a token may do.
package enum Role: String, Codable, CaseIterable, Sendable {
    /// Look at everything.
    case read
    /// Also change values and what is deployed.
    case admin
    /// Tell what customers do, and nothing else: the token stands in the address.
    case track

    /// Whether it is enough where another role is asked for.
    package func allows(_ needed: Role) -> Bool { self == needed || (self == .admin && needed == .read) }
}

/// The tokens of a project, in `.tenure/tokens.json`: their names, roles and hashes. A token itself is shown once, when it
/// is made, and is nowhere on the disk.
package struct TokenFile: Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        package var name: String
        package var role: Role
        /// Hexadecimal SHA-256 of the token, which has 256 random bits: nothing slower is needed.
        package var sha256: String
        /// ISO 8601.
        package var created: String
    }

    private let url: URL
    /// As users would type it in the project's folder.
    private static let shown = ".tenure/tokens.json"

    /// - Parameter project: the project's folder.
    package init(project: URL) {
        url = project.appending(path: TokenFile.shown)
    }

    /// - Throws: a `Diagnostic` where the file is there and cannot be read.
    package func entries() throws -> [Entry] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        do {
            return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))
        } catch {
            throw Diagnostic(
                .unreadableFile, "\(TokenFile.shown) is no list of tokens",
                hints: ["delete it and make new tokens: tenure token create NAME"])
        }
    }

    /// Makes a token and keeps its hash.
    ///
    /// - Returns: the token.
    package func create(_ name: String, _ role: Role, at now: Instant) throws -> String {
        try locked { try createAlone(name, role, at: now) }
    }

    private func createAlone(_ name: String, _ role: Role, at now: Instant) throws -> String {
        var entries = try entries()
        if entries.contains(where: { $0.name == name }) {
            throw Diagnostic(
                .invalidOption, "there is a token '\(name)' already", hints: ["tenure token revoke \(name)"])
        }
        let token = "tnr_" + TokenFile.random()
        entries.append(
            Entry(name: name, role: role, sha256: Hash.hexadecimal(Array(token.utf8)), created: now.description))
        try write(entries)
        return token
    }

    package func revoke(_ name: String) throws { try locked { try revokeAlone(name) } }

    private func revokeAlone(_ name: String) throws {
        let entries = try entries()
        guard entries.contains(where: { $0.name == name }) else {
            throw Diagnostic(
                .invalidOption, "there is no token '\(name)'",
                hints: didYouMean(name, among: entries.map(\.name))
                    + ["tokens: \(entries.map(\.name).joined(separator: ", "))"])
        }
        try write(entries.filter { $0.name != name })
    }

    /// The role of a token; nil for one that is not there. Takes as long for every wrong one.
    package func role(of token: String) throws -> Role? {
        try role(ofHash: TokenFile.hash(token))
    }

    static func hash(_ token: String) -> String { Hash.hexadecimal(Array(token.utf8)) }

    /// The role of the token with a hash.
    func role(ofHash text: String) throws -> Role? {
        let hash = Array(text.utf8)
        var found: Role?
        for entry in try entries() {
            let known = Array(entry.sha256.utf8)
            var difference: UInt8 = known.count == hash.count ? 0 : 1
            for (a, b) in zip(known, hash) { difference |= a ^ b }
            if difference == 0 { found = entry.role }
        }
        return found
    }

    /// 256 bits, in letters that stand in addresses and headers.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let bytes = (0..<43).map { _ in letters[Int.random(in: 0..<64, using: &generator)] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Of two who change the tokens at once, one waits for the other.
    private func locked<Value>(_ change: () throws -> Value) throws -> Value {
        let file = url.deletingLastPathComponent().appending(path: "tokens.lock")
        let lock = try FolderLock(file, shown: TokenFile.shown)
        return try withExtendedLifetime(lock) { try change() }
    }

    private func write(_ entries: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try encoder.encode(entries).write(to: url, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
        } catch {
            throw Diagnostic(.unwritableFile, "\(TokenFile.shown): \(error.localizedDescription)")
        }
    }
}
