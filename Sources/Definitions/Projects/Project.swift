package import Diagnostics
package import Quantities

/// `project.yaml`: where a project's data is, what its columns mean, and the policies of its numbers.
package struct Project: Sendable {
    package var name: Located<String>
    package var timezone: Located<Zone>
    /// ISO 4217: the currency of amounts that name none, and the display currency unless told otherwise.
    package var currency: Located<String>
    package var displayCurrency: Located<String>?
    package var asOf: Located<AsOf>
    package var engine: Located<EngineChoice>
    package var fx: FX?
    /// `net` or `gross`; `order` or `refund`; `now` or `at_purchase`; `anchored` or `period`. Nil takes the default.
    package var revenueBasis: Located<String>?
    package var refundDating: Located<String>?
    package var consentAsOf: Located<String>?
    package var attribution: Located<String>?
    package var sources: [Source]
    package var catalogs: [Catalog]
    package var consents: [ConsentMapping]
    package var consentEvents: ConsentEventMapping?

    /// The currency that sums are shown in unless a reader takes another.
    package var shownCurrency: String { displayCurrency?.value ?? currency.value }

    package enum AsOf: Equatable, Sendable {
        /// The newest event.
        case data
        case now
        case instant(Instant)
    }

    /// What evaluates, and where.
    package enum EngineChoice: Sendable {
        /// The store of this project, on this machine.
        case embedded
        /// A Spark, on the tables that sources name.
        case spark(Spark)
    }

    /// `{spark: {remote: "sc://host:15002", token: "${env:TOKEN}"}}`
    package struct Spark: Sendable {
        /// The address; nil takes that of the environment (see `SparkEngine.connected`).
        package var remote: Located<String>?
        package var token: Located<String>?
        /// Seconds that one statement may take; nil for as long as it takes.
        package var timeout: Int?
        /// The schema that views of segmentations are made in; nil for the session's own.
        package var views: Located<String>?
    }

    package struct FX: Sendable {
        /// A CSV with the columns `date,currency,rate`: one unit of `currency` is `rate` units of the display currency, or
        /// of that in the column `to`.
        package var file: Located<String>
        /// `event_date` or `as_of`
        package var policy: Located<String>?
    }

    /// `products: {file: data/products.csv, key: product_id}`: read when it is checked, not imported.
    package struct Catalog: Sendable {
        package var name: Located<String>
        package var input: Source.Input
        /// The column that tells its items apart.
        package var key: Located<String>
    }

    /// `newsletter: {property: email_opt_in, valid: ["true"]}`
    package struct ConsentMapping: Sendable {
        package var category: Located<String>
        package var property: Located<String>
        package var valid: [String]
    }

    /// `consent_events: {event, category, action, valid_until}`: the names of the consent event and its attributes.
    package struct ConsentEventMapping: Sendable {
        package var event: Located<String>
        package var category: Located<String>
        package var action: Located<String>
        package var validUntil: Located<String>
    }
}

