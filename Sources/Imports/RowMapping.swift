import Definitions
import Diagnostics
import EventStores
import Quantities

/// A source's mapping compiled for one file.
struct RowMapping {
    enum Customer {
        case id(FieldReader)
        /// The customer of the purchase with that key.
        case through(table: String, FieldReader)
        /// The source names none: every row is a guest.
        case none
    }

    enum EventType {
        case fixed(String)
        /// The index of the column that names it.
        case column(Int)
    }

    struct Event {
        var type: EventType
        var timestampColumn: Int
        var timestamp: TimestampReader
        var attributes: [FieldReader]
        var columns: [ColumnSpec]
        var keys: KeySpec
        var fold: Fold?
        /// The attribute that tells the guests of several rows apart: what folds them, or their key.
        var guestAttribute: Int?
    }

    struct Fold {
        var by: Int
        var sum: [Int]
    }

    var filter: ColumnCondition?
    var customer: Customer
    var event: Event?
    var properties: [(column: ColumnSpec, reader: FieldReader)]

    /// Nil, and diagnostics in the context's columns, where the mapping does not suit the file.
    init?(_ source: Source, _ context: FieldContext) {
        let columns = context.columns
        if let condition = source.filter { filter = ColumnCondition(condition, context) }
        var customer: Customer?
        if let mapping = source.customer {
            customer = FieldReader(mapping, context, asText: true).map { .id($0) }
        } else if let through = source.customerThrough {
            customer = FieldReader(through.key, context, asText: true)
                .map { .through(table: through.event.value, $0) }
        } else if source.withoutCustomer?.value == .guest {
            customer = Customer.none
        } else {
            columns.report(
                .importMapping, "source '\(source.name.value)' does not say whose its rows are", at: source.name.place,
                hints: ["customer: column", "without_customer: guest makes each row a customer of its own"])
        }
        properties = source.properties.compactMap { property in
            FieldReader(property.mapping, context).map {
                (ColumnSpec(name: property.name.value, type: $0.columnType), $0)
            }
        }
        if let mapping = source.event {
            event = Event(mapping, context)
        }
        guard !columns.diagnostics.hasErrors, let customer else { return nil }
        self.customer = customer
    }
}

extension RowMapping.Event {
    /// Nil, and diagnostics, where the mapping does not suit the file.
    init?(_ mapping: EventMapping, _ context: FieldContext) {
        let columns = context.columns
        var type: RowMapping.EventType?
        switch mapping.type {
        case .fixed(let name): type = .fixed(name.value)
        case .column(let name): type = columns.index(of: name).map { .column($0) }
        }
        let timestampColumn = columns.index(of: mapping.timestamp.column)
        var timestamp: TimestampReader?
        do {
            timestamp = try TimestampReader(
                mapping.timestamp.format.value, zone: mapping.timestamp.zone?.value ?? context.zone,
                at: mapping.timestamp.format.place)
        } catch let problem as Diagnostic {
            columns.diagnostics.append(problem)
        } catch {
            preconditionFailure("a timestamp reader throws diagnostics only, not \(error)")
        }
        let readers = mapping.attributes.map { FieldReader($0.mapping, context) }
        let attributes = readers.compactMap(\.self)
        guard attributes.count == readers.count else { return nil }
        let specs = zip(mapping.attributes, attributes).map {
            ColumnSpec(name: $0.name.value, type: $1.columnType)
        }
        let names = AttributeNames(columns: specs, context: columns)
        let key = names.index(of: mapping.key, .text, "a purchase key is text")
        let parent = names.index(of: mapping.parent, .text, "the parent's key is text")
        let amount = names.index(of: mapping.amount, .decimal, "an amount is a number")
        let reference = names.index(of: mapping.refersTo?.key, .text, "the key that is referred to is text")
        let by = names.index(of: mapping.fold?.by, .text, "rows are folded by a text")
        let sums = (mapping.fold?.sum ?? []).map { names.index(of: $0, .decimal, "only numbers are summed") }
        func name(_ index: Int?) -> String? { index.map { specs[$0].name } }
        let keys = KeySpec(
            key: name(key), amount: name(amount), parent: name(parent),
            refersTo: mapping.refersTo.flatMap { referred in
                name(reference).map { KeySpec.Reference(table: referred.event.value, column: $0) }
            })
        guard let type, let timestampColumn, let timestamp else { return nil }
        self.type = type
        self.timestampColumn = timestampColumn
        self.timestamp = timestamp
        self.attributes = attributes
        self.columns = specs
        self.keys = keys
        if mapping.fold != nil, let by { fold = RowMapping.Fold(by: by, sum: sums.compactMap(\.self)) }
        guestAttribute = by ?? key
    }
}

/// Finds the attributes that the roles of an event name.
private struct AttributeNames {
    let columns: [ColumnSpec]
    let context: Columns

    /// The attribute's index; nil where none is named, and, with a diagnostic, where it is unknown or of another type.
    func index(of name: Located<String>?, _ type: ColumnType, _ rule: String) -> Int? {
        guard let name else { return nil }
        let bytes = Array(name.value.utf8)
        guard let index = columns.firstIndex(where: { $0.name.utf8.elementsEqual(bytes) }) else {
            let names = columns.map(\.name)
            context.report(
                .importMapping, "the event has no attribute '\(name.value)'", at: name.place,
                hints: didYouMean(name.value, among: names) + ["its attributes: \(names.joined(separator: ", "))"])
            return nil
        }
        guard columns[index].type == type else {
            context.report(
                .importMapping, "\(rule), and the attribute '\(name.value)' is none", at: name.place,
                hints: [type == .text ? "type: string" : "type: number"])
            return nil
        }
        return index
    }
}
