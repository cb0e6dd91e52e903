import EventStores
import Quantities
import Queries

/// A consent category resolved: its state for a customer at an instant.
enum ConsentKernel: Sendable {
    case absent
    case property(CellTest)
    case events(ConsentRows)

    /// - Parameter zone: of wall times in texts.
    init(_ definition: ConsentDefinition, store: EventStore, zone: Zone) throws {
        switch definition.source {
        case .absent: self = .absent
        case .property(let name, let valid):
            guard let column = try store.customers.property(name) else {
                throw QueryError.unknownProperty(name, known: store.customers.propertySpecs.map(\.name))
            }
            self = .property(try CellTest(.isIn(valid), on: column, name: name))
        case .events(let names):
            guard let table = store.tables[names.event] else {
                throw QueryError.unknownEvent(names.event, known: store.tables.keys.sorted())
            }
            self = .events(try ConsentRows(category: definition.category, names, table, zone: zone))
        }
    }

    /// - Parameter instant: microseconds.
    func isValid(customer: Int, at instant: Int64) -> Bool {
        switch self {
        case .absent: false
        case .property(let test): test.holds(customer)
        case .events(let rows): rows.isValid(customer: customer, at: instant)
        }
    }
}

/// The consent events of one category.
struct ConsentRows: Sendable {
    private let offsets: Cells<UInt32>
    private let timestamps: Cells<Int64>
    private let category: CellTest
    private let accept: CellTest
    private let reject: CellTest
    private let validUntil: ValidUntil

    /// When an acceptance ends, in microseconds: `Int64.max` for never, `Int64.min` where the event does not say.
    private enum ValidUntil: Sendable {
        case byCode(Cells<UInt32>, [Int64])
        case instants(Cells<Int64>)
        case seconds(Cells<Int64>, scale: Int)

        func microseconds(_ row: Int) -> Int64 {
            switch self {
            case .byCode(let codes, let ends): ends[Int(codes[row])]
            case .instants(let cells): cells[row]
            case .seconds(let units, let scale):
                units[row] == .min
                    ? .min
                    : Int64(
                        clamping: Int128(units[row]) * 1_000_000 / ExactDecimal.power(scale))
            }
        }
    }

    init(category: String, _ names: ConsentEvents, _ table: EventTable, zone: Zone) throws {
        func column(_ name: String) throws -> StoredColumn {
            guard let column = try table.column(name) else {
                throw QueryError.unknownAttribute(name, event: table.name, known: table.columnSpecs.map(\.name))
            }
            return column
        }
        offsets = try table.offsets
        timestamps = try table.timestamps
        self.category = try CellTest(.isIn([category]), on: column(names.category), name: names.category)
        accept = try CellTest(.isIn(["accept"]), on: column(names.action), name: names.action)
        reject = try CellTest(.isIn(["reject"]), on: column(names.action), name: names.action)
        switch try column(names.validUntil) {
        case .text(let codes, let dictionary):
            var ends = [Int64.min]
            if dictionary.count > 0 {
                for code in 1...UInt32(dictionary.count) {
                    ends.append(ConsentRows.end(dictionary.bytes(of: code), zone))
                }
            }
            validUntil = .byCode(codes, ends)
        case .instant(let cells): validUntil = .instants(cells)
        case .decimal(let units, let scale): validUntil = .seconds(units, scale: scale)
        }
    }

    /// `unlimited`, ISO 8601 (wall times in the evaluation's zone), or Unix seconds.
    private static func end(_ text: [UInt8], _ zone: Zone) -> Int64 {
        if text.elementsEqual("unlimited".utf8) { return .max }
        if let instant = Instant(iso8601: text, zone: zone) { return instant.microseconds }
        if let seconds = ExactDecimal(utf8: text)?.rescaled(to: 6) { return Int64(clamping: seconds.units) }
        return .min
    }

    /// The newest event not after the instant decides; among equal timestamps anything but a valid acceptance.
    func isValid(customer: Int, at instant: Int64) -> Bool {
        let rows = Int(offsets[customer])..<Int(offsets[customer + 1])
        var isValid = false
        var newest = Int64.min
        for row in rows {
            let timestamp = timestamps[row]
            if timestamp > instant { break }
            guard category.holds(row) else { continue }
            let accepts = accept.holds(row) && validUntil.microseconds(row) > instant
            isValid = timestamp == newest ? isValid && accepts : accepts
            newest = timestamp
        }
        return isValid
    }

    /// Counts what a reader should know about the customer's events up to an instant.
    func findings(customer: Int, upTo instant: Int64, _ quality: inout QualityCounts) {
        for row in Int(offsets[customer])..<Int(offsets[customer + 1]) {
            if timestamps[row] > instant { break }
            guard category.holds(row) else { continue }
            if accept.holds(row) {
                if validUntil.microseconds(row) == .min { quality.add(.consentsWithoutValidity) }
            } else if !reject.holds(row) {
                quality.add(.unknownConsentActions)
            }
        }
    }
}

/// Counts of findings about the data.
struct QualityCounts {
    private var counts: [QualityFinding.Kind: Int] = [:]
    /// By the row of the first example, which names the state.
    private(set) var unclassified: [UInt32: Int] = [:]

    mutating func add(_ kind: QualityFinding.Kind) { counts[kind, default: 0] += 1 }

    mutating func addUnclassified(code: UInt32) { unclassified[code, default: 0] += 1 }

    mutating func merge(_ other: QualityCounts) {
        counts.merge(other.counts, uniquingKeysWith: +)
        unclassified.merge(other.unclassified, uniquingKeysWith: +)
    }

    func findings(_ plan: EvaluationPlan) -> [QualityFinding] {
        var findings = unclassified.map { code, count in
            QualityFinding(.unclassifiedPurchases, count: count, detail: plan.purchases.stateText(of: code))
        }
        findings.sort { ($1.count, $0.detail ?? "") < ($0.count, $1.detail ?? "") }
        for kind in QualityFinding.Kind.allCases {
            if let count = counts[kind] { findings.append(QualityFinding(kind, count: count)) }
        }
        return findings
    }
}
