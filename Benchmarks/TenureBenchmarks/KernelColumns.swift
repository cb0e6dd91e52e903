import EventStores
import Quantities
import Queries

/// The columns that the twelve reports read, as a program written for nothing else would hold them.
///
/// The kernel knows what the benchmark's data is like: one row a purchase, amounts above zero, UTC, and a window that
/// ends with the data. What does not hold is a failure here, and not a wrong number later.
final class KernelColumns: Sendable {
    // Purchases, clustered by customer and in order of time.
    let offsets: PlainArray<UInt32>
    let times: PlainArray<Int64>
    let amounts: PlainArray<Int32>
    let products: PlainArray<UInt16>
    /// Status, currency and kind of charge: see `Purchase`.
    let codes: PlainArray<UInt8>

    // Consents, likewise; `ends` is when an acceptance of them does, `Int64.min` for a rejection.
    let consentOffsets: PlainArray<UInt32>
    let consentTimes: PlainArray<Int64>
    let consentEnds: PlainArray<Int64>
    let consentCategories: PlainArray<UInt8>

    /// By customer, 0 for none.
    let countries: PlainArray<UInt8>

    let productNames: [String]
    let countryNames: [String]
    let calendar: KernelCalendar
    /// Of the display currency, by currency and day; see `KernelCalendar`.
    let rates: PlainArray<Int32>
    let rateScale: Int

    /// What the arrays take together.
    var bytes: Int {
        offsets.bytes + times.bytes + amounts.bytes + products.bytes + codes.bytes + consentOffsets.bytes
            + consentTimes.bytes + consentEnds.bytes + consentCategories.bytes + countries.bytes
    }

    static let currencies = ["EUR", "USD", "GBP"]

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(_ store: EventStore, _ evaluation: Evaluation) throws {
        guard let purchases = store.tables["purchase"], let consents = store.tables["consent"] else {
            throw Failure(description: "the store has no purchases or no consents")
        }
        offsets = PlainArray(try purchases.offsets.array)
        times = plain(try purchases.timestamps) { $0 }
        guard case .decimal(let units, 2)? = try purchases.column("amount") else {
            throw Failure(description: "amounts are not decimals with two digits")
        }
        amounts = plain(units) { Int32($0) }
        let kinds = try TextColumn(purchases, "charge").codes([.none, "first_charge", "upsell", "rebill"])
        let states = try TextColumn(purchases, "status").codes([.none, "completed", "canceled", "returned", "pending"])
        let currencies = try TextColumn(purchases, "currency").codes(KernelColumns.currencies.map { $0 })
        codes = PlainArray(roomFor: times.count)
        for row in 0..<times.count {
            guard amounts[row] > 0, kinds[row] > 0 else {
                throw Failure(description: "a purchase without an amount above zero, or without a kind of charge")
            }
            let state: Purchase.State =
                switch states[row] {
                case 1: .completed
                case 2, 3: .canceled
                default: .other
                }
            codes[row] = Purchase.code(state, currency: currencies[row], kind: kinds[row] - 1)
        }
        let product = try TextColumn(purchases, "product")
        products = plain(product.cells) { UInt16($0) }
        productNames = product.names

        consentOffsets = PlainArray(try consents.offsets.array)
        consentTimes = plain(try consents.timestamps) { $0 }
        consentCategories = try TextColumn(consents, "category").codes(["newsletter", "sms"])
        let actions = try TextColumn(consents, "action").codes(["reject", "accept"])
        let until = try TextColumn(consents, "valid_until")
        let instants = until.names.map { name in
            name == "unlimited" ? Int64.max : Instant(iso8601: name, zone: .utc)?.microseconds ?? .min
        }
        let ends = plain(until.cells) { $0 == 0 ? .min : instants[Int($0)] }
        for row in 0..<ends.count where actions[row] == 0 { ends[row] = .min }
        consentEnds = ends

        guard case .text(let cells, let dictionary)? = try store.customers.property("country") else {
            throw Failure(description: "customers have no country")
        }
        countries = plain(cells) { UInt8($0) }
        countryNames = TextColumn.names(dictionary)

        let semantics = evaluation.semantics
        calendar = try KernelCalendar(semantics, times)
        let table = semantics.rates
        let scale = table.scale
        rateScale = scale
        let calendar = calendar
        rates = PlainArray(
            try KernelColumns.currencies.flatMap { currency in
                try (0..<calendar.days).map { day in
                    if currency == semantics.displayCurrency { return Int32(ExactDecimal.power(scale)) }
                    guard let rate = table.rate(of: currency, onDay: calendar.firstDay + day)?.rescaled(to: scale)
                    else {
                        throw Failure(description: "no rate of \(currency) on day \(calendar.firstDay + day)")
                    }
                    return Int32(rate.units)
                }
            })
    }
}

