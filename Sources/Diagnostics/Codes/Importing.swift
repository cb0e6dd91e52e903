/// TN2: files being imported.
extension Code {
    package static let importing: [Code] = [
        importFileMissing, importFileUnreadable, importGzipDamaged, importEncoding, importHeader, importUnknownColumn,
        importArity, importQuote, importQuoteUnclosed, importNul, importTooLarge, importJSON, importDuplicateKey,
        importNumber, importTimestamp, importTimestampPattern, importCustomerMissing, importCustomerUnknown,
        importCustomerReserved, importEventTypeMissing, importArithmetic, importMapping, importQuery, importNotText,
        importRate, importQuarantine, importPathUnseen,
    ]

    package static let importFileMissing = Code(
        "TN201", "no such file",
        """
        A source names a file, or a pattern with * and ?, that matches nothing. Paths are relative to the project \
        folder; * and ? stand for any characters, or one, of a file's name, not of a folder's.
        """)
    package static let importFileUnreadable = Code(
        "TN202", "unreadable file", "The operating system refused to open or read a file. Its own words follow.")
    package static let importGzipDamaged = Code(
        "TN203", "damaged gzip file",
        """
        A compressed file ends early, or its content does not match its checksum. The rows up to there can not be \
        told from a complete file, so nothing of it is imported, whatever --on-error says. Copy the file again.
        """)
    package static let importEncoding = Code(
        "TN204", "invalid text encoding",
        """
        Bytes that are no text in the source's encoding. Nothing is replaced silently: set `csv: {encoding: …}` of the source \
        to what the file really is (utf-8, utf-16le, utf-16be, windows-1252), or correct the row.
        """)
    package static let importHeader = Code(
        "TN205", "unusable header",
        """
        The first line of a CSV names its columns; it is missing, or names a column twice. Files without such a \
        line need `columns:`, a list of names, in their source.
        """)
    package static let importUnknownColumn = Code(
        "TN206", "unknown column",
        """
        The mapping names a column that the file does not have. Names are compared byte for byte, case and blanks \
        included; the message lists the columns that are there.
        """)
    package static let importArity = Code(
        "TN207", "wrong number of fields",
        """
        A row has more or fewer fields than the header has columns. Often a delimiter inside a value that should \
        be quoted, or a line end inside one.
        """)
    package static let importQuote = Code(
        "TN208", "misplaced quote",
        """
        A quote inside a value that does not begin with one, or text after a closing quote. A value that contains \
        quotes is quoted as a whole, with its inner quotes doubled (RFC 4180).
        """)
    package static let importQuoteUnclosed = Code(
        "TN209", "unclosed quote",
        """
        A quoted value never ends. What follows its opening quote can not be divided into rows, so nothing of the \
        file is imported, whatever --on-error says.
        """)
    package static let importNul = Code(
        "TN210", "NUL character",
        """
        A text contains the character U+0000: mostly a UTF-16 file read as UTF-8. Set `csv: {encoding: utf-16}` of \
        the source, or remove the character.
        """)
    package static let importTooLarge = Code(
        "TN211", "too large",
        "A field may have 1 MiB, a row or line 16 MiB, a CSV 20,000 columns. Mostly a quote that was never closed.")
    package static let importJSON = Code(
        "TN212", "invalid JSON",
        """
        Each line of an NDJSON file is one JSON object (RFC 8259), nested at most 64 deep. The message says what \
        stands where the line stops being one; single quotes, comments and NaN are no JSON.
        """)
    package static let importDuplicateKey = Code(
        "TN213", "duplicate key",
        """
        An object has the same key twice; which value counts would be a guess. Remove one of the two where the file \
        is made.
        """)
    package static let importNumber = Code(
        "TN214", "not a number",
        """
        Numbers are digits with at most one decimal separator, a sign and an exponent. The decimal separator is the \
        source's `csv: {decimal: …}`; thousands separators and currency signs are not read, nor guessed.
        """)
    package static let importTimestamp = Code(
        "TN215", "not a timestamp",
        """
        A value does not have the declared timestamp format, or names a date or time that does not exist. Give the \
        format in `timestamp: {column: …, format: …}`; day-first dates are dd/MM/yyyy.
        """)
    package static let importTimestampPattern = Code(
        "TN216", "unusable timestamp pattern",
        """
        Patterns are made of y M d H h m s S a X (Unicode TR 35), quoted text and punctuation, and name at least \
        year, month and day: dd/MM/yyyy H:mm. \
        Letters that mean something else are put between single quotes.
        """)
    package static let importCustomerMissing = Code(
        "TN217", "row without customer",
        "The customer's id is missing. `without_customer: skip` leaves such rows out, `guest` makes each a customer.")
    package static let importCustomerUnknown = Code(
        "TN218", "no purchase with that key",
        """
        `customer_through` takes the customer from the purchase that a row names, and no such purchase was imported. \
        `without_customer: skip` leaves such rows out.
        """)
    package static let importCustomerReserved = Code(
        "TN219", "id kept for guests",
        """
        Ids that begin with guest: or guest-row: are made for rows without customer, and would be mixed up with \
        them. Change the prefix of the ids with a transform, or use `without_customer: skip`.
        """)
    package static let importEventTypeMissing = Code(
        "TN220", "row without event type",
        """
        The column that names the event type is empty. Leave such rows out with `where`, or give the source one \
        fixed type.
        """)
    package static let importArithmetic = Code(
        "TN221", "number that is not exact",
        """
        Expressions are exact decimal arithmetic. A division that does not come out even (10 / 3), a division by \
        zero and a result of more than 36 digits are errors, never rounded.
        """)
    package static let importMapping = Code(
        "TN222", "unusable mapping",
        """
        The mapping asks for something that reading a file can not do. The message names it; the how-to on mapping \
        files lists what can be asked.
        """)
    package static let importQuery = Code(
        "TN223", "unusable query", "A SQLite source is one statement that only reads. SQLite's own words follow.")
    package static let importNotText = Code(
        "TN224", "value that is no text", "A query gave a binary value (BLOB). Cast it, or leave the column out.")
    package static let importRate = Code(
        "TN225", "unusable exchange rate",
        """
        The rates file has the columns date, currency and rate: a date, an ISO 4217 code, and a number above zero; and \
        where rates lead into several currencies, the column `to` with the code of each. One unit of the currency is that \
        much in the project's display currency, or in that of `to`, from that date until the next one; a currency is 1 of \
        itself. Other columns are refused, as one of them may be a misspelt `to`.
        """)
    package static let importQuarantine = Code(
        "TN226", "quarantine not written",
        """
        The file for rejected rows could not be written. Nothing was imported; name another folder with \
        --quarantine, or make room.
        """)
    package static let importPathUnseen = Code(
        "TN227", "path in no line",
        """
        No line of the NDJSON file has the path that the mapping names. A missing value is allowed, so this is a \
        warning; the nearest path that is there is most likely meant.
        """)
}
