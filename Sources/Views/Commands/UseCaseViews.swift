package import Definitions
import Diagnostics
import Plans
package import Projects

/// The use cases there are.
package struct UseCaseListView: Sendable {
    private let entries: [UseCaseOverview]

    package init(_ entries: [UseCaseOverview]) {
        self.entries = entries
    }

    package func render(_ format: OutputFormat, width: Int) -> String {
        let columns = [
            Listing.Column("use_case", title: "use case"), Listing.Column("version"), Listing.Column("from"),
            Listing.Column("origin"), Listing.Column("requirements"), Listing.Column("deployed"),
            Listing.Column("title"),
        ]
        let rows = entries.map { entry in
            [
                entry.id, entry.version, entry.isProjects ? "project" : "shipped", entry.origin ?? "",
                entry.requirements.text, entry.deployed, entry.title,
            ]
        }
        return Listing("use_cases", columns: columns, rows: rows, empty: "There are no use cases.")
            .render(format, width: width)
    }
}

/// All about one use case: parameters with their values, assets.
package struct UseCaseDetailView: Sendable {
    private let definition: UseCase
    private let entry: UseCaseOverview
    private let tests: Int

    /// - Parameter tests: files of tests.
    package init(_ definition: UseCase, entry: UseCaseOverview, tests: Int) {
        self.definition = definition
        self.entry = entry
        self.tests = tests
    }

    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .table:
            var lines = ["\(definition.title), \(definition.id.value) \(definition.version)"]
            if !definition.description.isEmpty { lines += ["", definition.description] }
            lines += ["", "requirements  \(entry.requirements.text)", "deployed      \(entry.deployed)"]
            lines.append(
                "tests         \(tests == 0 ? "none" : "\(tests) file\(tests == 1 ? "" : "s"): tenure test \(entry.id)")"
            )
            lines += ["", "Assets", assets.render(.table, width: width), "", "Parameters"]
            lines.append(parameters.render(.table, width: width))
            return lines.joined(separator: "\n")
        case .json: return json
        case .csv: return parameters.render(.csv, width: width)
        case .markdown:
            return ["## \(definition.title)", assets.render(.markdown), "", parameters.render(.markdown)]
                .joined(separator: "\n")
        }
    }

    private var assets: Listing {
        Listing(
            "assets", columns: [Listing.Column("kind"), Listing.Column("id"), Listing.Column("name")],
            rows: Blueprint(definition).assets.map { [$0.kind.rawValue, $0.id, $0.name] }, empty: "none")
    }

    private var parameters: Listing {
        Listing(
            "parameters",
            columns: [
                Listing.Column("name"), Listing.Column("value"), Listing.Column("from"), Listing.Column("description"),
            ],
            rows: definition.parameters.map { parameter in
                [parameter.name.value, text(parameter), parameter.origin, parameter.description]
            }, empty: "none")
    }

    private func text(_ parameter: Parameter) -> String {
        parameter.type == .list ? "[\(parameter.value.joined(separator: ", "))]" : parameter.value.joined()
    }

    private var json: String {
        let parameters = definition.parameters.map { parameter in
            JSONText.object([
                ("name", .string(parameter.name.value)), ("type", .string(parameter.type.rawValue)),
                ("value", .strings(parameter.value)), ("from", .string(parameter.origin)),
                ("description", .string(parameter.description)),
            ])
        }
        let assets = Blueprint(definition).assets.map { asset in
            JSONText.object([
                ("kind", .string(asset.kind.rawValue)), ("id", .string(asset.id)), ("name", .string(asset.name)),
            ])
        }
        return JSONText.object([
            ("schema_version", .integer(1)), ("use_case", .string(entry.id)), ("version", .string(entry.version)),
            ("title", .string(definition.title)), ("description", .string(definition.description)),
            ("requirements", .string(entry.requirements.text)), ("deployed", .string(entry.deployed)),
            ("test_files", .integer(tests)), ("assets", .array(assets)), ("parameters", .array(parameters)),
        ]).indented
    }
}
