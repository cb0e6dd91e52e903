package import Imports
import Quantities
import Queries

/// How far an import is, as one line: its share, its rows, how fast it goes, and how long the rest of the files takes.
package struct ImportProgressView: Sendable {
    private let progress: ImportProgress
    private let elapsed: Duration

    /// - Parameter elapsed: since the first byte was read.
    package init(_ progress: ImportProgress, elapsed: Duration) {
        self.progress = progress
        self.elapsed = elapsed
    }

    /// Of all bytes, from 0 to 1.
    package var share: Double {
        progress.bytesTotal == 0 ? 0 : Double(progress.bytesRead) / Double(progress.bytesTotal)
    }

    /// For a terminal, where the next line takes its place.
    package var bar: String {
        let filled = Int(share * 30)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        return ([bar, "\(Int(share * 100)) %", progress.source, rows] + pace).joined(separator: "  ")
    }

    /// For a log.
    package var line: String { "\(progress.source): \(([tenth, rows] + pace).joined(separator: ", "))" }

    private var tenth: String { "\(Int(share * 10) * 10) %" }

    private var rows: String {
        NumberFormatting.display(.exact(.init(progress.rows)), type: .count, currency: "") + " rows"
    }

    /// Nothing in the first half second, of which nothing can be said.
    private var pace: [String] {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        guard seconds >= 0.5, progress.rows > 0 else { return [] }
        let rate = rounded(Double(progress.rows) / seconds) + " rows/s"
        guard share > 0, share < 1 else { return [rate] }
        return [rate, span(seconds / share * (1 - share)) + " left"]
    }

    /// `2.4 M`, `870 k`, `12`
    private func rounded(_ rate: Double) -> String {
        if rate >= 999_500 { return "\(Int(rate / 1_000_000)).\(Int(rate / 100_000) % 10) M" }
        return rate >= 1_000 ? "\(Int((rate / 1_000).rounded())) k" : "\(Int(rate))"
    }

    /// `1 h 05 min`, `2 min 10 s`, `7 s`
    private func span(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole >= 3_600 { return "\(whole / 3_600) h \(padded(whole / 60 % 60, 2)) min" }
        return whole >= 60 ? "\(whole / 60) min \(padded(whole % 60, 2)) s" : "\(whole) s"
    }
}
