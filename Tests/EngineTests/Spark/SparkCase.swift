import Engine
import EventStores
import Quantities
import Queries
import Spark
import Testing

/// A random project on Spark and in the embedded store, with an evaluation that is valid for it.
struct SparkCase {
    let seed: UInt64
    let project: RawProject
    var evaluation: Evaluation
    let spark: SparkEngine
    let embedded: EmbeddedEngine

    init(_ seed: UInt64, _ session: any SparkSession) throws {
        self.seed = seed
        let random = RandomCase(seed: seed)
        project = random.project.raw
        evaluation = random.evaluation
        // Refunds refer to purchases by their key.
        if project.keys["purchase"]?.key == nil || project.keys["refund"]?.refersTo == nil {
            evaluation.purchases.refunds = nil
        }
        spark = SparkEngine(session, project.sparkTables)
        embedded = EmbeddedEngine(store: try project.makeStore(), threads: 1)
    }

    /// All cases of a test, so many at most; none, and a line that says so, where there is no Spark.
    static func each(_ count: Int, _ test: (SparkCase) throws -> Void) throws {
        guard let session = TestSpark.session else { return }
        for seed in Seeds.first(count).prefix(count) { try test(SparkCase(seed, session)) }
    }

    /// Ids of all customers, in the order of the embedded store.
    func ids() throws -> [String] {
        try (0..<embedded.store.customers.count).map { try embedded.store.customers.ids.text(of: UInt32($0 + 1)) }
    }

    /// Both engines give the same, or refuse by an error of the same type.
    func expectSame<Value>(
        _ what: String, _ expected: () throws -> Value, _ found: () throws -> Value, _ same: (Value, Value) -> Bool
    ) {
        let (expected, found) = (Result { try expected() }, Result { try found() })
        switch (expected, found) {
        case (.success(let expected), .success(let found)):
            if !same(expected, found) { Issue.record("seed \(seed) \(what):\n\(difference(expected, found))") }
        case (.failure(let expected), .failure(let found)):
            #expect("\(type(of: expected))" == "\(type(of: found))", "seed \(seed) \(what): \(expected) | \(found)")
        default: Issue.record("seed \(seed) \(what): \(expected) | \(found)")
        }
    }

    func expectSame<Value: Equatable>(
        _ what: String, _ expected: () throws -> Value, _ found: () throws -> Value
    ) {
        expectSame(what, expected, found, ==)
    }

    /// Of lines those that the one or the other has alone.
    private func difference(_ expected: Any, _ found: Any) -> String {
        guard let left = expected as? [String], let right = found as? [String] else { return "\(expected)\n\(found)" }
        let lines = left.filter { !right.contains($0) }.map { "expected \($0)" }
        return (lines + right.filter { !left.contains($0) }.map { "found \($0)" }).joined(separator: "\n")
    }
}
