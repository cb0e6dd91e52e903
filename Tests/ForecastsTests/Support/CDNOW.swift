import Forecasts
import Foundation

/// The CDNOW log (1/10 sample) with the answers that others computed; no part of the package.
enum CDNOW {
    static let folder: URL = {
        if let named = ProcessInfo.processInfo.environment["TENURE_DATA"], !named.isEmpty {
            return URL(filePath: named, directoryHint: .isDirectory).appending(path: "cdnow")
        }
        return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "shared/data/cdnow")
    }()

    /// Nil, and a line that says so, where the data is not there.
    static func json(_ name: String) throws -> [String: Any]? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            print("SKIPPED: \(name) is not in \(folder.path); TENURE_DATA names another folder")
            return nil
        }
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return object as? [String: Any] ?? ["list": object]
    }

    /// One customer up to the end of September 1997, and what came after.
    struct Buyer {
        var id: Int
        var history: BuyerHistory
        /// Of repeat purchases, in cents.
        var spend: Int
        /// Days with a purchase in the 39 weeks after.
        var later: Int
        /// Of these, in cents.
        var laterSpend: Int
        /// Days since the first one with repeat purchases, those after September included.
        var repeats: [Int]

        /// In weeks.
        var recency: Double { Double(history.recency) / 7 }
        var age: Double { Double(history.age) / 7 }
        /// Of repeat purchases, in dollars.
        var dollars: Double { Double(spend) / 100 }
    }

    /// Read without code of the project; nil where the data is not there.
    static func buyers() throws -> [Buyer]? {
        let file = folder.appending(path: "CDNOW_sample.txt.gz")
        guard FileManager.default.fileExists(atPath: file.path) else {
            print("SKIPPED: CDNOW_sample.txt.gz is not in \(folder.path); TENURE_DATA names another folder")
            return nil
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var days: [Int: [Int: Int]] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: " ")
            guard fields.count == 5, let id = Int(fields[1]), let date = Int(fields[2]) else { continue }
            let cents = Int((Double(fields[4]) ?? .nan) * 100 + 0.5)
            days[id, default: [:]][day(date), default: 0] += cents
        }
        let end = day(1997_09_30)
        return days.keys.sorted().map { id in
            let own = days[id] ?? [:]
            let known = own.keys.filter { $0 <= end }.sorted()
            let first = known[0]
            return Buyer(
                id: id,
                history: BuyerHistory(
                    frequency: known.count - 1, recency: known[known.count - 1] - first, age: end - first),
                spend: known.dropFirst().reduce(0) { $0 + (own[$1] ?? 0) },
                later: own.keys.count { $0 > end && $0 <= end + 39 * 7 },
                laterSpend: own.filter { $0.key > end && $0.key <= end + 39 * 7 }.values.reduce(0, +),
                repeats: own.keys.map { $0 - first }.filter { $0 > 0 }.sorted())
        }
    }

    /// Days since some day, of a date as yyyymmdd (Howard Hinnant's days_from_civil).
    private static func day(_ date: Int) -> Int {
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100)
        let y = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear
    }
}

extension [String: Any] {
    func object(_ name: String) -> [String: Any] { self[name] as? [String: Any] ?? [:] }
    func number(_ name: String) -> Double { (self[name] as? NSNumber)?.doubleValue ?? .nan }
    func list(_ name: String) -> [[String: Any]] { self[name] as? [[String: Any]] ?? [] }
    func numbers(_ name: String) -> [Double] { (self[name] as? [NSNumber] ?? []).map(\.doubleValue) }

    /// The models of a file with fits.
    func model(_ variant: BetaGeometric.Variant) -> BetaGeometric {
        let at = object("fits").object(variant.rawValue).object("params")
        return BetaGeometric(
            variant, r: at.number("r"), alpha: at.number("alpha"), a: at.number("a"), b: at.number("b"))
    }
    var pareto: ParetoNegativeBinomial {
        let at = object("fits").object("Pareto/NBD").object("params")
        return ParetoNegativeBinomial(
            r: at.number("r"), alpha: at.number("alpha"), s: at.number("s"), beta: at.number("beta"))
    }
    var spend: GammaGamma {
        let at = object("fits").object("Gamma-Gamma").object("params")
        return GammaGamma(p: at.number("p"), q: at.number("q"), gamma: at.number("gamma"))
    }
}

extension Sequence<CDNOW.Buyer> {
    var groups: BuyerGroups { BuyerGroups(map(\.history)) }
    var spends: SpendHistories { SpendHistories(map { ($0.history.frequency, $0.dollars) }) }
}

/// Relative, and not below 1: for numbers that may be 0.
func near(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * Swift.max(1, abs(b)) }

/// Relative, however small the numbers are.
func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { a == b || abs(a - b) <= tolerance * abs(b) }
