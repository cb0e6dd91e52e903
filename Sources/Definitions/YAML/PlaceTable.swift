import Diagnostics

/// Turns offsets into lines and columns. libyaml's own lines also break at NEL and the Unicode separators, those of
/// editors and of `SourceFile` do not.
struct PlaceTable {
    private let file: SourceFile
    /// Offsets in Unicode scalars at which lines begin.
    private var starts: [Int] = [0]
    private let count: Int

    init(_ file: SourceFile) {
        self.file = file
        var offset = 0
        for (index, scalar) in file.text.unicodeScalars.enumerated() {
            // A byte order mark is not part of the text that libyaml counts.
            if index == 0, scalar == "\u{FEFF}" { continue }
            offset += 1
            if scalar == "\n" { starts.append(offset) }
        }
        count = offset
    }

    /// The span from one offset to another, in Unicode scalars.
    func place(_ start: Int, _ end: Int) -> Place {
        let (line, column) = position(start)
        let (endLine, endColumn) = position(max(start, end))
        return Place(file, line: line, column: column, endLine: endLine, endColumn: endColumn)
    }

    /// The place of the byte at an offset in the text's UTF-8.
    func place(byte: Int) -> Place {
        let scalars = String(decoding: file.text.utf8.prefix(byte), as: UTF8.self).unicodeScalars.count
        return place(scalars, scalars + 1)
    }

    private func position(_ offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(offset, 0), count)
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, offset - starts[low] + 1)
    }
}
