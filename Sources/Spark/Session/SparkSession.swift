/// Runs statements on a Spark.
package protocol SparkSession: Sendable {
    /// All rows of a statement.
    ///
    /// - Throws: `SparkFailure`.
    func rows(_ statement: SQLStatement) throws -> SQLRows
}
