import Definitions
import EventStores

/// A file's mapping as `RowCollector` goes through it: which field is read how.
struct BatchPlan: Sendable {
    let mapping: RowMapping
    let customer: FieldReader
    /// The field that is the customer's id as it stands; -1 where the id must be made.
    let customerField: Int
    let withoutCustomer: Source.WithoutCustomer
    /// Ids that begin like those of guests are refused.
    let guestsExist: Bool
    let hasFilter: Bool
    let hasEvent: Bool
    let timestampColumn: Int
    let hasISO8601Timestamp: Bool
    /// The column of the event's type; -1 where the type is fixed.
    let typeColumn: Int
    /// The properties, then the attributes: the order in which they are read.
    let fields: [Field]
    let propertyCount: Int
    private let plainFields: [PlainField]

    struct Field: Sendable {
        var reader: FieldReader
        var type: ColumnType
    }

    /// What the loop over rows needs to know of a field, without anything that would have to be retained.
    struct PlainField: BitwiseCopyable, Sendable {
        var kind: Kind
        var column = 0
        var decimalSeparator: UInt8 = 0

        enum Kind: BitwiseCopyable, Sendable {
            case text, number, iso8601, any
        }
    }

    /// Nil where rows need more than themselves: the rows before them (fold), or the store (customers through
    /// purchases).
    init?(_ mapping: RowMapping, _ withoutCustomer: Source.WithoutCustomer, guestsExist: Bool) {
        guard case .id(let customer) = mapping.customer, mapping.event?.fold == nil else { return nil }
        self.mapping = mapping
        self.customer = customer
        customerField = if case .text(let column) = customer.kernel { column } else { -1 }
        self.withoutCustomer = withoutCustomer
        self.guestsExist = guestsExist
        hasFilter = mapping.filter != nil
        hasEvent = mapping.event != nil
        timestampColumn = mapping.event?.timestampColumn ?? -1
        typeColumn = if case .column(let column) = mapping.event?.type { column } else { -1 }
        hasISO8601Timestamp = mapping.event?.timestamp.isISO8601 ?? false
        let readers = mapping.properties.map(\.reader) + (mapping.event?.attributes ?? [])
        fields = readers.map { Field(reader: $0, type: $0.columnType) }
        propertyCount = mapping.properties.count
        plainFields = readers.map { reader in
            switch reader.kernel {
            case .text(let column): PlainField(kind: .text, column: column)
            case .number(let column, let separator):
                PlainField(kind: .number, column: column, decimalSeparator: separator)
            case .timestamp(let column, let reader) where reader.isISO8601:
                PlainField(kind: .iso8601, column: column)
            case .timestamp, .any: PlainField(kind: .any)
            }
        }
    }

    @inline(__always)
    func plain(_ index: Int) -> PlainField { plainFields[index] }
}
