/// A cell of a CSV line.
enum CSVCell {
    /// From data or definitions: guarded.
    case text(String)
    /// Of this view's own making.
    case word(String)
    /// Nil is an empty cell.
    case number(String?)
}

/// Lines of cells as bytes.
struct CSVSheet {
    private var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func line(_ cells: [CSVCell]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .text(let text): append(text, isGuarded: true)
            case .word(let text): append(text, isGuarded: false)
            case .number(let digits): bytes += Array((digits ?? "").utf8)
            }
        }
        bytes += [0x0D, 0x0A]
    }

    private mutating func append(_ text: String, isGuarded: Bool) {
        var content = Array(text.utf8)
        if isGuarded, let first = content.first, "=+-@\t\r".utf8.contains(first) {
            content.insert(UInt8(ascii: "'"), at: 0)
        }
        let needsQuotes = content.contains { "\",\r\n".utf8.contains($0) }
        guard needsQuotes else {
            bytes += content
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in content {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
