import Diagnostics
import Quantities

/// The cells of one column while rows are collected: parts that are closed, then the rows being added.
///
/// Parts stay as they came, each with its own scale, until `StoredColumnBuilder` brings all of them into stored order:
/// collecting copies no cell twice.
final class ColumnBuilder {
    let spec: ColumnSpec
    /// `column 'price' of event type 'purchase'`, for diagnostics.
    private let label: String
    private(set) var parts: [ColumnPart] = []
    private var rowsOfParts = 0
    private var bytesOfParts = 0
    /// The largest number of all that the column was ever given, signs aside, at its scale: also those in parts that were
    /// given away, and those that were replaced.
    private var largestHeld: Int64 = 0

    /// Cells after the parts, of a text column.
    private(set) var codes: [UInt32] = []
    /// Cells after the parts, of a decimal or instant column.
    private(set) var words: [Int64] = []
    private(set) var texts = TextInterner()
    /// Its codes are asked for with each batch.
    var isKey = false
    /// Digits after the point of a decimal column: as many as the widest value needs.
    private(set) var scale = 0

    init(_ spec: ColumnSpec, label: String) {
        self.spec = spec
        self.label = label
    }

    /// Goes on from a stored column.
    init(_ spec: ColumnSpec, label: String, extending column: StoredColumn) {
        self.spec = spec
        self.label = label
        switch column {
        case .text(let codes, let dictionary):
            self.codes = codes.array
            texts = TextInterner(dictionary)
        case .decimal(let units, let scale):
            words = units.array
            self.scale = scale
            largestHeld = largestNumber(words)
        case .instant(let microseconds):
            words = microseconds.array
        }
    }

    var count: Int { rowsOfParts + (spec.type == .text ? codes.count : words.count) }

    /// Adds missing cells up to that many: rows that did not know the column.
    func pad(to rows: Int) {
        let missing = rows - count
        guard missing > 0 else { return }
        if spec.type == .text {
            codes.append(contentsOf: repeatElement(0, count: missing))
        } else {
            words.append(contentsOf: repeatElement(missingWord, count: missing))
        }
    }

    /// The first step of adding a cell, which can fail: makes room for a number and gives the word that stands for it
    /// (0 for text). Nothing is added, so that a row is added whole or not at all.
    func prepare(_ cell: Cell) throws -> Int64 {
        switch (cell, spec.type) {
        case (.missing, _): return missingWord
        case (.text, .text): return 0
        case (.decimal(let value), .decimal): return try units(of: value)
        case (.instant(let instant), .instant):
            // Its description is that of no date; the number says enough.
            guard instant.microseconds != missingWord else { throw outOfRange("\(missingWord) does not fit") }
            return instant.microseconds
        default: preconditionFailure("a cell of another type than \(label): \(cell)")
        }
    }

    /// The second step: adds the cell that `prepare` was called with.
    func append(_ cell: Cell, _ word: Int64) {
        guard spec.type == .text else {
            if spec.type == .decimal, word != missingWord { largestHeld = largest(largestHeld, word) }
            return words.append(word)
        }
        codes.append(code(of: cell))
    }

    /// The code of the cell that was added last.
    var lastCode: UInt32 { codes.last ?? 0 }

    /// Replaces a cell of a column without parts.
    func set(_ index: Int, to cell: Cell) throws {
        let word = try prepare(cell)
        pad(to: index + 1)
        if spec.type == .text { codes[index] = code(of: cell) } else { words[index] = word }
        // Also what is replaced later: what fits must not depend on what was put aside meanwhile.
        if spec.type == .decimal, word != missingWord { largestHeld = largest(largestHeld, word) }
    }

    private func code(of cell: Cell) -> UInt32 {
        if case .text(let bytes) = cell { texts.code(bytes) } else { 0 }
    }

    /// Throws what `prepare` would throw, and leaves the column as it is.
    func check(_ cell: Cell) throws {
        if case .decimal(let value) = cell, spec.type == .decimal {
            _ = try fit(value)
        } else {
            _ = try prepare(cell)
        }
    }

    /// The value at the column's scale, which grows where the value needs more digits.
    private func units(of value: ExactDecimal) throws -> Int64 {
        let (units, wide) = try fit(value)
        if wide > scale {
            let change = ScaleChange(from: scale, to: wide)
            for row in words.indices { words[row] = change.word(words[row]) }
            largestHeld = change.word(largestHeld)
            scale = wide
        }
        return units
    }

