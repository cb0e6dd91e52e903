import Quantities

/// Text that is compared byte for byte, as every engine does it (`String` equates NFC and NFD).
struct RawText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    let string: String
    let bytes: [UInt8]

    init(_ string: String) {
        self.string = string
        bytes = Array(string.utf8)
    }

    init(stringLiteral value: String) { self.init(value) }

    var description: String { string }

    static func == (left: RawText, right: RawText) -> Bool { left.bytes == right.bytes }

    static func < (left: RawText, right: RawText) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// A cell that has a value. A cell without one is absent from its row's dictionary.
enum RawValue: Hashable, Sendable {
    case text(RawText)
    case decimal(ExactDecimal)
    case instant(Instant)

    var type: RawType {
        switch self {
        case .text: .text
        case .decimal: .decimal
        case .instant: .instant
        }
    }

    /// As text: decimals without trailing zeros, instants as ISO 8601.
    var text: RawText {
        switch self {
        case .text(let text): text
        case .decimal(let decimal): RawText(decimal.normalized.description)
        case .instant(let instant): RawText(instant.description)
        }
    }
}

/// The type of a column; every value of an attribute in one event type has the same.
enum RawType: String, Hashable, Sendable {
    case text, decimal, instant
}

struct RawCustomer: Hashable, Sendable {
    var id: RawText
    var properties: [String: RawValue]

    init(_ id: RawText, _ properties: [String: RawValue] = [:]) {
        self.id = id
        self.properties = properties
    }
}

struct RawEvent: Hashable, Sendable {
    var type: String
    var customer: RawText
    var timestamp: Instant
    var attributes: [String: RawValue]
}

/// How the rows of an event type relate to purchases. All names are attributes.
struct RawKeys: Hashable, Sendable {
    /// The purchase key of the type's own rows.
    var key: String?
    /// Rows below zero whose key also has a row of zero or more, or without amount, are refunds of that key.
    var amount: String?
    /// Holds the key of the parent purchase, of the same event type and customer.
    var parent: String?
    /// Refund events: the attribute that holds a key of another event type.
    var refersTo: Reference?

    struct Reference: Hashable, Sendable {
        var event: String
        var attribute: String
    }
}

/// What an import would bring: customers, and events in import order.
struct RawProject: Sendable {
    var customers: [RawCustomer]
    var events: [RawEvent]
    /// By event type.
    var keys: [String: RawKeys]
    /// The columns of each event type.
    var eventColumns: [String: [String: RawType]]
    var propertyColumns: [String: RawType]

    /// `eventColumns` and `propertyColumns` name what exists even where no row has a value.
    init(
        customers: [RawCustomer], events: [RawEvent], keys: [String: RawKeys],
        eventColumns: [String: [String: RawType]] = [:], propertyColumns: [String: RawType] = [:]
    ) {
        self.customers = customers
        self.events = events
        self.keys = keys
        self.eventColumns = eventColumns
        self.propertyColumns = propertyColumns
        for event in events {
            for (name, value) in event.attributes {
                self.eventColumns[event.type, default: [:]][name] = value.type
            }
        }
        for customer in customers {
            for (name, value) in customer.properties { self.propertyColumns[name] = value.type }
        }
    }

    /// Every customer once: those with properties first, then those that only have events.
    var allCustomers: [RawCustomer] {
        var result = customers
        var known = Set(customers.map(\.id))
        for event in events where known.insert(event.customer).inserted { result.append(RawCustomer(event.customer)) }
        return result
    }

    /// The events without repeats of one delivery: same type, customer, timestamp and attributes, with a key.
    /// The first of them stays. Rows without a key are never merged.
    var distinctEvents: [RawEvent] {
        var seen: Set<RawEvent> = []
        var result: [RawEvent] = []
        for event in events {
            let hasKey = keys[event.type]?.key.map { event.attributes[$0] != nil } ?? false
            if hasKey, !seen.insert(event).inserted { continue }
            result.append(event)
        }
        return result
    }

    /// The events by timestamp, then by import order.
    var timeline: [RawEvent] {
        distinctEvents.enumerated()
            .sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
            .map(\.element)
    }
}
