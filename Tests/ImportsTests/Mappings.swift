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
        Assembly<CSVOptions>().set(\.delimiter, delimiter).set(\.encoding, encoding)
            .set(\.columns, columns?.map { at($0) }).set(\.decimalSeparator, UInt8(ascii: decimalSeparator))
            .set(\.skipLines, skipLines).set(\.quote, quote).make()
    }

    static func source(
        _ input: Source.Input, named name: String = "rows", customer: FieldMapping? = column("customer"),
        through: (event: String, key: FieldMapping)? = nil, without: Source.WithoutCustomer? = nil,
        filter: Condition? = nil, event: EventMapping? = nil,
        properties: [(name: Located<String>, mapping: FieldMapping)] = []
    ) -> Source {
        Assembly<Source>().set(\.name, at(name)).set(\.input, input).set(\.customer, customer)
            .set(
                \.customerThrough,
                through.map {
                    Assembly<Source.CustomerThrough>().set(\.event, at($0.event)).set(\.key, $0.key).make()
                }
            )
            .set(\.withoutCustomer, without.map { at($0) }).set(\.filter, filter.map { at($0) }).set(\.event, event)
            .set(\.properties, properties).make()
    }

    static func event(
        type: EventMapping.EventType = .fixed(at("purchase")), timestamp: String = "time",
        format: TimestampFormat = .iso8601, zone: Zone? = nil, key: String? = nil,
        refersTo: (event: String, key: String)? = nil, parent: String? = nil, amount: String? = nil,
        fold: (by: String, sum: [String])? = nil, _ attributes: [(name: Located<String>, mapping: FieldMapping)] = []
    ) -> EventMapping {
        let time = Assembly<TimestampMapping>().set(\.column, at(timestamp)).set(\.format, at(format))
            .set(\.zone, zone.map { at($0) }).make()
        return Assembly<EventMapping>().set(\.type, type).set(\.timestamp, time).set(\.key, key.map { at($0) })
            .set(
                \.refersTo,
                refersTo.map {
                    Assembly<EventMapping.Reference>().set(\.event, at($0.event)).set(\.key, at($0.key)).make()
                }
            )
            .set(\.parent, parent.map { at($0) }).set(\.amount, amount.map { at($0) })
            .set(\.attributes, attributes)
            .set(
                \.fold,
                fold.map {
                    Assembly<EventMapping.Fold>().set(\.by, at($0.by)).set(\.sum, $0.sum.map { at($0) }).make()
                }
            ).make()
    }

    static func field(
        _ source: FieldMapping.Source, _ type: AttributeType = .string, _ transforms: [FieldMapping.Transform] = [],
        missing: [String] = [], format: TimestampFormat? = nil
    ) -> FieldMapping {
        Assembly<FieldMapping>().set(\.source, source).set(\.type, type).set(\.transforms, transforms)
            .set(\.missingValues, missing).set(\.format, format).set(\.place, place).make()
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
