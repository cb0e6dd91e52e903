import Diagnostics
import Quantities

/// The cells of one column while rows are collected.
final class ColumnBuilder {
    let spec: ColumnSpec
    /// `column 'price' of event type 'purchase'`, for diagnostics.
    private let label: String
    /// Cells of a text column.
    private(set) var codes: [UInt32] = []
    private(set) var texts = TextInterner()
    /// Cells of decimal and instant columns.
    private(set) var words: [Int64] = []
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
        case .instant(let microseconds):
            words = microseconds.array
        }
    }

    var count: Int { spec.type == .text ? codes.count : words.count }

    /// Adds missing cells up to that many: rows that did not know the column.
    func pad(to rows: Int) {
        guard count < rows else { return }
        if spec.type == .text {
            codes.append(contentsOf: repeatElement(0, count: rows - count))
        } else {
            words.append(contentsOf: repeatElement(missingWord, count: rows - count))
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
        guard spec.type == .text else { return words.append(word) }
        codes.append(code(of: cell))
    }

    /// Replaces a cell.
    func set(_ index: Int, to cell: Cell) throws {
        let word = try prepare(cell)
        pad(to: index + 1)
        if spec.type == .text { codes[index] = code(of: cell) } else { words[index] = word }
    }

    private func code(of cell: Cell) -> UInt32 {
        if case .text(let bytes) = cell { texts.code(bytes) } else { 0 }
    }

    /// The value at the column's scale, which grows where the value needs more digits.
    private func units(of value: ExactDecimal) throws -> Int64 {
        if value.scale > scale {
            // Trailing zeros need no room; looked for only where they would widen the column.
            let value = value.normalized
            if value.scale > scale {
                try widen(to: value.scale, for: value)
            }
            return try units(of: value)
        }
        guard let units = value.rescaled(to: scale).flatMap({ Int64(exactly: $0.units) }), units != missingWord else {
            throw outOfRange("\(value) does not fit with \(scale) digits after the point, which other values need")
        }
        return units
    }

    private func widen(to newScale: Int, for value: ExactDecimal) throws {
        guard Int64(exactly: value.units) != nil else {
            throw outOfRange("\(value) does not fit")
        }
        let factor = Int64(exactly: ExactDecimal.power(newScale - scale))
        var widened = words
        for (row, word) in words.enumerated() where word != missingWord && word != 0 {
            let (product, overflow) = factor.map { word.multipliedReportingOverflow(by: $0) } ?? (0, true)
            if overflow || product == missingWord {
                let other = ExactDecimal(units: Int128(word), scale: scale)
                throw outOfRange("\(value) needs \(newScale) digits after the point, with which \(other) does not fit")
            }
            widened[row] = product
        }
        words = widened
        scale = newScale
    }

    private func outOfRange(_ what: String) -> Diagnostic {
        Diagnostic(.error, .valueOutOfRange, "\(label): \(what) into 64 bits")
    }
}

// MARK: - When all rows are there

extension ColumnBuilder {
    /// The cell as a word that is equal for equal cells of this column.
    func word(_ row: Int) -> UInt64 {
        spec.type == .text ? UInt64(codes[row]) : UInt64(bitPattern: words[row])
    }

    /// Brings the cells into the order of `rows`, which names each row at most once.
    func reorder(_ rows: [UInt32]) {
        if spec.type == .text { codes = codes.reordered(rows) } else { words = words.reordered(rows) }
    }

    /// The cells in their order.
    var content: ColumnContent {
        switch spec.type {
        case .text: content(numbering)
        case .decimal: ColumnContent(spec: spec, cells: .decimal(words, scale: scale))
        case .instant: ColumnContent(spec: spec, cells: .instant(words))
        }
    }

    /// The texts in the order of the cells.
    var numbering: TextNumbering { TextNumbering(codes, texts.content) }

    func content(_ numbering: TextNumbering) -> ColumnContent {
        ColumnContent(spec: spec, cells: .text(numbering.codes, numbering.texts))
    }
}

extension TextInterner {
    var content: TextContent { TextContent(offsets: offsets, bytes: bytes) }
}

extension Array where Element: BitwiseCopyable {
    /// The elements at the given positions.
    func reordered(_ positions: [UInt32]) -> [Element] { positions.map { self[Int($0)] } }
}
