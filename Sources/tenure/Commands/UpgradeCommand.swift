import ArgumentParser
import Definitions
import Views

struct Upgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a use case to a new version, over what was adjusted locally, and deploy it.",
        discussion: """
            The new version is the one that ships, or that of --to. Where the project has a copy (tenure customize), what \
            the new version changes is made in it; the adjustments, comments and form of the file stay. Where both changed \
            the same thing, the conflict is named with its place, nothing is written, and the exit code is 4.

            Examples:
              tenure upgrade cltv-dashboard --dry-run             what would be merged and deployed
              tenure upgrade cltv-dashboard --keep metrics.apv    in conflicts at or below this path the local side wins
              tenure upgrade cltv-dashboard --to ../next/cltv-dashboard
            """)

    @Argument(help: "The use case's id.")
    var useCase: String

    @Option(help: ArgumentHelp("The new definition; without it the one that ships.", valueName: "file-or-folder"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "In conflicts at or below this path, keep what is in the project; may be repeated.", valueName: "path"))
    var keep: [String] = []

    @Option(
        help: ArgumentHelp(
            "In conflicts at or below this path, take the new version; may be repeated.", valueName: "path"))
    var take: [String] = []

    @Flag(help: "Show everything, change nothing.")
    var dryRun = false

    @OptionGroup var project: ProjectOptions
    @OptionGroup var values: ValuesOptions
    @OptionGroup var confirmation: Confirmation

    @Option(help: "table or json.")
    var format: UpgradeFormat = .table

    mutating func run() throws {
        try UpgradeFlow(
            folder: project.folder, useCase: useCase, target: to, values: values,
            choices: MergeChoices(keep: keep, take: take), confirmation: confirmation, isDryRun: dryRun, format: format
        ).run()
    }
}

extension UpgradeFormat: ExpressibleByArgument {}
