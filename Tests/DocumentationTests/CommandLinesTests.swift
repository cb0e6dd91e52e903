import Foundation
import Testing

/// Commands that the documentation names exist, with the options that it gives them.
@Suite struct CommandLinesTests {
    /// Commands of another program beside this one, which has their options; with their own commands.
    private static let passedOn = ["serve": [], "token": ["create", "list", "revoke"]]

    private static func help(_ name: String) throws -> String {
        guard let commands = passedOn[name] else { return try Tool.output("help", name) }
        return try Tool.output(name, "--help")
            + commands.map { try Tool.output(name, $0, "--help") }.joined()
    }

    @Test func commandsAndTheirOptionsExist() throws {
        let commands = try Tool.output("--help")
        var help: [String: String] = [:]
        for page in try Page.all() {
            for line in page.commandLines {
                let words = line.first == "help" ? Array(line.dropFirst()) : line
                guard let name = words.first else { continue }
                if name.hasPrefix("-") {
                    #expect(commands.contains(name), "\(page): tenure \(name)")
                    continue
                }
                let isThere = commands.contains("\n  \(name) ")
                #expect(isThere, "\(page): tenure \(name) is no command")
                let text = try help[name] ?? CommandLinesTests.help(name)
                help[name] = text
                for word in words where word.hasPrefix("-") && word != "-" {
                    let option = String(word.prefix { $0 != "=" })
                    let isKnown = [" ", ",", "\n", "/"].contains { text.contains("\(option)\($0)") }
                    #expect(isKnown, "\(page): tenure \(name) has no option \(option)")
                }
            }
        }
        #expect(help.count > 10)
    }
}

extension Page {
    /// The words after `tenure` of every command line in a block of commands or between backticks.
    var commandLines: [[String]] {
        var lines = proseCode
        for block in blocks where ["console", "sh"].contains(block.words.first) {
            // What is printed is no command; in sh blocks everything is one.
            lines += block.body.filter { block.words.first == "sh" || $0.hasPrefix("$ ") }
                .map { $0.hasPrefix("$ ") ? String($0.dropFirst(2)) : $0 }
        }
        return lines.flatMap { line in
            line.split(separator: "&&").compactMap { command -> [String]? in
                let words = command.prefix { $0 != "#" && $0 != "|" && $0 != ";" }.split(separator: " ").map(
                    String.init)
                guard let index = words.firstIndex(where: { !$0.contains("=") }) else { return nil }
                guard words[index] == "tenure" || words[index].hasSuffix("/tenure"), index + 1 < words.count else {
                    return nil
                }
                return Array(words[(index + 1)...])
            }
        }
    }
}

/// The command-line tool as it was built with these tests.
enum Tool {
    /// What it prints.
    static func output(_ arguments: String...) throws -> String {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder.appending(path: "tenure")
        process.arguments = arguments
        process.environment = ["COLUMNS": "200", "PATH": "/usr/bin:/bin"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
