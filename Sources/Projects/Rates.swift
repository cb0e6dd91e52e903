package import Diagnostics
import Foundation
import Imports
package import Queries

extension RateBook {
    /// Reads a project's rates file.
    ///
    /// - Parameters:
    ///   - display: what rates lead into that name no other currency.
    ///   - place: where project.yaml names it.
    package init(ratesFile path: String, shownAs shown: String, into display: String, place: Place) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(.unreadableFile, "the rates file \(shown) is not there", at: place)
        }
        let rates = try RateFile.read(URL(filePath: path), path: shown, into: display)
        self.init(
            tables: rates.mapValues { table in
                RateTable(rates: table.mapValues { list in list.map { .init(dayNumber: $0.day, rate: $0.rate) } })
            })
    }
}
