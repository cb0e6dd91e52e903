import Foundation
import Spark
import Testing

/// The Spark that whole projects are tried on: `TENURE_SPARK` has its address (`Tests/with-spark` starts one),
/// `TENURE_SPARK_PROGRAM` the program `tenure-spark`.
struct SparkServer {
    let address: String
    private let program: URL
    private let session: ProgramSession

    /// Nil, and a line that says so, where there is none.
    static func find() throws -> SparkServer? {
        let environment = ProcessInfo.processInfo.environment
        guard let address = environment["TENURE_SPARK"], let program = environment["TENURE_SPARK_PROGRAM"] else {
            print("SKIPPED: no Spark to test on; Tests/with-spark starts one and sets TENURE_SPARK")
            return nil
        }
        let url = URL(filePath: program)
        let session = try ProgramSession(SparkEndpoint(address), program: url, timeout: 300)
        return SparkServer(address: address, program: url, session: session)
    }

    func run(_ statement: String) throws {
        _ = try session.rows(SQLStatement(statement, isCommand: true))
    }

    /// Every column has to be text.
    func rows(_ statement: String) throws -> [[String?]] {
        try session.rows(SQLStatement(statement)).rows
    }

    /// Whether there is a table or view.
    func has(_ name: String) throws -> Bool {
        try session.rowsIfThere(SQLStatement("SHOW TBLPROPERTIES \(name)")) != nil
    }

    /// Whether all executors have work: what comes next waits.
    func isBusy() throws -> Bool {
        let impatient = try ProgramSession(SparkEndpoint(address), program: program, timeout: 3)
        for _ in 0..<2 {
            do {
                _ = try impatient.rows(SQLStatement("SELECT CAST(SUM(HASH(id)) AS STRING) FROM RANGE(0, 1000, 1, 8)"))
                return false
            } catch let failure as SparkFailure where failure.kind == .timeout {
                continue
            }
        }
        return true
    }

    /// A table of the texts in a file with a header, and `line`, which tells the order of its lines.
    func makeTable(_ name: String, csv file: URL, delimiter: String = ",") throws {
        try run("DROP VIEW IF EXISTS \(name)_texts")
        try run(
            """
            CREATE TEMPORARY VIEW \(name)_texts USING csv
            OPTIONS (path '\(file.path)', header 'true', sep '\(delimiter)', escape '"', nullValue '')
            """)
        try run("DROP TABLE IF EXISTS \(name)")
        try run(
            "CREATE TABLE \(name) USING parquet AS SELECT *, MONOTONICALLY_INCREASING_ID() AS line FROM \(name)_texts")
    }

    /// A table of the lines of a JSON file.
    func makeTable(_ name: String, json file: URL) throws {
        try run("DROP VIEW IF EXISTS \(name)_lines")
        try run(
            "CREATE TEMPORARY VIEW \(name)_lines USING json OPTIONS (path '\(file.path)', primitivesAsString 'true')")
        try run("DROP TABLE IF EXISTS \(name)")
        try run(
            "CREATE TABLE \(name) USING parquet AS SELECT *, MONOTONICALLY_INCREASING_ID() AS line FROM \(name)_lines")
    }
}

/// What `--format json` prints, for comparing results of two engines.
enum ComparedJSON {
    /// Where two results differ: by path. Numbers that are written as texts, which money and counts are, have to be the same;
    /// others to 1e-12 of their size. The generation is left out.
    static func differences(_ left: String, _ right: String) throws -> [String] {
        var found: [String] = []
        compare(
            try JSONSerialization.jsonObject(with: Data(left.utf8)),
            try JSONSerialization.jsonObject(with: Data(right.utf8)), "", &found)
        return found
    }

    private static func compare(_ left: Any, _ right: Any, _ path: String, _ found: inout [String]) {
        switch (left, right) {
        case (let a as [String: Any], let b as [String: Any]):
            for key in Set(a.keys).union(b.keys).sorted() where !key.hasSuffix("generation") {
                if let x = a[key], let y = b[key] {
                    compare(x, y, "\(path)/\(key)", &found)
                } else {
                    found.append("\(path)/\(key): only in \(a[key] == nil ? "the second" : "the first")")
                }
            }
        case (let a as [Any], let b as [Any]):
            if a.count != b.count { found.append("\(path): \(a.count) and \(b.count) elements") }
            for (place, pair) in zip(a, b).enumerated() { compare(pair.0, pair.1, "\(path)/\(place)", &found) }
        case (let a as String, let b as String):
            if a != b { found.append("\(path): \(a) and \(b)") }
        case (let a as NSNumber, let b as NSNumber):
            let (x, y) = (a.doubleValue, b.doubleValue)
            if x != y, abs(x - y) > 1e-12 * max(abs(x), abs(y)) { found.append("\(path): \(x) and \(y)") }
        case (is NSNull, is NSNull): break
        default: found.append("\(path): \(left) and \(right)")
        }
    }
}