    /// The value's units, and the scale at which they are: the column's, or a wider one that all values fit.
    private func fit(_ value: ExactDecimal) throws -> (units: Int64, scale: Int) {
        // Trailing zeros need no room; looked for only where they would widen the column.
        let value = value.scale > scale ? value.normalized : value
        let wide = max(scale, value.scale)
        if wide > scale {
            guard Int64(exactly: value.units) != nil else { throw outOfRange("\(value) does not fit") }
            if ScaleChange(from: scale, to: wide).applied(to: largestHeld) == nil {
                let other = ExactDecimal(units: Int128(largestHeld), scale: scale)
                throw outOfRange("\(value) needs \(wide) digits after the point, with which \(other) does not fit")
            }
        }
        guard let units = value.rescaled(to: wide).flatMap({ Int64(exactly: $0.units) }), units != missingWord else {
            throw outOfRange("\(value) does not fit with \(wide) digits after the point, which other values need")
        }
        return (units, wide)
    }

    private func outOfRange(_ what: String) -> Diagnostic {
        Diagnostic(.error, .valueOutOfRange, "\(label): \(what) into 64 bits")
    }
}

// MARK: - Batches

extension ColumnBuilder {
    /// Whether the cells of a batch can be added, so that no row of it would be refused one by one.
    ///
    /// - Parameter largest: the number of the batch that is farthest from zero.
    func takes(_ cells: BatchCells, largest: Int64) -> Bool {
        close()
        guard case .decimal(_, let batchScale) = cells else { return true }
        let wide = max(scale, batchScale)
        return ScaleChange(from: batchScale, to: wide).applied(to: largest) != nil
            && ScaleChange(from: scale, to: wide).applied(to: largestHeld) != nil
    }

    /// Adds cells that `takes` said yes to, after missing ones up to row `start`. The last part is theirs.
    func append(_ cells: BatchCells, largest: Int64, rows: Int, from start: Int) {
        close()
        if rowsOfParts < start { add(ColumnPart(rows: start - rowsOfParts)) }
        switch cells {
        case .missing: add(ColumnPart(rows: rows))
        case .text(let codes, let batchTexts):
            let codeOfText = texts.codes(of: batchTexts)
            // Few texts take a byte a cell, which is replaced when it is brought into stored order. Less memory is
            // touched for the first time, which takes longer than all else that is done here.
            if !isKey, codeOfText.count <= 256 {
                add(ColumnPart(rows: rows, narrowCodes: narrowed(codes), codeOfText: codeOfText))
            } else {
                add(ColumnPart(rows: rows, codes: replaced(codes, by: codeOfText)))
            }
        case .decimal(let units, let batchScale):
            let wide = max(scale, batchScale)
            let change = ScaleChange(from: scale, to: wide)
            guard let before = change.applied(to: largestHeld) else { preconditionFailure("takes was not asked") }
            largestHeld = before
            scale = wide
            add(ColumnPart(rows: rows, words: units, scale: batchScale), largest: largest)
        case .instant(let microseconds): add(ColumnPart(rows: rows, words: microseconds, scale: 0))
        }
    }

    /// Makes a part of the rows that were added one by one.
    func close() {
        if !codes.isEmpty { add(ColumnPart(rows: codes.count, codes: codes)) }
        if !words.isEmpty {
            add(ColumnPart(rows: words.count, words: words, scale: scale), largest: largestNumber(words))
        }
        codes = []
        words = []
    }

    /// - Parameter largest: of the part's numbers.
    private func add(_ part: ColumnPart, largest: Int64 = 0) {
        rowsOfParts += part.rows
        bytesOfParts += part.heldBytes
        parts.append(part)
        guard spec.type == .decimal, !part.words.isEmpty else { return }
        guard let number = ScaleChange(from: part.scale, to: scale).applied(to: largest) else {
            preconditionFailure("a part that does not fit")
        }
        largestHeld = EventStores.largest(largestHeld, number)
    }

    /// Gives the parts away, which the builder forgets.
    func takeParts() -> [ColumnPart] {
        close()
        (rowsOfParts, bytesOfParts) = (0, 0)
        defer { parts = [] }
        return parts
    }

    /// Gives the cells of a column without parts away, which the builder forgets, all but the largest number.
    func takeCells() -> SortedColumn {
        let taken = SortedColumn(self)
        (codes, words, texts) = ([], [], TextInterner())
        return taken
    }

    /// What it takes of memory.
    var heldBytes: Int { bytesOfParts + codes.capacity * 4 + words.capacity * 8 + texts.heldBytes }

    /// Makes the scale of an empty column that of another one with more of the same cells.
    func adoptScale(of other: ColumnBuilder) { scale = other.scale }

