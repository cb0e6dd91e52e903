import ArgumentParser
import Diagnostics
import Projects
import Server

struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke the tokens that let others see the project.",
        subcommands: [Create.self, List.self, Revoke.self], defaultSubcommand: List.self)

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token. It is printed once; the project keeps only its hash.")

        @Argument(help: "Whose it is.")
        var name: String

        @Option(
            help: ArgumentHelp(
                "read, admin or track.",
                discussion: """
                    read: look at everything; admin: also change values and what is deployed; track: post what customers \
                    do, with the token in the address, and nothing else.
                    """))
        var role: Role = .read

        @OptionGroup var project: FolderOption

        mutating func run() throws {
            _ = try project.folder.project()
            print(try TokenFile(project: project.folder.url).create(name, role, at: Machine.now))
            TenureServe.note("a token with the role \(role.rawValue) for \(name); it is not shown again")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens by name, with their roles.")

        @OptionGroup var project: FolderOption

        mutating func run() throws {
            _ = try project.folder.project()
            let entries = try TokenFile(project: project.folder.url).entries()
            for entry in entries { print("\(entry.name)\t\(entry.role.rawValue)\t\(entry.created)") }
            if entries.isEmpty { TenureServe.note("there are none; make one: tenure token create NAME") }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a token back, at once.")

        @Argument(help: "Whose it is.")
        var name: String

        @OptionGroup var project: FolderOption

        mutating func run() throws {
            _ = try project.folder.project()
            try TokenFile(project: project.folder.url).revoke(name)
            TenureServe.note("revoked the token of \(name)")
        }
    }
}

extension Role: ExpressibleByArgument {}
