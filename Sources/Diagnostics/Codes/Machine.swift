/// TN9: usage and the machine.
extension Code {
    package static let machine: [Code] = [
        .noProject, .projectExists, .unwritableFile, .missingResources, .invalidOption,
        .missingExtension, .interrupted, .unknownCode,
    ]

    package static let noProject = Code(
        "TN901", "no project",
        "The folder holds no project.yaml. `tenure init` makes one; `-C DIR` names another folder.")
    package static let projectExists = Code(
        "TN902", "folder in use",
        "The command would write into a folder that already has files of that name. Nothing was changed.")
    package static let unwritableFile = Code(
        "TN904", "unwritable file",
        "A file could not be written; the message says why. What was there before is intact.")
    package static let missingResources = Code(
        "TN905", "shipped files not found",
        """
        Tenure ships its use cases, templates and sample projects in folders beside the program. Set TENURE_HOME to the \
        folder that holds `usecases`, `templates` and `seeds`.
        """)
    package static let invalidOption = Code(
        "TN906", "invalid option",
        """
        A value given on the command line is not one that the option takes. The message lists the values or the \
        form that it takes; `tenure help COMMAND` tells more.
        """)
    package static let missingExtension = Code(
        "TN907", "part not installed",
        """
        Parts with heavy dependencies, such as the web server, are programs of their own beside `tenure`. Build the part \
        with `make`, or install the package that holds it.
        """)
    package static let interrupted = Code(
        "TN908", "interrupted", "The command was stopped by a signal. The store and the deployments are as before.")
    package static let unknownCode = Code(
        "TN909", "unknown code",
        """
        `tenure explain` knows the codes that diagnostics print, such as TN012. Without a code it lists all of \
        them.
        """)
}
