import Definitions
import Diagnostics
import Spark
import Synchronization

/// A session that knows the columns of tables, and has no rows.
final class DescribedSession: SparkSession {
    private let tables: [String: [(String, String)]]
    private let types: [String]
    let asked = Mutex<[SQLStatement]>([])

    /// - Parameters:
    ///   - tables: columns with their types, by the table as it stands in SQL.
    ///   - types: what is in columns that name the types of events.
    init(_ tables: [String: [(String, String)]], types: [String] = []) {
        self.tables = tables
        self.types = types
    }

    func rows(_ statement: SQLStatement) throws -> SQLRows {
        asked.withLock { $0.append(statement) }
        if statement.text.hasPrefix("SELECT DISTINCT") { return SQLRows(columns: ["type"], rows: types.map { [$0] }) }
        let name = String(statement.text.dropFirst("DESCRIBE QUERY SELECT * FROM ".count))
        guard let columns = tables[name] else {
            throw SparkFailure(.statement, "there is none", errorClass: "TABLE_OR_VIEW_NOT_FOUND")
        }
        return SQLRows(columns: ["col_name", "data_type", "comment"], rows: columns.map { [$0.0, $0.1, nil] })
    }
}

extension Project {
    /// The project in a text.
    static func read(_ text: String, environment: [String: String] = [:]) throws -> Project {
        let file = SourceFile(path: "project.yaml", text: text)
        let (project, diagnostics) = Project.load(file: file, environment: { environment[$0] })
        guard let project, !diagnostics.hasErrors else { throw DiagnosticList(diagnostics) }
        return project
    }
}
