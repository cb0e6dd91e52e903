import EventStores
import Quantities
import Queries

/// A consent category resolved: its state for a customer at an instant.
enum ConsentKernel: Sendable {
    case absent
    /// A property of the customer, by its slot.
    case property(slot: Int, ValueTest)
    /// Events of the consent table of that position.
    case events(table: Int, ConsentRows)

    /// - Parameter zone: of wall times in texts.
    init(
        _ definition: ConsentDefinition, properties: ColumnSlots, tables: ConsentTables, store: EventStore, zone: Zone
    ) throws {
        switch definition.source {
        case .absent: self = .absent
        case .property(let name, let valid):
            guard let slot = try properties.slot(name) else {
                throw QueryError.unknownProperty(name, known: store.customers.propertySpecs.map(\.name))
            }
            self = .property(slot: slot, try ValueTest(.isIn(valid), on: properties.columns[slot], name: name))
        case .events(let names):
            let (position, slots) = try tables.table(names.event, store)
            self = .events(
                table: position,
                try ConsentRows(category: definition.category, names, slots, store, zone: zone))
        }
    }
}

/// The event types that consents are in, each with its columns.
final class ConsentTables {
    private(set) var tables: [(table: EventTable, slots: ColumnSlots)] = []
    func table(_ name: String, _ store: EventStore) throws -> (position: Int, slots: ColumnSlots) {
        if let known = tables.firstIndex(where: { $0.table.name == name }) { return (known, tables[known].slots) }
        guard let table = store.tables[name] else {
            throw QueryError.unknownEvent(name, known: store.tables.keys.sorted())
        }
        tables.append((table, ColumnSlots { try table.column($0) }))
        return (tables.count - 1, tables[tables.count - 1].slots)
    }
}

/// The consent events of one category, for the customers of a batch.
struct ConsentRows: Sendable {
    private let category: SlotTest
    private let accept: SlotTest
    private let reject: SlotTest
    private let validUntilSlot: Int
    private let validUntil: ValidUntil

    /// A test of the column in a slot.
    private struct SlotTest {
        let slot: Int
        let test: ValueTest

        func holds(_ row: Int, _ columns: ColumnBatch) -> Bool {
            columns.isText(slot)
                ? test.holds(code: columns.codes(slot)[row]) : test.holds(word: columns.words(slot)[row])
        }
    }

    /// When an acceptance ends, in microseconds: `Int64.max` for never, `Int64.min` where the event does not say.
    private enum ValidUntil: Sendable {
        case byCode([Int64])
        case instants
        case seconds(scale: Int)
    }

    init(
        category: String, _ names: ConsentEvents, _ slots: ColumnSlots, _ store: EventStore,
        zone: Zone
    ) throws {
        func slot(_ name: String) throws -> Int {
            guard let slot = try slots.slot(name) else {
                throw QueryError.unknownAttribute(
                    name, event: names.event, known: store.tables[names.event]?.columnSpecs.map(\.name) ?? [])
            }
            return slot
        }
        func test(_ name: String, _ value: String) throws -> SlotTest {
            let slot = try slot(name)
            return SlotTest(slot: slot, test: try ValueTest(.isIn([value]), on: slots.columns[slot], name: name))
        }
        self.category = try test(names.category, category)
        accept = try test(names.action, "accept")
        reject = try test(names.action, "reject")
        validUntilSlot = try slot(names.validUntil)
        switch slots.columns[validUntilSlot] {
        case .text(_, let dictionary): validUntil = .byCode(ConsentRows.ends(dictionary, zone))
        case .instant: validUntil = .instants
        case .decimal(_, let scale): validUntil = .seconds(scale: scale)
        }
    }

    /// When each text says that a consent ends: `unlimited`, ISO 8601 (wall times in the evaluation's zone), or Unix
    /// seconds.
    private static func ends(_ dictionary: TextDictionary, _ zone: Zone) -> [Int64] {
        let unlimited = Array("unlimited".utf8)
        return unsafe dictionary.readings(as: "end of a consent in \(zone.identifier)", missing: Int64.min) { text in
            if let instant = unsafe Instant.microseconds(ofUTCTimestamp: text) { return instant }
            if unsafe text.elementsEqual(unlimited) { return .max }
            let bytes = unsafe Array(text)
            if let instant = Instant(iso8601: bytes, zone: zone) { return instant.microseconds }
            if let seconds = ExactDecimal(utf8: bytes)?.rescaled(to: 6) { return Int64(clamping: seconds.units) }
            return .min
        }
    }

    private func end(_ row: Int, _ columns: ColumnBatch) -> Int64 {
        switch validUntil {
        case .byCode(let ends): return ends[Int(columns.codes(validUntilSlot)[row])]
        case .instants: return columns.words(validUntilSlot)[row]
        case .seconds(let scale):
            let units = columns.words(validUntilSlot)[row]
            return units == .min ? .min : Int64(clamping: Int128(units) * 1_000_000 / ExactDecimal.power(scale))
        }
    }

    /// The newest event not after the instant decides; among equal timestamps anything but a valid acceptance.
    func isValid(customer: Int, at instant: Int64, _ batch: TableBatch) -> Bool {
        var isValid = false
        var newest = Int64.min
        for row in Int(batch.offsets[customer])..<Int(batch.offsets[customer + 1]) {
            let timestamp = batch.timestamps[row]
            if timestamp > instant { break }
            guard category.holds(row, batch.columns) else { continue }
            let accepts = accept.holds(row, batch.columns) && end(row, batch.columns) > instant
            isValid = timestamp == newest ? isValid && accepts : accepts
            newest = timestamp
        }
        return isValid
    }

    /// The answers by code, where all of the columns are texts; nil where they are not.
    var tables: ConsentTexts.Answers? {
        guard case .byCode(let categories) = category.test, case .byCode(let accepts) = accept.test,
            case .byCode(let rejects) = reject.test, case .byCode(let ends) = validUntil
        else { return nil }
        return ConsentTexts.Answers(
            slots: [category.slot, accept.slot, validUntilSlot], categories: categories, accepts: accepts,
            rejects: rejects, ends: ends)
    }

    /// Counts what a reader should know about the customer's events up to an instant.
    func findings(customer: Int, upTo instant: Int64, _ batch: TableBatch, _ quality: inout QualityCounts) {
        for row in Int(batch.offsets[customer])..<Int(batch.offsets[customer + 1]) {
            if batch.timestamps[row] > instant { break }
            guard category.holds(row, batch.columns) else { continue }
            if accept.holds(row, batch.columns) {
                if end(row, batch.columns) == .min { quality.add(.consentsWithoutValidity) }
            } else if !reject.holds(row, batch.columns) {
                quality.add(.unknownConsentActions)
            }
        }
    }
}
