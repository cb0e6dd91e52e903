import Foundation

/// The pages of the documentation, found from the place of this source file.
struct Page: CustomStringConvertible, Sendable {
    /// Relative to the repository.
    let path: String
    let lines: [String]

    var description: String { path }
    var text: String { lines.joined(separator: "\n") }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    init(_ path: String) throws {
        self.path = path
        lines = try String(contentsOf: Page.root.appending(path: path), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Every Markdown file that belongs to the documentation.
    static func all() throws -> [Page] {
        var paths = ["README.md", "CHANGELOG.md"]
        for folder in ["Documentation", "usecases", "templates", "seeds", "Benchmarks", "Tests/README.md"] {
            let url = root.appending(path: folder)
            if folder.hasSuffix(".md") {
                if FileManager.default.fileExists(atPath: url.path) { paths.append(folder) }
                continue
            }
            let names = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
            paths += names.filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
        }
        return try paths.sorted().map { try Page($0) }
    }
}

/// A fenced block. Its info string says what it is: the language, then what the tests do with it.
///
///     yaml project | yaml usecase | yaml values | yaml template     loaded as a whole file
///     yaml tests                                                    the tests of a use case
///     yaml source                                                   the entries of `sources:`
///     csv data/x.csv [encoding]                                     a file beside the project; so json, text, sql
///     text becomes                                                  what the sources make of the files before it
struct Block: CustomStringConvertible, Sendable {
    let page: String
    /// Of the opening fence, 1 for the first.
    let line: Int
    let words: [String]
    let body: [String]

    var description: String { "\(page):\(line)" }
    var text: String { body.joined(separator: "\n") + "\n" }
    var kind: String { words.count > 1 ? words[1] : "" }
}

extension Page {
    var blocks: [Block] {
        var blocks: [Block] = []
        var opening: (line: Int, words: [String], indent: Int)?
        var body: [String] = []
        for (index, line) in lines.enumerated() {
            let content = line.drop { $0 == " " }
            let indent = line.count - content.count
            if let open = opening {
                if content == "```" {
                    blocks.append(Block(page: path, line: open.line, words: open.words, body: body))
                    opening = nil
                } else {
                    body.append(String(line.dropFirst(min(open.indent, indent))))
                }
            } else if content.hasPrefix("```") {
                opening = (index + 1, content.dropFirst(3).split(separator: " ").map(String.init), indent)
                body = []
            }
        }
        return blocks
    }

    /// The page without its fenced blocks, and what stands between backticks in it.
    var proseCode: [String] {
        var result: [String] = []
        var isFenced = false
        for line in lines {
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isFenced.toggle() }
            if isFenced { continue }
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            result += parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
        return result
    }
}
