import Quantities
import Queries

func instant(_ text: String, _ zone: Zone = .utc) -> Instant {
    guard let instant = Instant(iso8601: text, zone: zone) else { preconditionFailure("\(text) is no instant") }
    return instant
}

func zone(_ name: String) -> Zone {
    guard let zone = Zone(identifier: name) else { preconditionFailure("\(name) is no zone") }
    return zone
}

func decimal(_ text: String) -> ExactDecimal {
    guard let decimal = ExactDecimal(text) else { preconditionFailure("\(text) is no number") }
    return decimal
}

func window(_ from: String, _ to: String, _ zone: Zone = .utc) -> Window {
    Window(from: instant(from, zone), to: instant(to, zone))
}

func makeSemantics(_ window: Window, asOf: String, zone: Zone = .utc, currency: String = "EUR") -> Semantics {
    Semantics(asOf: instant(asOf, zone), window: window, timezone: zone.identifier, displayCurrency: currency)
}

/// The bucket of that unit that begins with, or holds, a date written `2026-01-31`.
func bucket(_ unit: CalendarUnit, _ date: String) -> GroupKey {
    .bucket(unit.index(ofDay: Zone.utc.dayNumber(at: instant(date))))
}

func group(_ keys: GroupKey..., values: MeasureValue...) -> Measurement.Group { .init(keys: keys, values: values) }

extension Formula {
    static func named(_ name: String) -> Formula { .measure(name) }
}

extension Value {
    var exact: ExactDecimal? { if case .exact(let decimal) = self { decimal } else { nil } }
}

extension ResultTable {
    /// The finished table, with the labels of no segmentation unless told.
    static func of(
        _ query: Query, _ groups: [Measurement.Group], total: [MeasureValue], cohorts: [Measurement.Group] = [],
        _ semantics: Semantics, segments: [String: (names: [String], remainder: String)] = [:]
    ) -> ResultTable {
        ResultTable(
            Measurement(query: query.id, groups: groups, total: total, cohorts: cohorts), of: query,
            semantics: semantics, zone: zone(semantics.timezone),
            labels: ResultLabels(segments: segments, segmentationTitles: segments.mapValues { _ in "Segments" }))
    }

    /// The labels of each row's keys, and its first value.
    var shown: [String] {
        rows.map { row in
            let value = (row.values.first ?? nil).map { "\($0.double)" } ?? "null"
            return (row.keys.map(\.label) + [value]).joined(separator: " ")
        }
    }
}
