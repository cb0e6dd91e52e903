import Quantities

/// What a project has in Spark, as the compiler sees it: a relation for each type of events and one for customers, whose
/// columns have the names and types of the project.
package struct SparkTables: Codable, Hashable, Sendable {
    package var events: [String: EventRelation]
    /// Nil where customers are known by their events alone.
    package var customers: CustomerRelation?
    /// What the relations' SQL has as `:name`.
    package var parameters: [String: SQLLiteral]

    package init(
        events: [String: EventRelation], customers: CustomerRelation? = nil, parameters: [String: SQLLiteral] = [:]
    ) {
        self.events = events
        self.customers = customers
        self.parameters = parameters
    }

    /// How a column is stored: text as `STRING`, numbers as `DECIMAL(28, scale)`, instants as microseconds in `BIGINT`.
    package enum ColumnType: Codable, Hashable, Sendable {
        case text
        case number(scale: Int)
        case instant
    }

    /// Rows of one type of events.
    package struct EventRelation: Codable, Hashable, Sendable {
        /// What stands after `FROM`: an identifier or a query in parentheses. Its columns are `customer` (text), `at`
        /// (microseconds), `seq` (which of two rows of one instant is the newer one, of any type that has an order; rows that
        /// are equal in it are ordered by what they hold), and the attributes.
        package var source: String
        /// By attribute: the column, quoted, and its type.
        package var columns: [String: Column]
        package var keys: Keys

        package init(source: String, columns: [String: Column], keys: Keys = Keys()) {
            self.source = source
            self.columns = columns
            self.keys = keys
        }
    }

    package struct Column: Codable, Hashable, Sendable {
        package var sql: String
        package var type: ColumnType

        package init(_ sql: String, _ type: ColumnType) {
            self.sql = sql
            self.type = type
        }
    }

    /// How rows relate to purchases; all names are attributes.
    package struct Keys: Codable, Hashable, Sendable {
        /// Rows with the same key are states of one purchase.
        package var key: String?
        /// Rows below zero whose key also has a row of zero or more, or without amount, are refunds of that key.
        package var amount: String?
        /// The key of the purchase that a charge belongs to.
        package var parent: String?
        /// Refunds: the event whose keys the attribute holds.
        package var refersTo: Reference?

        package struct Reference: Codable, Hashable, Sendable {
            package var event: String
            package var attribute: String

            package init(event: String, attribute: String) {
                self.event = event
                self.attribute = attribute
            }
        }

        package init(
            key: String? = nil, amount: String? = nil, parent: String? = nil, refersTo: Reference? = nil
        ) {
            self.key = key
            self.amount = amount
            self.parent = parent
            self.refersTo = refersTo
        }
    }

    /// Customers with their properties.
    package struct CustomerRelation: Codable, Hashable, Sendable {
        /// Its columns are `customer` (text), `seq`, and the properties. Of several rows of a customer the newest counts.
        package var source: String
        package var properties: [String: Column]

        package init(source: String, properties: [String: Column]) {
            self.source = source
            self.properties = properties
        }
    }
}
