/// Addresses that a page has where a server is behind it; exported pages have none.
package struct HTMLLinks: Sendable {
    /// How a table is ordered by a column.
    package enum Order: String, Sendable {
        case ascending, descending
    }

    /// What a number is made of: its report, its metric, the labels of its row (none for the total).
    package var number: @Sendable (_ report: String, _ metric: String, _ row: [String]) -> String?
    /// What the value of the window before is made of, of a key figure.
    package var previous: @Sendable (_ report: String, _ metric: String) -> String?
    /// The table in the order of a column (nil for that of the rows' names), and whether it is in that order now; nil where
    /// a table is always in its own.
    package var order: @Sendable (_ report: String, _ column: String?) -> (address: String, now: Order?)?
    /// A report as a file for spreadsheets.
    package var export: @Sendable (_ report: String) -> String?

    package init(
        number: @escaping @Sendable (String, String, [String]) -> String?,
        previous: @escaping @Sendable (String, String) -> String?,
        order: @escaping @Sendable (String, String?) -> (address: String, now: Order?)?,
        export: @escaping @Sendable (String) -> String?
    ) {
        self.number = number
        self.previous = previous
        self.order = order
        self.export = export
    }
}

extension Markup {
    /// A number, with the way to what it is made of where there is one.
    mutating func number(_ text: String, link: String?) {
        guard let link else { return write(text) }
        element("a", ["class": "num", "href": link, "title": "What is this made of?"], text: text)
    }
}
