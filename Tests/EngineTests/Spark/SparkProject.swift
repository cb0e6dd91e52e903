import Foundation
import Quantities
import Queries
import Spark

/// The Spark that tests run on: `TENURE_SPARK` has its address (`Tests/with-spark` starts one), `TENURE_SPARK_PROGRAM` the
/// program `tenure-spark`.
enum TestSpark {
    /// For many statements over few rows. Nil, and a line that says so, where there is no Spark.
    static let session: (any SparkSession)? = connected(quickly: true)
    /// With the server's own settings.
    static let plainSession: (any SparkSession)? = connected(quickly: false)

    /// Of statements over few rows most of the time goes into making code of them, and into tasks that have nothing to do.
    private static let quickSettings = [
        "spark.sql.codegen.wholeStage=false", "spark.sql.codegen.factoryMode=NO_CODEGEN",
        "spark.sql.shuffle.partitions=1", "spark.sql.adaptive.enabled=false",
    ]

    private static func connected(quickly: Bool) -> (any SparkSession)? {
        let environment = ProcessInfo.processInfo.environment
        guard let address = environment["TENURE_SPARK"], let program = environment["TENURE_SPARK_PROGRAM"] else {
            print("SKIPPED: no Spark to test on; Tests/with-spark starts one and sets TENURE_SPARK")
            return nil
        }
        do {
            let session = try ProgramSession(SparkEndpoint(address), program: URL(filePath: program), timeout: 120)
            for setting in quickly ? quickSettings : [] {
                _ = try session.rows(SQLStatement("SET \(setting)", isCommand: true))
            }
            return session
        } catch {
            fatalError("the Spark at \(address) does not answer: \(error)")
        }
    }
}

extension RawProject {
    /// The project as relations of literals.
    var sparkTables: SparkTables {
        var relations: [String: SparkTables.EventRelation] = [:]
        for (type, columns) in eventColumns {
            let names = columns.keys.sorted()
            var rows: [[String]] = []
            for (place, event) in events.enumerated() where event.type == type {
                rows.append(
                    [sql(event.customer), "\(event.timestamp.microseconds)L", "\(place)L"]
                        + names.map { sql(event.attributes[$0]) })
            }
            let keys = self.keys[type] ?? RawKeys()
            relations[type] = SparkTables.EventRelation(
                source: relation(rows, ["customer", "at", "seq"], ["STRING", "BIGINT", "BIGINT"], names, columns),
                columns: sparkColumns(names, columns),
                keys: SparkTables.Keys(
                    key: keys.key, amount: keys.amount, parent: keys.parent,
                    refersTo: keys.refersTo.map { .init(event: $0.event, attribute: $0.attribute) }))
        }
        let names = propertyColumns.keys.sorted()
        let rows = customers.enumerated().map { place, customer in
            [sql(customer.id), "\(place)L"] + names.map { sql(customer.properties[$0]) }
        }
        return SparkTables(
            events: relations,
            customers: .init(
                source: relation(rows, ["customer", "seq"], ["STRING", "BIGINT"], names, propertyColumns),
                properties: sparkColumns(names, propertyColumns)))
    }

    private func sparkColumns(_ names: [String], _ types: [String: RawType]) -> [String: SparkTables.Column] {
        var columns: [String: SparkTables.Column] = [:]
        for (place, name) in names.enumerated() {
            columns[name] = SparkTables.Column("x\(place)", types[name]?.spark ?? .text)
        }
        return columns
    }

    private func relation(
        _ rows: [[String]], _ own: [String], _ ownTypes: [String], _ names: [String], _ types: [String: RawType]
    ) -> String {
        let columns = own + names.indices.map { "x\($0)" }
        let sqlTypes = ownTypes + names.map { types[$0]?.sqlType ?? "STRING" }
        // A row that is left out gives the types where there are no others.
        let all = [Array(repeating: "NULL", count: columns.count)] + rows
        let values = all.map { row in
            "(" + zip(row, sqlTypes).map { "CAST(\($0) AS \($1))" }.joined(separator: ", ") + ")"
        }
        return "(SELECT * FROM VALUES \(values.joined(separator: ", ")) AS t(\(columns.joined(separator: ", ")))"
            + " WHERE \(own[0]) IS NOT NULL)"
    }

    private func sql(_ text: RawText) -> String {
        "'" + text.string.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    private func sql(_ value: RawValue?) -> String {
        switch value {
        case nil: "NULL"
        case .text(let text): sql(text)
        case .decimal(let decimal): "\(decimal.description)BD"
        case .instant(let instant): "\(instant.microseconds)L"
        }
    }
}

extension RawType {
    fileprivate var spark: SparkTables.ColumnType {
        switch self {
        case .text: .text
        case .decimal: .number(scale: 6)
        case .instant: .instant
        }
    }

    fileprivate var sqlType: String {
        switch self {
        case .text: "STRING"
        case .decimal: "DECIMAL(28, 6)"
        case .instant: "BIGINT"
        }
    }
}
