import Imports
import Testing
import Views

@Suite struct ImportProgressViewTests {
    private func view(_ share: Int, rows: Int, after elapsed: Duration) -> ImportProgressView {
        let progress = ImportProgress(
            source: "orders", path: "orders.csv", bytesRead: share * 10, bytesTotal: 1_000, rows: rows)
        return ImportProgressView(progress, elapsed: elapsed)
    }

    @Test func rateAndTimeLeft() {
        #expect(
            view(40, rows: 4_000_000, after: .seconds(2)).line
                == "orders: 40 %, 4,000,000 rows, 2.0 M rows/s, 3 s left")
        #expect(
            view(25, rows: 30_000, after: .seconds(60)).line
                == "orders: 20 %, 30,000 rows, 500 rows/s, 3 min 00 s left")
        #expect(view(1, rows: 900_000, after: .seconds(100)).line.hasSuffix("9 k rows/s, 2 h 45 min left"))
        #expect(
            view(50, rows: 80_000, after: .milliseconds(800)).bar
                == "███████████████░░░░░░░░░░░░░░░  50 %  orders  80,000 rows  100 k rows/s  1 s left")
    }

    @Test func nothingIsSaidThatIsNotKnown() {
        #expect(view(30, rows: 10, after: .milliseconds(100)).line == "orders: 30 %, 10 rows")
        #expect(view(100, rows: 10, after: .seconds(1)).line == "orders: 100 %, 10 rows, 10 rows/s")
        let empty = ImportProgress(source: "orders", path: "orders.csv", bytesRead: 0, bytesTotal: 0, rows: 0)
        #expect(ImportProgressView(empty, elapsed: .seconds(9)).line == "orders: 0 %, 0 rows")
    }
}
