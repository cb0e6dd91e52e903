import Foundation

// Writes the data of the benchmark: events.csv in the order of time as a tracker would deliver it, customers.csv,
// rates.csv, and day.csv with the events of the day after. The same number of events gives the same bytes everywhere;
// memory is some bytes a customer.
//
//     swiftc -O generate.swift -o generate && ./generate 1000000 FOLDER

/// A fixed sequence of random numbers (SplitMix64).
struct Generator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// 0 ..< limit, for limits far below 2^32.
    mutating func below(_ limit: Int) -> Int { Int(((next() >> 32) &* UInt64(limit)) >> 32) }

    /// 0 ..< 1
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// A text file written through one buffer.
final class TextFile {
    private let handle: FileHandle
    private var buffer: [UInt8] = []

    init(_ path: String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        buffer.reserveCapacity(1 << 20)
    }

    func text(_ text: StaticString) {
        text.withUTF8Buffer { buffer.append(contentsOf: $0) }
    }

    func text(_ bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

    func number(_ value: Int, width: Int = 1) {
        var power = 1
        var digits = 1
        while value / power >= 10 || digits < width {
            power *= 10
            digits += 1
        }
        while power > 0 {
            buffer.append(UInt8(48 + value / power % 10))
            power /= 10
        }
    }

    /// Ends a line, and gives a full buffer to the system.
    func endLine() throws {
        buffer.append(10)
        if buffer.count > 1 << 20 { try flush() }
    }

    func flush() throws {
        try handle.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Dates without a calendar library.
enum Calendar {
    static let secondsOfDay = 86_400
    /// 2023-01-01, in days since 1970; the history is three years from it.
    static let firstDay = 19_358
    static let days = 1_096

    /// `2023-01-01` of a day number.
    static func date(_ dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension TextFile {
    func date(_ dayNumber: Int) {
        let date = Calendar.date(dayNumber)
        number(date.year)
        text("-")
        number(date.month, width: 2)
        text("-")
        number(date.day, width: 2)
    }

    /// Seconds since 1970 as `2023-01-01T10:00:00Z`.
    func instant(_ second: Int) {
        date(second / Calendar.secondsOfDay)
        let time = second % Calendar.secondsOfDay
        text("T")
        number(time / 3_600, width: 2)
        text(":")
        number(time / 60 % 60, width: 2)
        text(":")
        number(time % 60, width: 2)
        text("Z")
    }
}

/// Who there is: customers by the order in which they appear. Their ids are that order shuffled.
struct Customers {
    /// Every so many customers one buys much, and some buy a little more than most; a fifth never buys.
    enum Appetite { case much, more, little, none }

    let count: Int
    /// By customer: the second of the last purchase and of the last consent, and whether there was a first charge.
    var lastPurchase: [Int32]
    var lastConsent: [Int32]
    var hasFirstCharge: [Bool]
    private let step: Int

    init(count: Int) {
        self.count = count
        lastPurchase = Array(repeating: -1, count: count)
        lastConsent = Array(repeating: -1, count: count)
        hasFirstCharge = Array(repeating: false, count: count)
        // Coprime to the count, so that the ids are a permutation.
        var step = count * 5 / 8 | 1
        while Customers.divisor(step, count) != 1 { step += 2 }
        self.step = step
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

    func id(_ customer: Int) -> Int { 1 + customer * step % count }

    /// How many have appeared when that share of the history has passed: a tenth is there at the beginning.
    func appeared(_ progress: Double) -> Int {
        min(count, max(100, Int(Double(count) * (0.1 + 0.9 * progress))))
    }

    /// A buyer among those who have appeared, the newer ones more often.
    func buyer(_ progress: Double, _ random: inout Generator) -> Int {
        let known = appeared(progress)
        let share = random.below(100)
        let late = random.fraction()
        let place = Int(Double(known / 50) * (1 - late * late))
        // Fifty customers in a row: 1 buys much, 5 more, 34 little, 10 never.
        if share < 30 { return place * 50 }
        if share < 55 { return place * 50 + 1 + random.below(5) }
        return place * 50 + 6 + random.below(34)
    }
}

/// What is sold: one product in a hundred sells as much as fifty others.
struct Products {
    static let count = 100

    static func product(_ random: inout Generator) -> Int {
        let fraction = random.fraction()
        return Int(fraction * fraction * fraction * Double(count))
    }

    static func cents(_ product: Int) -> Int { 490 + product * 7_919 % 120 * 100 + product % 10 * 9 }
}

struct Benchmark {
    private var random = Generator(seed: 20_230_101)
    private var customers: Customers
    private let events: Int
    private var purchases = 0

    init(events: Int) {
        self.events = events
        customers = Customers(count: events / 10)
    }

    static let columns: StaticString =
        "customer_id,timestamp,event,purchase_id,status,amount,currency,product,charge,category,action,valid_until"

    /// The whole history, and in a second file the day after it.
    mutating func writeEvents(_ folder: String) throws {
        let history = try TextFile(folder + "/events.csv")
        let day = try TextFile(folder + "/day.csv")
        for file in [history, day] {
            file.text(Benchmark.columns)
            try file.endLine()
        }
        let seconds = Calendar.days * Calendar.secondsOfDay
        for index in 0..<events + events / Calendar.days {
            let second = Int(Double(index) / Double(events) * Double(seconds))
            let progress = min(1, Double(index) / Double(events))
            try writeEvent(index < events ? history : day, second, progress)
        }
        try history.flush()
        try day.flush()
    }

    private mutating func writeEvent(_ file: TextFile, _ second: Int, _ progress: Double) throws {
        let kind = random.below(10)
        if kind < 4 {
            var customer = customers.buyer(progress, &random)
            // Nobody buys twice in a second: the order of two such purchases would be the file's.
            while customers.lastPurchase[customer] == Int32(second) { customer = customers.buyer(progress, &random) }
            customers.lastPurchase[customer] = Int32(second)
            writePurchase(file, customer, second)
        } else {
            var customer = random.below(customers.appeared(progress))
            if kind == 4 {
                while customers.lastConsent[customer] == Int32(second) {
                    customer = random.below(customers.appeared(progress))
                }
                customers.lastConsent[customer] = Int32(second)
                writeConsent(file, customer, second)
            } else {
                begin(file, customer, second, "view")
                file.text(",,,,,P")
                file.number(Products.product(&random), width: 3)
                file.text(",,,,")
            }
        }
        try file.endLine()
    }

    private func begin(_ file: TextFile, _ customer: Int, _ second: Int, _ event: StaticString) {
        file.number(customers.id(customer))
        file.text(",")
        file.instant(Calendar.firstDay * Calendar.secondsOfDay + second)
        file.text(",")
        file.text(event)
    }

    private mutating func writePurchase(_ file: TextFile, _ customer: Int, _ second: Int) {
        begin(file, customer, second, "purchase")
        purchases += 1
        file.text(",")
        file.number(purchases)
        let status = random.below(100)
        file.text(status < 92 ? ",completed," : status < 95 ? ",pending," : status < 98 ? ",canceled," : ",returned,")
        let product = Products.product(&random)
        let cents = Products.cents(product) * (1 + random.below(3)) - random.below(4) * 50
        file.number(cents / 100)
        file.text(".")
        file.number(cents % 100, width: 2)
        let currency = random.below(100)
        file.text(currency < 80 ? ",EUR,P" : currency < 92 ? ",USD,P" : ",GBP,P")
        file.number(product, width: 3)
        let charge = customers.hasFirstCharge[customer] ? random.below(100) : 0
        customers.hasFirstCharge[customer] = true
        file.text(charge < 40 ? ",first_charge,,," : charge < 60 ? ",upsell,,," : ",rebill,,,")
    }

    private mutating func writeConsent(_ file: TextFile, _ customer: Int, _ second: Int) {
        begin(file, customer, second, "consent")
        file.text(random.below(100) < 65 ? ",,,,,,,newsletter," : ",,,,,,,sms,")
        if random.below(100) < 25 {
            file.text("reject,")
        } else if random.below(100) < 70 {
            file.text("accept,unlimited")
        } else {
            file.text("accept,")
            let lasting = 30 + random.below(700)
            file.instant((Calendar.firstDay + lasting) * Calendar.secondsOfDay + second)
        }
    }

    mutating func writeCustomers(_ folder: String) throws {
        let countries: [StaticString] = ["CZ", "DE", "AT", "SK", "PL", "GB", "FR", "IT", "ES", "NL", "SE", "US"]
        let file = try TextFile(folder + "/customers.csv")
        file.text("customer_id,country")
        try file.endLine()
        for customer in 0..<customers.count {
            file.number(customers.id(customer))
            file.text(",")
            let fraction = random.fraction()
            if random.below(100) >= 5 { file.text(countries[Int(fraction * fraction * Double(countries.count))]) }
            try file.endLine()
        }
        try file.flush()
    }

    /// Daily rates into EUR with four digits.
    mutating func writeRates(_ folder: String) throws {
        let file = try TextFile(folder + "/rates.csv")
        file.text("date,currency,rate")
        try file.endLine()
        var rates = [9_214, 11_583]
        for day in 0...Calendar.days {
            for (index, currency) in (["USD", "GBP"] as [StaticString]).enumerated() {
                rates[index] += random.below(41) - 20
                file.date(Calendar.firstDay + day)
                file.text(",")
                file.text(currency)
                file.text(",")
                file.number(rates[index] / 10_000)
                file.text(".")
                file.number(rates[index] % 10_000, width: 4)
                try file.endLine()
            }
        }
        try file.flush()
    }
}

guard CommandLine.arguments.count == 3, let events = Int(CommandLine.arguments[1]), events >= 10_000 else {
    FileHandle.standardError.write(Data("usage: generate EVENTS FOLDER, with at least 10000 events\n".utf8))
    exit(2)
}
let folder = CommandLine.arguments[2]
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
var benchmark = Benchmark(events: events)
try benchmark.writeEvents(folder)
try benchmark.writeCustomers(folder)
try benchmark.writeRates(folder)
