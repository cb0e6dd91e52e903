package import Definitions
import Diagnostics
package import Foundation
import Quantities
package import Queries

extension CatalogProfile {
    /// Reads the files of a catalog.
    ///
    /// - Throws: a `Diagnostic` or `DiagnosticList` where a file is not there, cannot be read, or has no such key.
    package static func read(_ catalog: Project.Catalog, in folder: URL) throws -> CatalogProfile {
        var items: [[UInt8]: Int] = [:]
        var columns: [(name: String, values: [[UInt8]: Int])] = []
        var rows = 0
        for file in try InputFiles.find(catalog.input.files, in: folder) {
            let survey = try FileSurvey.read(file, as: catalog.input)
            rows += survey.rows
            guard let key = survey.column(catalog.key.value) else {
                let known = survey.columns.map(\.name)
                throw Diagnostic(
                    .error, .importUnknownColumn, "'\(file.path)' has no column '\(catalog.key.value)'",
                    at: catalog.key.place,
                    hints: didYouMean(catalog.key.value, among: known) + [
                        "its columns: \(known.joined(separator: ", "))"
                    ])
            }
            for (text, count) in zip(key.texts, key.counts) { items[text, default: 0] += count }
            for column in survey.columns {
                let index =
                    columns.firstIndex { $0.name == column.name }
                    ?? {
                        columns.append((column.name, [:]))
                        return columns.count - 1
                    }()
                for (text, count) in zip(column.texts, column.counts) {
                    columns[index].values[text, default: 0] += count
                }
            }
        }
        return CatalogProfile(
            items: items.values.reduce(0, +), repeated: items.values.count { $0 > 1 },
            attributes: columns.map { AttributeProfile($0.name, $0.values, rows: rows) })
    }
}

extension AttributeProfile {
    /// Of texts that are not typed.
    package init(_ name: String, _ values: [[UInt8]: Int], rows: Int) {
        let top = values.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
        }.prefix(20)
        self.init(
            name: name, kind: .string, present: values.values.reduce(0, +), rows: rows, distinct: values.count,
            values: top.map { ValueCount(String(decoding: $0.key, as: UTF8.self), $0.value) },
            numeric: values.reduce(0) { $0 + (ExactDecimal(utf8: $1.key) == nil ? 0 : $1.value) })
    }
}
