/// TN5: queries and their evaluation.
extension Code {
    package static let evaluation: [Code] = [
        .emptyStore, .emptyWindow, .invalidInstant, .missingData, .wrongDataType, .missingRate, .unsupportedQuery,
        .windowTooLong,
    ]

    package static let emptyStore = Code(
        "TN501", "empty store",
        "There is no event to evaluate. `tenure import` reads the sources that project.yaml names.")
    package static let emptyWindow = Code(
        "TN502", "empty window",
        """
        The reporting window ends before it begins. Windows are half open: the instant of --from is in, that of --to is \
        not; a date alone means local midnight.
        """)
    package static let invalidInstant = Code(
        "TN503", "not an instant",
        """
        Points in time are ISO 8601: a date (local midnight), a date and time (local), or one with Z or an offset. \
        2026-01-31, 2026-01-31T10:00 and 2026-01-31T10:00:00Z are examples.
        """)
    package static let missingData = Code(
        "TN504", "not in the data",
        """
        The evaluation names an event, attribute, property, consent or segmentation that the store does not hold. \
        `tenure check` shows what the data has, and values.yaml is where names are adjusted.
        """)
    package static let wrongDataType = Code(
        "TN505", "wrong type of attribute",
        """
        An attribute is stored as text where a number is needed, or the like. Give it its type in the mapping of \
        project.yaml (`{column: …, type: number}`) and import again.
        """)
    package static let missingRate = Code(
        "TN506", "missing exchange rate",
        """
        An amount in another currency has no rate on or before its date, and is never taken 1:1. Add the rate to the \
        project's rates file, or show the report by currency.
        """)
    package static let windowTooLong = Code(
        "TN508", "window of centuries",
        """
        A window has at most 200 years. Where nobody asked for more, an event with a wrong date stretches the data: a year 0001 \
        or 9999 that stands for no date. Leave such rows out with `where`, or name the window.
        """)
    package static let unsupportedQuery = Code(
        "TN507", "unsupported combination",
        "The report asks for a combination that has no defined meaning. The message names it.")
}
