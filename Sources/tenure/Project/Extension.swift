import Diagnostics
import Foundation
import Projects

/// A part of Tenure with heavy dependencies: a program of its own beside `tenure`, started by it, as git does.
struct Extension {
    /// `tenure-serve`
    let name: String

    /// Replaces this process by the part's program, with the same arguments and environment.
    func become(_ arguments: [String]) throws -> Never {
        let beside = Resources.program(name)
        guard FileManager.default.isExecutableFile(atPath: beside.path) else {
            throw Diagnostic(
                .missingExtension, "\(name) is not installed beside tenure",
                hints: ["until it is there: tenure evaluate, tenure export --html"])
        }
        var pointers = unsafe ([beside.path] + arguments).map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        _ = unsafe execv(beside.path, &pointers)
        throw Diagnostic(
            .missingExtension, "\(beside.path) could not be started: \(unsafe String(cString: strerror(errno)))")
    }
}
