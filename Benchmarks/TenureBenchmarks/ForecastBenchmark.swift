import ArgumentParser
import Forecasts
import Foundation

/// A made-up customer base like CDNOW's (the same parameters, customers of twelve weeks after 27 weeks), 20 bytes a customer: repeat purchases, recency and age in days as 32-bit integers, and what the
/// repeat purchases amount to as a double, all little-endian.
struct Histories: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the histories of a made-up customer base, the same for the same number.")

    @Argument(help: "How many customers.")
    var customers: Int

    @Argument(help: "The file.")
    var file: String

    mutating func run() throws {
        var random = RandomNumbers(seed: 20_260_101)
        var data = Data(capacity: 20 * customers)
        func append(_ value: some Any) { unsafe withUnsafeBytes(of: value) { unsafe data.append(contentsOf: $0) } }
        for _ in 0..<customers {
            let age = 189 + Int(random.uniform() * 84)
            let rate = random.gamma(shape: 0.243) / 4.414 / 7
            let leaves = random.beta(0.793, 2.426)
            let amounts = random.gamma(shape: 3.74) / 15.44
            var (time, last, frequency, spend) = (0.0, 0, 0, 0.0)
            while true {
                time -= log(random.uniform()) / rate
                if !(time < Double(age)) { break }
                if Int(time) > last {
                    last = Int(time)
                    frequency += 1
                    spend += (random.gamma(shape: 6.25) / amounts * 100).rounded() / 100
                }
                if random.uniform() < leaves { break }
            }
            for number in [frequency, last, age] { append(Int32(number)) }
            append((spend * 100).rounded() / 100)
        }
        try data.write(to: URL(filePath: file))
    }
}

/// Grouping, fit and value of a customer base.
struct FitBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Time grouping with the fit of BG/NBD and Gamma-Gamma, and the value of 12 months of each customer.")

    @Argument(help: "Histories, as `histories` writes them.")
    var file: String

    @Option(help: "Timed runs of each; the median is printed.")
    var runs: Int = 5

    mutating func run() throws {
        var histories: [BuyerHistory] = []
        var spends: [Double] = []
        try read(&histories, &spends)
        let before = ProcessMemory.now().peak
        var fits: (timing: Fit<BetaGeometric>, spend: Fit<GammaGamma>)?
        var groups = 0
        let fitTime = medianTimes(runs) {
            let base = BuyerGroups(histories)
            groups = base.groups.count
            let money = SpendHistories(zip(histories, spends).lazy.map { ($0.frequency, $1) })
            if let timing = base.fit(.bg), let spend = money.fit() { fits = (timing, spend) }
        }
        guard let fits else { throw ValidationError("nothing could be fitted") }
        var (total, orders) = (0.0, 0.0)
        let fitPeak = ProcessMemory.now().peak
        let valueTime = medianTimes(runs) {
            var expectations = Expectations(
                fits.timing.model, .fitted(fits.spend), within: Horizon(weeks: 52, annualRate: 0.1))
            (total, orders) = (0, 0)
            for (history, spend) in zip(histories, spends) {
                let customer = expectations.customer(history, spend: spend)
                total += customer.value ?? 0
                orders += customer.orders
            }
        }
        let model = fits.timing.model
        var figures: [(String, Double)] = [
            ("customers", Double(histories.count)), ("groups", Double(groups)), ("fit", fitTime.wall),
            ("fit_cpu", fitTime.cpu), ("value", valueTime.wall), ("value_cpu", valueTime.cpu),
            ("before_bytes", Double(before)), ("fit_bytes", Double(fitPeak)),
            ("value_bytes", Double(ProcessMemory.now().peak)), ("total_value", total), ("orders", orders),
        ]
        figures += zip(["r", "alpha", "a", "b"], model.parameters).map { ($0, $1) }
        figures += zip(["p", "q", "gamma"], fits.spend.model.parameters).map { ($0, $1) }
        figures.append(("log_likelihood", fits.timing.logLikelihood))
        printLine(figures)
    }

    private func read(_ histories: inout [BuyerHistory], _ spends: inout [Double]) throws {
        let data = try Data(contentsOf: URL(filePath: file), options: .alwaysMapped)
        histories.reserveCapacity(data.count / 20)
        spends.reserveCapacity(data.count / 20)
        unsafe data.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count - 19, by: 20) {
                let numbers = (0..<3).map {
                    unsafe Int(bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Int32.self))
                }
                histories.append(BuyerHistory(frequency: numbers[0], recency: numbers[1], age: numbers[2]))
                spends.append(unsafe bytes.loadUnaligned(fromByteOffset: start + 12, as: Double.self))
            }
        }
    }
}