/// Files, one query of a SQLite file, or what is posted to the server, and what its rows become.
package struct Source: Sendable {
    package var name: Located<String>
    package var input: Input
    /// Where Spark has the same rows; nil where it has none.
    package var table: Table?
    /// The table's column that tells in which order its rows came, as their lines do in a file.
    package var rowOrder: Located<String>?
    /// The customer's id; nil with `customerThrough`.
    package var customer: FieldMapping?
    /// For rows that name a purchase and no customer (refund lines): the customer of that purchase.
    package var customerThrough: CustomerThrough?
    package var withoutCustomer: Located<WithoutCustomer>?
    /// Rows for which this is false are left out, and counted.
    package var filter: Located<Condition>?
    package var event: EventMapping?
    /// Customer properties by name.
    package var properties: [(name: Located<String>, mapping: FieldMapping)]

    package init(
        name: Located<String>, input: Input, customer: FieldMapping? = nil,
        customerThrough: CustomerThrough? = nil, withoutCustomer: Located<WithoutCustomer>? = nil,
        filter: Located<Condition>? = nil, event: EventMapping? = nil,
        properties: [(name: Located<String>, mapping: FieldMapping)], table: Table? = nil,
        rowOrder: Located<String>? = nil
    ) {
        self.name = name
        self.input = input
        self.table = table
        self.rowOrder = rowOrder
        self.customer = customer
        self.customerThrough = customerThrough
        self.withoutCustomer = withoutCustomer
        self.filter = filter
        self.event = event
        self.properties = properties
    }

    /// Its rows are posted to the server, and stand in no file of the user's.
    package var isPosted: Bool { if case .tracking = input { true } else { false } }

    package enum Input: Sendable {
        /// Paths as written, relative to the project folder; `*` and `?` match within a name.
        case csv(files: [Located<String>], CSVOptions)
        case ndjson(files: [Located<String>])
        case sqlite(file: Located<String>, query: Located<String>)
        /// What programs post to the server's tracking routes.
        case tracking(Located<TrackedKind>)
        /// Nothing here: the source is a table of Spark alone, whose texts may write numbers with a comma.
        case elsewhere(decimalComma: Bool)

        /// The patterns of its files; none of what is posted or elsewhere.
        package var files: [Located<String>] {
            switch self {
            case .csv(let files, _), .ndjson(let files): files
            case .sqlite(let file, _): [file]
            case .tracking, .elsewhere: []
            }
        }
    }

    /// A table of Spark.
    package enum Table: Sendable {
        /// By its name in the catalog: `sales.orders`.
        case named(Located<String>)
        /// Parquet files: `s3a://lake/orders`.
        case parquet(Located<String>)

        package var written: Located<String> {
            switch self {
            case .named(let text), .parquet(let text): text
            }
        }
    }

    /// What can be posted to the tracking routes, by what `tracking:` names it.
    package enum TrackedKind: String, CaseIterable, Sendable {
        /// `customers/events`: something a customer did.
        case events
        /// `customers`: properties of a customer.
        case customers

        /// What every posted line has of its own; below `customer_ids` and `properties` are the poster's names.
        package var columns: [String] {
            switch self {
            case .events: ["customer_ids", "event_type", "timestamp", "properties", "received"]
            case .customers: ["customer_ids", "properties", "update_timestamp", "received"]
            }
        }
    }

    package enum WithoutCustomer: String, CaseIterable, Sendable {
        /// Left out, and counted.
        case skip
        /// Each row (each fold group) is a customer of its own.
        case guest
        /// An error (the default).
        case reject
    }

    /// `customer_through: {event: purchase, key: order_id}`
    package struct CustomerThrough: Sendable {
        /// The keyed event type.
        package var event: Located<String>
        /// The column that holds its key.
        package var key: FieldMapping

        package init(event: Located<String>, key: FieldMapping) {
            self.event = event
            self.key = key
        }
    }
}

package struct CSVOptions: Sendable {
    package var delimiter: Delimiter
    package var encoding: Encoding
    /// Column names where the file has no header line.
    package var columns: [Located<String>]?
    /// `.` or `,`
    package var decimalSeparator: UInt8
    /// Lines before the header that are not read.
    package var skipLines: Int
    /// `"` unless told otherwise; nil where the file knows no quotes.
    package var quote: UInt8?

    package init(
        delimiter: Delimiter, encoding: Encoding, columns: [Located<String>]? = nil, decimalSeparator: UInt8,
        skipLines: Int, quote: UInt8? = nil
    ) {
        self.delimiter = delimiter
        self.encoding = encoding
        self.columns = columns
        self.decimalSeparator = decimalSeparator
        self.skipLines = skipLines
        self.quote = quote
    }

    package enum Delimiter: Equatable, Sendable {
        case byte(UInt8)
        /// Runs of blanks and tabs, also leading and trailing ones.
        case whitespace
    }

    package enum Encoding: String, CaseIterable, Sendable {
        /// UTF-8, or UTF-16 where a byte order mark says so.
        case auto
        case utf8 = "utf-8"
        case utf16 = "utf-16"
        case utf16le = "utf-16le"
        case utf16be = "utf-16be"
        case windows1252 = "windows-1252"
    }
}

