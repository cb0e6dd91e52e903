import Diagnostics
import EventStores
import Imports
import Quantities

/// Keeps what an import gives it, to be looked at.
final class MemorySink: EventSink {
    struct Event: Equatable {
        var customer: String
        var time: String
        var cells: [String]
    }

    var customers: [String] = []
    private var indexes: [[UInt8]: Int] = [:]
    var tables: [(name: String, columns: [ColumnSpec], keys: KeySpec)] = []
    var rows: [(table: Int, customer: Int, timestamp: Instant, cells: [Cell])] = []
    var properties: [String: [String: String]] = [:]

    func customer(_ id: ArraySlice<UInt8>) -> Int {
        if let known = indexes[Array(id)] { return known }
        indexes[Array(id)] = customers.count
        customers.append(String(decoding: id, as: UTF8.self))
        return customers.count - 1
    }

    func table(_ name: String, columns: [ColumnSpec], keys: KeySpec) throws -> Int {
        if let known = tables.firstIndex(where: { $0.name == name }) {
            tables[known].columns = columns
            return known
        }
        tables.append((name, columns, keys))
        return tables.count - 1
    }

    func append(table: Int, customer: Int, timestamp: Instant, cells: [Cell]) throws {
        precondition(cells.count == tables[table].columns.count, "a cell for each column")
        let kept = cells.map { cell in if case .text(let text) = cell { Cell.text(Array(text)[...]) } else { cell } }
        rows.append((table, customer, timestamp, kept))
    }

    func setProperty(_ property: ColumnSpec, of customer: Int, to cell: Cell) throws {
        properties[customers[customer], default: [:]][property.name] = MemorySink.text(cell)
    }

    func customer(ofKey key: ArraySlice<UInt8>, inTable name: String) -> Int? {
        for row in rows where tables[row.table].name == name {
            guard let column = tables[row.table].columns.firstIndex(where: { $0.name == tables[row.table].keys.key })
            else {
                continue
            }
            if case .text(let text) = row.cells[column], text.elementsEqual(key) { return row.customer }
        }
        return nil
    }

    func events(_ table: String = "purchase") -> [Event] {
        rows.filter { tables[$0.table].name == table }.map {
            Event(
                customer: customers[$0.customer], time: $0.timestamp.description, cells: $0.cells.map(MemorySink.text))
        }
    }

    static func text(_ cell: Cell) -> String {
        switch cell {
        case .missing: "–"
        case .text(let text): String(decoding: text, as: UTF8.self)
        case .decimal(let value): value.description
        case .instant(let instant): instant.description
        }
    }
}
