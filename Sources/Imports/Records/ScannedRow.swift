import Diagnostics

/// One row as `CSVScanner` finds it: bounds in the scanned bytes, in memory that is used again for the next row.
@safe final class ScannedRow {
    /// The first `min(fieldCount, capacity)` fields.
    let fields: UnsafeMutablePointer<Record.Field>
    let capacity: Int
    /// All fields of the row, also those for which there is no room.
    var fieldCount = 0
    /// Without the line end.
    var range = 0..<0
    /// Texts with doubled quotes made single.
    var unescaped: [UInt8] = []
    /// What is wrong with the row itself; of several problems the one that comes first in it.
    private(set) var problem: RowProblem?
    private var problemOffset = 0

    /// Room for that many fields: rows that have more are wrong, and need no memory for all of them.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe fields = .allocate(capacity: max(1, capacity))
    }

    deinit { unsafe fields.deallocate() }

    func clear() {
        fieldCount = 0
        if !unescaped.isEmpty { unescaped.removeAll(keepingCapacity: true) }
        if problem != nil { problem = nil }
    }

    /// Keeps the problem that comes first in the row.
    func report(_ new: @autoclosure () -> RowProblem, at offset: Int) {
        if problem != nil, problemOffset <= offset { return }
        var new = new()
        new.location = .offset(offset)
        problem = new
        problemOffset = offset
    }

    /// The same row as a record, whose bytes must be the scanned ones.
    func copy(to record: Record) {
        record.range = range
        record.problem = problem
        record.unescaped.removeAll(keepingCapacity: true)
        record.unescaped.append(contentsOf: unescaped)
        record.fields.removeAll(keepingCapacity: true)
        unsafe record.fields.append(
            contentsOf: UnsafeBufferPointer(start: fields, count: min(fieldCount, capacity)))
    }

    /// What is wrong with a row that has another number of fields than there are columns; nil where it has as many.
    func arityProblem(columns expected: Int) -> RowProblem? {
        let found = fieldCount
        guard found != expected else { return nil }
        let hint = expected > 1 && found == 1 ? ["is the delimiter another one?"] : []
        return RowProblem(
            .importArity, "the row has \(found) field\(found == 1 ? "" : "s"), the header \(expected)",
            hints: hint, at: found > expected ? .field(expected) : .offset(range.upperBound))
    }
}
