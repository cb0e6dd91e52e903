/// TN1: project.yaml, sources and mappings.
extension Code {
    package static let project: [Code] = [
        unknownTimezone, unknownCurrency, missingEnvironment, environmentPlace, inputKind, emptySource,
        unknownAttribute, attributeType, timestampFormat, csvOption, fieldMapping, customerMapping, duplicateSource,
        unknownEventReference, sourcePlace,
    ]

    package static let unknownTimezone = Code(
        "TN101", "unknown timezone",
        """
        Timezones are full names of the IANA database such as Europe/London, UTC, or fixed offsets such as +02:00. \
        Abbreviations (EST, CET) are refused, because they name a zone without its summer time.
        """)
    package static let unknownCurrency = Code(
        "TN102", "unknown currency",
        """
        Currencies are ISO 4217 codes of three capital letters, EUR, USD, JPY. Symbols and names are refused, since $ \
        alone is the sign of twenty currencies.
        """)
    package static let missingEnvironment = Code(
        "TN103", "environment variable not set",
        """
        ${env:NAME} is replaced by the environment variable NAME, which is not set. Nothing is put in its place, \
        because a path with a hole in it could name another file. Set the variable for this command.
        """)
    package static let environmentPlace = Code(
        "TN104", "${env:...} not possible here",
        """
        Environment variables are filled in under file:, query:, table:, parquet: and engine: only, and are written ${env:NAME} with a \
        closing brace. Anywhere else they would make the meaning of a project depend on the machine.
        """)
    package static let inputKind = Code(
        "TN105", "kind of input unclear",
        """
        The kind of a source follows from the extension of its file (.csv, .txt, .tsv, .ndjson, .jsonl, .sqlite, .db, \
        each but the last two also with .gz), or is given with format:. csv: belongs to CSV files; query: belongs to \
        SQLite files, and these need it.
        """)
    package static let emptySource = Code(
        "TN106", "source makes nothing",
        """
        A source's rows become events, customer properties, or both, and this one has neither event: nor properties:. \
        Add one of them, or remove the source.
        """)
    package static let unknownAttribute = Code(
        "TN107", "no such attribute",
        """
        key, parent, amount, refers_to and fold name attributes of the event, so they have to be among the source's \
        attributes:. They are names in the store, not columns of the file.
        """)
    package static let attributeType = Code(
        "TN108", "attribute has the wrong type",
        """
        Amounts and sums are numbers, so the attribute needs type: number; keys are texts, so it needs type: string. An \
        expression always gives a number. format: belongs to timestamps.
        """)
    package static let timestampFormat = Code(
        "TN109", "timestamp format",
        """
        A format is iso8601, unix, unix_ms, unix_us, or a pattern such as dd/MM/yyyy HH:mm with the letters y M d H h m \
        s S a X; other letters are put between apostrophes. A pattern needs year, month and day.
        """)
    package static let csvOption = Code(
        "TN110", "CSV option",
        """
        A delimiter is comma, semicolon, tab, pipe, whitespace or one ASCII character; a quote is one ASCII character or \
        none; both have to differ. Encodings are auto, utf-8, utf-16, utf-16le, utf-16be and windows-1252.
        """)
    package static let fieldMapping = Code(
        "TN111", "field mapping",
        """
        A field comes from a column, a fixed value, cases or an expression. Cases are tried in order, each with when: \
        and value:; at most one {else: value} stands at the end.
        """)
    package static let customerMapping = Code(
        "TN112", "customer of the rows",
        """
        Every row belongs to a customer: customer: names the column of the id, or customer_through: leads there by a \
        purchase key. Exactly one of the two is needed; customer properties need customer:.
        """)
    package static let duplicateSource = Code(
        "TN113", "source name used twice",
        """
        Sources are told apart by their name in messages and when they are imported again, so each has its own. Rename \
        one of the two.
        """)
    package static let unknownEventReference = Code(
        "TN114", "no such event or property",
        """
        The project refers to an event type or a customer property that none of its sources makes. Event types are \
        given by event: type:, properties by properties:.
        """)
    package static let sourcePlace = Code(
        "TN115", "source where the engine does not look",
        """
        The embedded engine reads what file: or tracking: names, Spark what table: or parquet: names. A source may have one of \
        each, so that engine: is the only line to change.
        """)
}
