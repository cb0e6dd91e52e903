package import Quantities

/// What a project's data really holds: the evidence for `check`.
package struct DataProfile: Codable, Hashable, Sendable {
    /// The store's generation, or a version of the tables.
    package var generation: String
    package var customers: Int
    package var events: [EventProfile]
    package var properties: [AttributeProfile]

    package init(generation: String, customers: Int, events: [EventProfile], properties: [AttributeProfile]) {
        self.generation = generation
        self.customers = customers
        self.events = events
        self.properties = properties
    }
}

package struct EventProfile: Codable, Hashable, Sendable {
    package var name: String
    package var rows: Int
    /// Customers with at least one row.
    package var customers: Int
    package var first: Instant?
    package var last: Instant?
    package var attributes: [AttributeProfile]
    /// Distinct purchase keys, where the event type has a key.
    package var keys: Int?

    package init(
        name: String, rows: Int, customers: Int, first: Instant?, last: Instant?, attributes: [AttributeProfile],
        keys: Int? = nil
    ) {
        self.name = name
        self.rows = rows
        self.customers = customers
        self.first = first
        self.last = last
        self.attributes = attributes
        self.keys = keys
    }
}

package struct AttributeProfile: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case string, number, timestamp
    }

    package var name: String
    package var kind: Kind
    /// Rows with a value.
    package var present: Int
    /// All rows.
    package var rows: Int
    /// Distinct values; nil for numbers and timestamps.
    package var distinct: Int?
    /// The most frequent values of text, at most 20, descending by count.
    package var values: [ValueCount]
    /// Of text values that are present, how many read as a number.
    package var numeric: Int?

    package struct ValueCount: Codable, Hashable, Sendable {
        package var value: String
        package var count: Int

        package init(_ value: String, _ count: Int) {
            self.value = value
            self.count = count
        }
    }

    package init(
        name: String, kind: Kind, present: Int, rows: Int, distinct: Int?, values: [ValueCount], numeric: Int? = nil
    ) {
        self.name = name
        self.kind = kind
        self.present = present
        self.rows = rows
        self.distinct = distinct
        self.values = values
        self.numeric = numeric
    }
}

/// What a look at all rows of an attribute shows beside its profile.
package struct AttributeEvidence: Codable, Hashable, Sendable {
    /// The timestamps of the first and the last row with a value.
    package var first: Instant
    package var last: Instant
    /// Of numbers the least and the greatest; else empty.
    package var numbers: [ExactDecimal] = []

    package init(first: Instant, last: Instant) {
        self.first = first
        self.last = last
    }
}

/// What a catalog of a project holds: a table of things that events name, such as products.
package struct CatalogProfile: Hashable, Sendable {
    /// Rows with a key.
    package var items: Int
    /// Keys that more than one row has.
    package var repeated: Int
    /// Its columns; all of them are text.
    package var attributes: [AttributeProfile]

    package init(items: Int, repeated: Int, attributes: [AttributeProfile]) {
        self.items = items
        self.repeated = repeated
        self.attributes = attributes
    }
}

/// How many of all are in no segment of a segmentation.
package struct SegmentRemainder: Codable, Hashable, Sendable {
    package var outside: Int
    package var all: Int

    package init(outside: Int, all: Int) {
        self.outside = outside
        self.all = all
    }
}