/// Status, currency and kind of charge of a purchase in one byte.
enum Purchase {
    enum State: UInt8 { case completed, canceled, other }

    static func code(_ state: State, currency: UInt8, kind: UInt8) -> UInt8 {
        state.rawValue | currency << 2 | kind << 4
    }

    @inline(__always) static func isCompleted(_ code: UInt8) -> Bool { code & 3 == State.completed.rawValue }
    @inline(__always) static func isCanceled(_ code: UInt8) -> Bool { code & 3 == State.canceled.rawValue }
    @inline(__always) static func currency(_ code: UInt8) -> Int { Int(code >> 2 & 3) }
    /// 0 first charge, 1 upsell, 2 rebill.
    @inline(__always) static func kind(_ code: UInt8) -> Int { Int(code >> 4) }
}

/// Days and months by number, from the first day of the data's first month to its last day.
final class KernelCalendar: Sendable {
    static let microsecondsOfDay: Int64 = 86_400_000_000
    /// Days since 1970 of day 0, and months since 1970 of month 0.
    let firstDay: Int
    let firstMonth: Int
    let days: Int
    let months: Int
    let monthOfDay: PlainArray<UInt8>
    /// The window's beginning, and its month.
    let since: Int64
    let windowMonth: Int
    let asOf: Int64

    init(_ semantics: Semantics, _ times: PlainArray<Int64>) throws {
        guard semantics.timezone == "UTC" else { throw KernelColumns.Failure(description: "the kernel counts in UTC") }
        var oldest = semantics.window.from.microseconds
        for row in 0..<times.count { oldest = min(oldest, times[row]) }
        asOf = semantics.asOf.microseconds
        guard semantics.window.to.microseconds > asOf else {
            throw KernelColumns.Failure(description: "the kernel's window ends with the data")
        }
        let first = Zone.utc.date(at: Instant(microseconds: oldest))
        firstDay = CivilDate(year: first.year, month: first.month, day: 1).dayNumber
        firstMonth = first.monthNumber
        let (firstDay, firstMonth) = (firstDay, firstMonth)
        days = Zone.utc.dayNumber(at: semantics.asOf) - firstDay + 1
        let table = (0..<days).map { UInt8(CivilDate(dayNumber: firstDay + $0).monthNumber - firstMonth) }
        monthOfDay = PlainArray(table)
        months = Int(table.last ?? 0) + 1
        since = semantics.window.from.microseconds
        windowMonth = Zone.utc.date(at: semantics.window.from).monthNumber - firstMonth
    }
}

/// A dictionary-coded column.
private struct TextColumn {
    let cells: Cells<UInt32>
    /// By code; that of 0 is empty.
    let names: [String]

    init(_ table: EventTable, _ name: String) throws {
        guard case .text(let cells, let dictionary)? = try table.column(name) else {
            throw KernelColumns.Failure(description: "\(table.name) has no text column \(name)")
        }
        self.cells = cells
        names = TextColumn.names(dictionary)
    }

    static func names(_ dictionary: TextDictionary) -> [String] {
        [""] + (0..<dictionary.count).map { dictionary.text(of: UInt32($0 + 1)) }
    }

    /// Each row's position in the list; nil stands for a missing value.
    func codes(_ known: [String?]) throws -> PlainArray<UInt8> {
        let table = try names.enumerated().map { code, name in
            let position = known.firstIndex(of: code == 0 ? nil : name)
            guard let position else {
                if code == 0 { return UInt8.max }
                throw KernelColumns.Failure(description: "the value '\(name)' is none of the benchmark's")
            }
            return UInt8(position)
        }
        return plain(cells) { table[Int($0)] }
    }
}

/// A column of the store as an array of another type, read many rows at a time.
private func plain<Stored, Element>(
    _ cells: Cells<Stored>, _ transform: (Stored) -> Element
) -> PlainArray<Element> {
    let target = PlainArray<Element>(roomFor: cells.count)
    let length = 1 << 16
    let buffer = UnsafeMutableBufferPointer<Stored>.allocate(capacity: length)
    defer { unsafe buffer.deallocate() }
    for begin in stride(from: 0, to: cells.count, by: length) {
        let end = min(begin + length, cells.count)
        unsafe cells.copy(begin..<end, to: buffer.baseAddress.unsafelyUnwrapped)
        for row in begin..<end { target[row] = transform(unsafe buffer[row - begin]) }
    }
    return target
}
