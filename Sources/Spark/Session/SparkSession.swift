/// Runs statements on a Spark.
package protocol SparkSession: Sendable {
    /// All rows of a statement.
    ///
    /// - Throws: `SparkFailure`.
    func rows(_ statement: SQLStatement) throws -> SQLRows
    /// As `rows`; nil where there is no table, view or schema of a name in the statement.
    func rowsIfThere(_ statement: SQLStatement) throws -> SQLRows?
}

extension SparkSession {
    package func rowsIfThere(_ statement: SQLStatement) throws -> SQLRows? {
        do {
            return try rows(statement)
        } catch let failure as SparkFailure
            where ["TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND"].contains(failure.errorClass ?? "")
        {
            return nil
        }
    }
}
