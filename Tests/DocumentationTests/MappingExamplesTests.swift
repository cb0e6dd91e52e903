import Definitions
import Diagnostics
import EventStores
import Foundation
import GRDB
import Imports
import Quantities
import Testing

/// The examples of how files are mapped: the files, the sources, and what the import makes of them.
@Suite struct MappingExamplesTests {
    struct Example {
        var files: [Block] = []
        var sources: [Block] = []
        var becomes: Block
    }

    static func examples() throws -> [Example] {
        var examples: [Example] = []
        var files: [Block] = []
        var sources: [Block] = []
        for block in try Page("Documentation/how-to/map-a-file.md").blocks {
            switch block.kind {
            case "source", "project": sources.append(block)
            case "becomes":
                examples.append(Example(files: files, sources: sources, becomes: block))
                (files, sources) = ([], [])
            case let kind where kind.hasPrefix("data/"): files.append(block)
            default: break
            }
        }
        return examples
    }

    @Test func becomeWhatThePageSays() throws {
        let examples = try MappingExamplesTests.examples()
        #expect(examples.count > 10)
        for example in examples {
            let found = try MappingExamplesTests.run(example)
            #expect(
                found == example.becomes.body,
                "\(example.becomes) becomes\n\(found.joined(separator: "\n"))")
        }
    }

    private static func run(_ example: Example) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tenure-docs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "data"), withIntermediateDirectories: true)
        for file in example.files { try write(file, in: folder) }

        let isWhole = example.sources.contains { $0.kind == "project" }
        let head = "name: Example\ntimezone: Europe/Prague\ncurrency: EUR\nsources:\n"
        let text = (isWhole ? "" : head) + example.sources.map(\.text).joined()
        let (project, problems) = Project.load(file: SourceFile(path: example.becomes.description, text: text)) { _ in
            folder.path
        }
        guard let project else { return [TextRenderer().render(problems)] }
        let builder = try StoreBuilder()
        let report = try Importer(
            project.sources, timezone: project.timezone.value, folder: folder, onError: .skip
        ).run(into: builder)
        if report.failed { return [TextRenderer().render(report.diagnostics)] }
        return try Listing(store: builder.finish().makeStore()).lines() + rejections(report)
    }

    private static func write(_ file: Block, in folder: URL) throws {
        let url = folder.appending(path: file.kind)
        if file.kind.hasSuffix(".sqlite") {
            try DatabaseQueue(path: url.path).write { try $0.execute(sql: file.text) }
            return
        }
        let encoding = file.words.count > 2 ? CSVOptions.Encoding(rawValue: file.words[2]) : .utf8
        let bytes = try #require(encoding, "\(file): unknown encoding").encode(Array(file.text.utf8))
        try Data((encoding?.mark ?? []) + bytes).write(to: url)
    }

    private static func rejections(_ report: ImportReport) -> [String] {
        report.sources.flatMap { source in
            var lines: [String] = []
            if source.filtered > 0 { lines.append("left out by where: \(source.filtered)") }
            if source.withoutCustomer > 0 { lines.append("left out without customer: \(source.withoutCustomer)") }
            return lines + source.errors.sorted { $0.key < $1.key }.map { "rejected, \($0.key): \($0.value)" }
        }
    }
}

/// What a store holds, a line an event and a customer.
private struct Listing {
    let store: EventStore

    func lines() throws -> [String] {
        var lines: [String] = []
        for name in store.tableNames {
            guard let table = store.tables[name] else { continue }
            for row in 0..<table.rowCount { lines.append(try line(row, of: table)) }
        }
        for customer in 0..<store.customers.count {
            var parts = ["customer \(try id(customer))"]
            for spec in store.customers.propertySpecs {
                let cell = try store.customers.property(spec.name)?.cell(customer)
                parts += text(cell).map { ["\(spec.name)=\($0)"] } ?? []
            }
            if parts.count > 1 { lines.append(parts.joined(separator: "  ")) }
        }
        return lines
    }

    private func line(_ row: Int, of table: EventTable) throws -> String {
        let customer = try table.customer(ofRow: row)
        var parts = [table.name, try table.timestamp(ofRow: row).description, "customer=\(try id(customer))"]
        for spec in table.columnSpecs {
            parts += text(try table.cell(column: spec.name, row: row)).map { ["\(spec.name)=\($0)"] } ?? []
        }
        if let purchases = try table.purchases {
            if purchases.refunds[row] != 0 {
                parts.append("(a refund)")
            } else if purchases.lags[row] != PurchaseStates.neverSuperseded {
                parts.append("(an earlier state)")
            }
            if let parents = purchases.parents, parents[row] >= 0, parents[row] != purchases.ordinals[row] {
                parts.append("(has a parent)")
            }
        }
        if let referred = try table.referredPurchases {
            parts.append(referred[row] < 0 ? "(of no purchase)" : "(of a purchase)")
        }
        return parts.joined(separator: "  ")
    }

    private func id(_ customer: Int) throws -> String { try store.customers.ids.text(of: UInt32(customer + 1)) }

    private func text(_ cell: Cell?) -> String? {
        switch cell {
        case .missing, nil: nil
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .decimal(let value): value.description
        case .instant(let instant): instant.description
        }
    }
}
