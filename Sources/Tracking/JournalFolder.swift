import Diagnostics
import Foundation

/// What was posted to the server, in `.tenure/tracking`: files `000001.log`, `000002.log`, … that only grow, of which the
/// last one is written to. They are the only copy of what they hold.
///
/// A file is a row of frames, and a frame is what was acknowledged together: a header line, and lines of JSON.
///
///     #0000004f 8c1d6a9e0b7f3321
///     {"command":"customers/events","received":"2026-01-31T10:00:01Z","customer_ids":{…},…}
///
/// The header has the payload's bytes, in hexadecimal, and the checksum of payload and position.
package struct JournalFolder: Sendable {
    /// On the disk.
    package let path: String
    /// As users would type it in the project's folder.
    package static let shown = ".tenure/tracking"

    /// - Parameter project: the path of the project's folder.
    package init(project: String) {
        path = project + "/" + JournalFolder.shown
    }

    /// One of its files.
    package struct File: Equatable, Sendable {
        /// As users would type it in the project's folder.
        package var shown: String
        package var path: String
        /// Bytes of whole frames that are on the disk: what was acknowledged.
        package var size: Int

        package init(shown: String, path: String, size: Int) {
            self.shown = shown
            self.path = path
            self.size = size
        }
    }

    /// All files, oldest first.
    ///
    /// - Throws: `trackingDamaged` where one is missing between others, `trackingInaccessible`.
    package func files() throws -> [File] {
        try numbers().map { number in
            File(
                shown: JournalFolder.shown(number), path: self.file(number), size: try acknowledged(number))
        }
    }

    /// The numbers of all files, ascending.
    func numbers() throws -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let numbers = names.compactMap(JournalFolder.number).sorted()
        if let gap = zip(1..., numbers).first(where: { $0 != $1 }) {
            throw JournalFolder.damage(JournalFolder.shown(gap.0), "the file is missing, but later ones are there")
        }
        return numbers
    }

    /// A file whose lock is taken before that of a file with frames: whoever waits for the end of a write has it, so that
    /// the next write waits in turn.
    var turnstile: String { path + "/reader.lock" }

    /// The end of a file between two writes: a writer has it locked from before a frame is written until it is on the disk,
    /// or off the file again.
    private func acknowledged(_ number: Int) throws -> Int {
        let turnstile = try JournalFile(turnstile, flags: O_RDWR | O_CREAT)
        let file = try JournalFile(self.file(number), flags: O_RDONLY)
        try turnstile.lock()
        for _ in 0..<5_000 {
            if try file.tryLock(exclusively: false) { return try file.size() }
            usleep(1_000)
        }
        throw Diagnostic(
            .error, .trackingInaccessible, "\(JournalFolder.shown(number)): a write to it does not end",
            hints: ["look after its disk, or start the server anew"])
    }

    /// The path of a file.
    package func file(_ number: Int) -> String { "\(path)/\(JournalFolder.name(number))" }

    static func shown(_ number: Int) -> String { "\(shown)/\(name(number))" }

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits + ".log"
    }

    private static func number(_ name: String) -> Int? {
        guard name.hasSuffix(".log"), let number = Int(name.dropLast(4)), number > 0, self.name(number) == name else {
            return nil
        }
        return number
    }

    static func damage(_ path: String, _ what: String) -> Diagnostic {
        Diagnostic(
            .error, .trackingDamaged, "\(path): \(what)",
            hints: ["restore the folder \(shown) from a backup: it is the only copy of what was posted"])
    }
}