    /// Gives the texts away, which the builder forgets.
    func takeTexts(keepsSlots: Bool) -> TextInterner {
        var taken = TextInterner()
        swap(&taken, &texts)
        if !keepsSlots { taken.forgetSlots() }
        return taken
    }

    /// As `takes`, for a column without parts.
    func takesProperties(_ cells: BatchCells) -> Bool {
        guard case .decimal(let units, let batchScale) = cells else { return true }
        let wide = max(scale, batchScale)
        return ScaleChange(from: batchScale, to: wide).applied(to: largestNumber(units)) != nil
            && ScaleChange(from: scale, to: wide).applied(to: largestHeld) != nil
    }

    /// Sets properties that `takesProperties` said yes to, in the order of their rows, in a column without parts that
    /// has a cell for every customer.
    func set(_ cells: BatchCells, of customers: [UInt32]) {
        switch cells {
        case .missing: break
        case .text(let batchCodes, let batchTexts):
            let codeOfText = texts.codes(of: batchTexts)
            for (row, code) in batchCodes.enumerated() where code != 0 {
                codes[Int(customers[row])] = codeOfText[Int(code)]
            }
        case .decimal(let units, let batchScale):
            let wide = max(scale, batchScale)
            let (old, new) = (ScaleChange(from: scale, to: wide), ScaleChange(from: batchScale, to: wide))
            if wide > scale { for row in words.indices { words[row] = old.word(words[row]) } }
            largestHeld = old.word(largestHeld)
            scale = wide
            largestHeld = largest(largestHeld, new.word(largestNumber(units)))
            for (row, word) in units.enumerated() where word != missingWord {
                words[Int(customers[row])] = new.word(word)
            }
        case .instant(let microseconds):
            for (row, word) in microseconds.enumerated() where word != missingWord {
                words[Int(customers[row])] = word
            }
        }
    }
}

/// Cells of a column for consecutive rows; with neither codes nor words all of them are missing.
struct ColumnPart {
    var rows: Int
    /// The column's codes.
    var codes: [UInt32] = []
    /// Instead of them codes of the part, by which `codeOfText` has the column's.
    var narrowCodes: [UInt8] = []
    var codeOfText: [UInt32] = []
    var words: [Int64] = []
    /// Digits after the point of the words.
    var scale = 0

    /// How many there are: all rows, or none.
    var cells: Int { codes.count + narrowCodes.count + words.count }

    var heldBytes: Int { (codes.count + codeOfText.count) * 4 + narrowCodes.count + words.count * 8 }
}

/// From units at one scale to units at one as wide or wider.
struct ScaleChange {
    /// Nil where 64 bits hold no such factor: then only zero fits.
    private let factor: Int64?

    init(from scale: Int, to wide: Int) {
        factor = wide - scale > 18 ? nil : Int64(exactly: ExactDecimal.power(wide - scale))
    }

    var changesNothing: Bool { factor == 1 }

    /// Nil where the units do not fit into 64 bits, or would mean "missing".
    func applied(to units: Int64) -> Int64? {
        if units == 0 { return 0 }
        guard let factor else { return nil }
        let (product, overflow) = units.multipliedReportingOverflow(by: factor)
        return overflow || product == missingWord ? nil : product
    }

    /// For words of which `applied` was asked before: a missing one stays missing.
    func word(_ word: Int64) -> Int64 { word == missingWord ? word : word &* (factor ?? 0) }
}

/// Codes in a byte each, which they must fit into.
private func narrowed(_ codes: [UInt32]) -> [UInt8] {
    var all: UInt32 = 0
    let narrow = unsafe [UInt8](filling: codes.count) { target in
        for (row, code) in codes.enumerated() {
            all |= code
            unsafe target[row] = UInt8(truncatingIfNeeded: code)
        }
    }
    precondition(all < 256, "a code behind the last text")
    return narrow
}

/// Codes as others, by code.
func replaced(_ codes: [UInt32], by others: [UInt32]) -> [UInt32] {
    unsafe [UInt32](filling: codes.count) { target in
        for (row, code) in codes.enumerated() { unsafe target[row] = others[Int(code)] }
    }
}

/// The number farthest from zero, missing words aside; of two the positive one.
func largestNumber(_ words: [Int64]) -> Int64 {
    var (low, high): (Int64, Int64) = (0, 0)
    for word in words where word != missingWord {
        low = min(low, word)
        high = max(high, word)
    }
    return largest(high, low)
}

private func largest(_ one: Int64, _ other: Int64) -> Int64 {
    (one.magnitude, one) >= (other.magnitude, other) ? one : other
}
