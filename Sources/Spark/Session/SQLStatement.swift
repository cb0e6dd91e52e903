/// A statement of Spark SQL. What comes from a project or a person is in the parameters, never in the text.
package struct SQLStatement: Codable, Hashable, Sendable {
    /// Parameters are `:name`.
    package var text: String
    package var parameters: [String: SQLLiteral]
    /// It changes the catalog, and gives no rows.
    package var isCommand: Bool

    package init(_ text: String, parameters: [String: SQLLiteral] = [:], isCommand: Bool = false) {
        self.text = text
        self.parameters = parameters
        self.isCommand = isCommand
    }
}

/// A value of a parameter.
package enum SQLLiteral: Codable, Hashable, Sendable {
    case null
    case boolean(Bool)
    /// `INT`: also what `LIMIT` takes.
    case integer(Int32)
    case long(Int64)
    /// A decimal number in digits, with its precision and scale.
    case decimal(String, precision: Int, scale: Int)
    case string(String)
    case double(Double)
}

/// What a statement gives: every column as text, nil for null.
package struct SQLRows: Codable, Hashable, Sendable {
    package var columns: [String]
    package var rows: [[String?]]

    package init(columns: [String] = [], rows: [[String?]] = []) {
        self.columns = columns
        self.rows = rows
    }
}

/// How far a statement is.
package struct SparkProgress: Codable, Hashable, Sendable {
    package var stages: Int
    package var tasks: Int
    package var completedTasks: Int
    package var bytesRead: Int64

    package init(stages: Int, tasks: Int, completedTasks: Int, bytesRead: Int64) {
        self.stages = stages
        self.tasks = tasks
        self.completedTasks = completedTasks
        self.bytesRead = bytesRead
    }
}