/// What rows become as events.
package struct EventMapping: Sendable {
    package var type: EventType
    package var timestamp: TimestampMapping
    /// The attribute that is the purchase key.
    package var key: Located<String>?
    /// For refunds and the like: the event type and its key that this row's key names.
    package var refersTo: Reference?
    /// The attribute that holds the key of the parent purchase of the same event type.
    package var parent: Located<String>?
    /// The attribute that holds the amount: negative rows of a keyed event are refunds of that key.
    package var amount: Located<String>?
    package var attributes: [(name: Located<String>, mapping: FieldMapping)]
    package var fold: Fold?

    package init(
        type: EventType, timestamp: TimestampMapping, key: Located<String>? = nil, refersTo: Reference? = nil,
        parent: Located<String>? = nil, amount: Located<String>? = nil,
        attributes: [(name: Located<String>, mapping: FieldMapping)], fold: Fold? = nil
    ) {
        self.type = type
        self.timestamp = timestamp
        self.key = key
        self.refersTo = refersTo
        self.parent = parent
        self.amount = amount
        self.attributes = attributes
        self.fold = fold
    }

    package enum EventType: Sendable {
        case fixed(Located<String>)
        case column(Located<String>)
    }

    package struct Reference: Sendable {
        package var event: Located<String>
        /// The attribute of this event that holds the other's key.
        package var key: Located<String>

        package init(event: Located<String>, key: Located<String>) {
            self.event = event
            self.key = key
        }
    }

    /// Rows with the same `by` become one event: sums are added, the timestamp is the earliest, everything else is
    /// the first row's.
    package struct Fold: Sendable {
        package var by: Located<String>
        package var sum: [Located<String>]

        package init(by: Located<String>, sum: [Located<String>]) {
            self.by = by
            self.sum = sum
        }
    }
}

package struct TimestampMapping: Sendable {
    package var column: Located<String>
    package var format: Located<TimestampFormat>
    /// The zone of wall times without an offset; nil takes the project's.
    package var zone: Located<Zone>?

    package init(column: Located<String>, format: Located<TimestampFormat>, zone: Located<Zone>? = nil) {
        self.column = column
        self.format = format
        self.zone = zone
    }
}

package enum TimestampFormat: Equatable, Sendable {
    case iso8601
    case unixSeconds, unixMilliseconds, unixMicroseconds
    /// `dd/MM/yyyy H:mm`: letters of Unicode TR 35 (y M d H h m s S a X and quoted text).
    case pattern(String)
}

/// Where a field's value comes from.
package struct FieldMapping: Sendable {
    package var source: Source
    package var type: AttributeType
    package var transforms: [Transform]
    /// Texts that mean "no value", beside the empty one.
    package var missingValues: [String]
    /// For timestamps.
    package var format: TimestampFormat?
    package var place: Place

    package init(
        source: Source, type: AttributeType, transforms: [Transform], missingValues: [String],
        format: TimestampFormat? = nil, place: Place
    ) {
        self.source = source
        self.type = type
        self.transforms = transforms
        self.missingValues = missingValues
        self.format = format
        self.place = place
    }

    package enum Source: Sendable {
        /// A column of a CSV or query; for NDJSON a dotted path.
        case column(Located<String>)
        case constant(String)
        /// First match wins; nil where no case and no `else` applies.
        case cases([(when: Located<Condition>, value: String)], otherwise: String?)
        case expression(Located<Expression>)
    }

    package enum Transform: Equatable, Sendable {
        case stripSuffix(String), stripPrefix(String), trim, lowercase, uppercase, stripLeadingZeros
    }
}
