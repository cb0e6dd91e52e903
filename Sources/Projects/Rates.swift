package import Diagnostics
import Foundation
import Imports
package import Queries

extension RateTable {
    /// Reads a project's rates file.
    ///
    /// - Parameter place: where project.yaml names it.
    package init(ratesFile path: String, shownAs shown: String, place: Place) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(.unreadableFile, "the rates file \(shown) is not there", at: place)
        }
        let rates = try RateFile.read(URL(filePath: path), path: shown)
        self.init(rates: rates.mapValues { list in list.map { Rate(dayNumber: $0.day, rate: $0.rate) } })
    }
}
