package import Definitions

/// How a CSV file is cut into rows and fields.
package struct CSVDialect: Sendable {
    package var delimiter: CSVOptions.Delimiter
    /// Nil where the file knows no quotes.
    package var quote: UInt8?
    /// Column names where the file has no header line.
    package var columns: [String]?
    /// Lines before the header that are not read.
    package var skipLines: Int

    package init(
        delimiter: CSVOptions.Delimiter = .byte(UInt8(ascii: ",")), quote: UInt8? = UInt8(ascii: "\""),
        columns: [String]? = nil, skipLines: Int = 0
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.columns = columns
        self.skipLines = skipLines
    }

    package init(_ options: CSVOptions) {
        self.init(
            delimiter: options.delimiter, quote: options.quote, columns: options.columns?.map(\.value),
            skipLines: options.skipLines)
    }
}
