import Queries
import Synchronization

/// Numbers for customers, whose ids alone Spark knows: a position is the place of an id in this list. One engine gives a
/// customer one number as long as it lives; customers get theirs when they first appear in an answer, in the order of ids
/// within it.
///
/// The list has the customers that answers told of, and not those that were only counted.
final class CustomerNumbers: Sendable {
    private let state = Mutex(State())

    private struct State {
        var ids: [String] = []
        var numbers: [ByteText: Int32] = [:]
    }

    /// Ids are the same where their bytes are.
    private struct ByteText: Hashable {
        let text: String

        static func == (left: ByteText, right: ByteText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }

    /// - Parameter ids: in the order in which new ones are numbered.
    func numbers(of ids: [String]) -> [Int32] {
        state.withLock { state in
            ids.map { id in
                let text = ByteText(text: id)
                if let known = state.numbers[text] { return known }
                let number = Int32(state.ids.count)
                state.ids.append(id)
                state.numbers[text] = number
                return number
            }
        }
    }

    /// Nil for a customer of whom nothing was told.
    func number(of id: String) -> Int32? { state.withLock { $0.numbers[ByteText(text: id)] } }

    /// - Throws: `QueryError` for a number that was never given.
    func ids(_ numbers: [Int32]) throws -> [String] {
        try state.withLock { state in
            try numbers.map { number in
                guard let id = state.ids[ifThere: Int(number)] else {
                    throw QueryError.unsupported("the position of a customer whom this engine did not name")
                }
                return id
            }
        }
    }

    /// What a model says, by id.
    ///
    /// - Throws: `QueryError` where it says it of positions that this engine never gave.
    func customers(_ predictions: CustomerPredictions) throws -> [PredictedCustomer] {
        let columns = [Aggregate.expectedOrders, .expectedValue, .noOrderChance].map { predictions.words[$0] ?? [] }
        return try state.withLock { state in
            try (0..<(columns.map(\.count).max() ?? 0)).compactMap { number in
                let words = columns.map { column in column[ifThere: number].flatMap { $0 == .min ? nil : $0 } }
                if words.allSatisfy({ $0 == nil }) { return nil }
                guard let id = state.ids[ifThere: number] else {
                    throw QueryError.unsupported("what a model says of customers whom this engine did not name")
                }
                return PredictedCustomer(c: id, o: words[0], v: words[1], n: words[2])
            }
        }
    }
}

extension String {
    /// By bytes, as Spark orders.
    static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
