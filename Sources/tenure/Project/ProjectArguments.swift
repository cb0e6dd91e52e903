import ArgumentParser
import Deployments
import Plans
import Projects

/// `-C` and what every command has.
struct ProjectOptions: ParsableArguments {
    @Option(name: [.customShort("C"), .customLong("directory")], help: "The project's folder.")
    var directory: String?

    @Flag(help: "Print without colours (also: NO_COLOR).")
    var noColor = false

    var folder: ProjectFolder {
        ProjectFolder(
            directory, engines: .ofTerminal, warn: { Terminal.show($0) }, note: { Terminal.note($0) })
    }
}

/// `--env`, `-f` and `--set`.
struct ValuesOptions: ParsableArguments {
    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("The environment: the project's values.NAME.yaml on top of values.yaml.", valueName: "name"))
    var environment: String?

    @Option(
        name: [.customShort("f"), .customLong("values")],
        help: ArgumentHelp("Values on top of values.yaml; may be repeated, later wins.", valueName: "file"))
    var files: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "One parameter, name=value or use-case.name=value; wins over files.", valueName: "name=value"))
    var settings: [String] = []

    /// Nothing of it is given.
    var isEmpty: Bool { selection.isEmpty }

    var selection: ValuesSelection { ValuesSelection(environment: environment, files: files, settings: settings) }

    /// The same options for a command line, each after a blank: for the next command.
    var arguments: String {
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
        return
            ((environment.map { [" --env \(quoted($0))"] } ?? []) + files.map { " -f \(quoted($0))" }
            + settings.map { " --set \(quoted($0))" }).joined()
    }
}

/// `--views` and `--no-views`
struct ViewOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Segmentations as views in Spark's catalog too, named by their ids; as deployed unless told.")
    var views: Bool?

    var isEmpty: Bool { views == nil }

    /// With views where they are asked for, or were deployed and are not refused.
    func applied(to blueprint: Blueprint, over deployed: Deployment?) -> Blueprint {
        blueprint.withViews(views ?? deployed?.blueprint.hasViews ?? false)
    }

    /// The same option for a command line, after a blank.
    var arguments: String { views.map { $0 ? " --views" : " --no-views" } ?? "" }
}
