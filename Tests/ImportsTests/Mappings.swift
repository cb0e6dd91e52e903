import Definitions
import Diagnostics
import Quantities

/// Mappings as `project.yaml` would give them, for tests.
enum Mappings {
    static let file = SourceFile(path: "project.yaml", text: "name: test\n")
    static let place = Place(file, line: 1, column: 1)

    static func csv(
        delimiter: CSVOptions.Delimiter = .byte(UInt8(ascii: ",")), encoding: CSVOptions.Encoding = .auto,
        columns: [String]? = nil, decimalSeparator: Unicode.Scalar = ".", skipLines: Int = 0,
        quote: UInt8? = UInt8(ascii: "\"")
    ) -> CSVOptions {
        CSVOptions(
            delimiter: delimiter, encoding: encoding, columns: columns?.map { at($0) },
            decimalSeparator: UInt8(ascii: decimalSeparator), skipLines: skipLines, quote: quote)
    }

    static func source(
        _ input: Source.Input, named name: String = "rows", customer: FieldMapping? = column("customer"),
        through: (event: String, key: FieldMapping)? = nil, without: Source.WithoutCustomer? = nil,
        filter: Condition? = nil, event: EventMapping? = nil,
        properties: [(name: Located<String>, mapping: FieldMapping)] = []
    ) -> Source {
        Source(
            name: at(name), input: input, customer: customer,
            customerThrough: through.map { Source.CustomerThrough(event: at($0.event), key: $0.key) },
            withoutCustomer: without.map { at($0) }, filter: filter.map { at($0) }, event: event,
            properties: properties)
    }

    static func event(
        type: EventMapping.EventType = .fixed(at("purchase")), timestamp: String = "time",
        format: TimestampFormat = .iso8601, zone: Zone? = nil, key: String? = nil,
        refersTo: (event: String, key: String)? = nil, parent: String? = nil, amount: String? = nil,
        fold: (by: String, sum: [String])? = nil, _ attributes: [(name: Located<String>, mapping: FieldMapping)] = []
    ) -> EventMapping {
        EventMapping(
            type: type,
            timestamp: TimestampMapping(column: at(timestamp), format: at(format), zone: zone.map { at($0) }),
            key: key.map { at($0) },
            refersTo: refersTo.map { EventMapping.Reference(event: at($0.event), key: at($0.key)) },
            parent: parent.map { at($0) }, amount: amount.map { at($0) }, attributes: attributes,
            fold: fold.map { EventMapping.Fold(by: at($0.by), sum: $0.sum.map { at($0) }) })
    }

    static func field(
        _ source: FieldMapping.Source, _ type: AttributeType = .string, _ transforms: [FieldMapping.Transform] = [],
        missing: [String] = [], format: TimestampFormat? = nil
    ) -> FieldMapping {
        FieldMapping(
            source: source, type: type, transforms: transforms, missingValues: missing, format: format, place: place)
    }

    static func column(
        _ name: String, _ type: AttributeType = .string, _ transforms: [FieldMapping.Transform] = [],
        missing: [String] = []
    ) -> FieldMapping {
        field(.column(at(name)), type, transforms, missing: missing)
    }

    static func product(_ left: String, _ right: String) -> FieldMapping {
        binary(.multiply, .name(at(left)), .name(at(right)))
    }

    static func binary(_ operation: Expression.Operator, _ left: Expression, _ right: Expression) -> FieldMapping {
        field(.expression(at(.binary(operation, at(left), at(right)))), .number)
    }

    static func named(_ name: String, _ mapping: FieldMapping) -> (name: Located<String>, mapping: FieldMapping) {
        (at(name), mapping)
    }

    static func when(_ column: String, _ test: Condition.Test) -> Condition { .test(at(.column(column)), at(test)) }

    static func at<Value>(_ value: Value) -> Located<Value> { Located(value, at: place) }
}
