import ArgumentParser
import Diagnostics
import EventStores
import Projects
import Views

struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merge the parts of the store that imports with --append have made.",
        discussion: """
            Imports do it themselves after eight parts, or when they have a quarter of the rows. The numbers stay what they
            are.
            """)

    @OptionGroup var project: ProjectOptions

    mutating func run() throws {
        Interruption.begin()
        defer { Interruption.end() }
        let writer = try StoreDirectory(project.folder.storePath).makeWriter()
        writer.isCancelled = { Interruption.isRequested }
        do {
            if let merged = try writer.merge(createdAt: Machine.now) {
                Terminal.data("store generation \(merged.number), \(ImportView.bytes(merged.bytes))")
            } else {
                Terminal.note("nothing to merge: the store is as it was")
            }
        } catch is CancellationError {
            throw Diagnostic(.interrupted, "the command was stopped; the store is as it was")
        }
    }
}
