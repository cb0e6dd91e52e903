import Quantities
import Queries

/// Texts that try to become something else, and the small dashboard with one of them in every place that holds text.
enum Hostile {
    static let texts =
        ["<", ">", "&", "\"", "'"].map { $0 + "\u{301}x" } + [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "]]>", "-->",
            "</style>",
            "</title><b>", "a\u{0}b", "line\nbreak\r\nand\ttab", "\u{202E}evil\u{2066}", "עברית", "=1+1", "+1", "-1",
            "@SUM(A1)", "\t=1", "\r=1", "=\u{301}1", "a|b|c", "`code`", "[x](javascript:1)", "![x](y)", "# h", "1. one",
            "- item", "> quote", "| --- |", "\\", "\\\"", "\u{1B}[2J", "\u{2028}", "a,b\"c", "&lt;", "{{x}}", "${x}",
            "*b*",
            "🇨🇿👩‍👩‍👧", "",
        ]

    static func result(_ text: String) -> DashboardResult {
        var result = SmallDashboard.result
        result.title = text
        result.definition = text
        result.generation = text
        result.warnings = [text]
        result.semantics.displayCurrency = text
        result.semantics.timezone = text
        result.reports = result.reports.map { report in
            var report = report
            report.table = table(report.table, text)
            report.previous = report.previous.map { table($0, text) }
            report.course = report.course.map { table($0, text) }
            return report
        }
        return result
    }

    private static func table(_ table: ResultTable, _ text: String) -> ResultTable {
        var table = table
        table.title = text
        table.notes = [text]
        table.dimensions = table.dimensions.map { header in
            var header = header
            header.title = text
            if case .segmentation = header.dimension { header.dimension = .segmentation(text) }
            return header
        }
        table.columns = table.columns.enumerated().map { index, column in
            ResultTable.ColumnHeader(
                name: text + String(index), title: text, type: column.type, explanation: text,
                expression: .binary(
                    .divide, .metric(.init(name: text, title: text)),
                    .metric(.init(name: text + String(index + 1), title: text))))
        }
        table.rows = table.rows.map { row in
            var row = row
            row.currency = text
            row.nullReasons = row.nullReasons.mapValues { _ in text }
            row.keys = row.keys.map { key in
                if case .text = key.key { return ResultTable.Key(.text(text), label: text) }
                return ResultTable.Key(key.key, label: text)
            }
            return row
        }
        table.cohorts = table.cohorts.map {
            ResultTable.Cohort(.init($0.key.key, label: text), customers: $0.customers)
        }
        return table
    }
}
