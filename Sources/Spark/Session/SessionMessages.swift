/// What `tenure` says to `tenure-spark`, a line of JSON each.
package enum SessionRequest: Codable, Hashable, Sendable {
    /// The first line.
    case open(SparkEndpoint)
    /// - Parameter seconds: how long it may take; 0 for as long as it takes.
    case run(id: Int, SQLStatement, seconds: Double)
    case cancel(id: Int)
}

/// What `tenure-spark` answers.
package enum SessionResponse: Codable, Hashable, Sendable {
    /// The server's version of Spark.
    case opened(version: String)
    case notOpened(SparkFailure)
    /// A part of the rows, in their order.
    case rows(id: Int, SQLRows)
    case progress(id: Int, SparkProgress)
    /// All rows have been told.
    case done(id: Int, columns: [String])
    case failed(id: Int, SparkFailure)
}
