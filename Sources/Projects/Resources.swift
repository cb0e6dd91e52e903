import Diagnostics
package import Foundation

/// The folder with what ships: `usecases`, `templates`, `seeds`.
package enum Resources {
    /// `TENURE_HOME`; else `share/tenure` beside the program's folder; else the nearest folder above the program that
    /// has them, as in a checkout.
    package static func folder() throws -> URL {
        let environment = ProcessInfo.processInfo.environment["TENURE_HOME"] ?? ""
        if !environment.isEmpty {
            let folder = URL(filePath: environment)
            if isHome(folder) { return folder }
            throw Diagnostic(.missingResources, "TENURE_HOME is \(environment), which has no usecases and templates")
        }
        let program = URL(filePath: executablePath()).resolvingSymlinksInPath().deletingLastPathComponent()
        let shared = program.deletingLastPathComponent().appending(path: "share/tenure")
        if isHome(shared) { return shared }
        var folder = program
        while folder.path != "/" {
            if isHome(folder) { return folder }
            folder = folder.deletingLastPathComponent()
        }
        throw Diagnostic(.missingResources, "no folder with usecases and templates near \(program.path)")
    }

    /// The running program's file.
    package static func executablePath() -> String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link ?? CommandLine.arguments[0]
    }

    /// A program beside the running one.
    package static func program(_ name: String) -> URL {
        URL(filePath: executablePath()).deletingLastPathComponent().appending(path: name)
    }

    private static func isHome(_ folder: URL) -> Bool {
        ["usecases", "templates"].allSatisfy {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
    }
}
