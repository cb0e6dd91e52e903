import Definitions
import Diagnostics
import Forecasts
package import Plans
import Quantities
import Queries

/// What customers are expected to spend, how well the model did before, and why not to believe it.
package struct ForecastView: Sendable {
    private let result: ProjectForecast

    package init(_ result: ProjectForecast) { self.result = result }

    package func render(_ format: OutputFormat, width: Int) -> String {
        switch format {
        case .table: text(.table, width)
        case .markdown: text(.markdown, width)
        case .json: json
        case .csv: rows.listing(display: nil).render(.csv)
        }
    }

    private func text(_ format: OutputFormat, _ width: Int) -> String {
        let title = "Expected customer lifetime value, \(result.question.horizon.description) from \(result.day)"
        var blocks = [format == .markdown ? "**\(title)**\n\n\(policies)" : "\(title)\n\(policies)"]
        func table(_ title: String?, _ table: FigureTable) {
            let listing = table.listing(display: result.semantics.displayCurrency).render(format, width: width)
            blocks.append(
                ([title].compactMap(\.self) + [listing]).joined(separator: format == .markdown ? "\n\n" : "\n"))
        }
        if case .refused(let refusal) = result.forecast.verdict {
            blocks.append(refusal.words)
        } else {
            blocks.append(summary.joined(separator: "\n"))
            table(nil, rows)
        }
        let flags = result.forecast.flags.map { (format == .markdown ? "- " : "! ") + $0.words }
        if !flags.isEmpty { blocks.append(flags.joined(separator: "\n")) }
        if let holdout = result.forecast.holdout {
            table(known(holdout), methods(holdout))
            table(
                "The same customers by repeat purchases before: orders in those \(days(holdout))", classes(holdout)
            )
        }
        if result.forecast.models != nil {
            table("Models: their parameters in the order of their names, with standard errors; time in weeks", models)
        }
        return blocks.joined(separator: "\n\n")
    }

    /// For pages: what is expected, what to know about it, and how well it did before.
    package var markup: Markup {
        var page = Markup()
        page.element("header") { page in
            page.element(
                "h1",
                text: "Expected customer lifetime value, \(result.question.horizon.description) from \(result.day)")
            page.element("p", ["class": "meta"], text: policies)
        }
        page.element("main") { page in
            func section(_ title: String, _ lines: [String], _ table: FigureTable?) {
                page.element("section") { section in
                    section.element("h2", text: title)
                    for line in lines { section.element("p", ["dir": "auto"], text: line) }
                    if let table { section.append(table.listing(display: result.semantics.displayCurrency).markup) }
                }
            }
            if case .refused(let refusal) = result.forecast.verdict {
                section("There is no forecast", [refusal.words], nil)
            } else {
                section("What is expected", summary, rows)
            }
            if !result.forecast.flags.isEmpty {
                section("What to know before believing it", result.forecast.flags.map(\.words), nil)
            }
            if let holdout = result.forecast.holdout {
                section("How well it did before", [known(holdout)], methods(holdout))
                section("The same customers by repeat purchases before", [], classes(holdout))
            }
            if result.forecast.models != nil {
                section(
                    "How it is computed",
                    [
                        "Customers buy at rates of their own as long as they stay, and leave after some purchase; both are"
                            + " fitted to the days on which customers bought (BG/NBD, MBG/NBD; NBD where nobody leaves,"
                            + " Pareto/NBD as a cross-check). What a purchase amounts to is fitted beside it (Gamma-Gamma).",
                        "Parameters in the order of their names, with standard errors; time in weeks:",
                    ], models)
            }
        }
        return page
    }

    private var policies: String {
        let semantics = result.semantics
        let basis = semantics.revenueBasis == .net ? "net revenue" : "gross revenue"
        return [
            "as of \(Times(timezone: semantics.timezone).short(semantics.asOf))", semantics.timezone,
            semantics.displayCurrency,
            result.question.margin == 1 ? basis : "\(percent(result.question.margin)) of \(basis)",
            "\(percent(result.question.annualRate)) a year discounted",
            result.forecast.models.map { $0.chosen.model.variant.rawValue } ?? "no model",
        ].joined(separator: " · ")
    }

    private var summary: [String] {
        guard let total = result.total else { return [] }
        let length = result.question.horizon.counted
        let customers = Double(total.expected.customers)
        var lines = [
            "\(count(total.expected.withoutOrder)) of \(count(customers)) customers"
                + " (\(percent(total.expected.noOrderShare ?? 0))) are expected not to order in the next \(length)."
        ]
        let orders =
            "All together are expected to make \(count(total.expected.orders)) orders\(range(total.orders, count))"
        if let value = total.expected.value {
            lines.append("\(orders), worth \(money(value))\(range(total.value, money)).")
        } else {
            lines.append("\(orders). What these are worth cannot be said.")
        }
        if result.forecast.verdict == .upperEstimate {
            lines.append(ForecastVerdict.upperEstimateWords)
        }
        return lines
    }

    private func range(_ interval: Interval?, _ words: (Double) -> String) -> String {
        interval.map { " (90 %: \(words($0.low)) – \(words($0.high)))" } ?? ""
    }

    private func count(_ value: Double) -> String { NumberFormatting.number(.real(value), digits: 0) }
    private func percent(_ share: Double) -> String { NumberFormatting.percent(.real(share), digits: 1) }
    private func money(_ value: Double) -> String {
        NumberFormatting.display(.real(value), type: .money, currency: result.semantics.displayCurrency)
    }

    // MARK: - Tables

    /// The rows with the total below.
    private var rows: FigureTable {
        let all = result.total?.expected.value ?? 0
        return FigureTable(
            label: result.splitTitle ?? "",
            columns: [
                ("customers", "customers", .count), ("expected_orders", "orders", .count),
                ("orders_low", "orders from", .count), ("orders_high", "orders to", .count),
                ("expected_value", "value", .money),
                ("value_low", "value from", .money), ("value_high", "value to", .money),
                ("value_per_customer", "per customer", .money), ("value_share", "share of value", .ratio),
                ("no_order_share", "no order", .ratio), ("revenue", "revenue so far", .money),
            ],
            rows: (result.rows + [result.total].compactMap(\.self)).map { row in
                let expected = row.expected
                let customers = Double(expected.customers)
                return (
                    row.label,
                    [
                        .exact(ExactDecimal(expected.customers)), .real(expected.orders),
                        row.orders.map { .real($0.low) },
                        row.orders.map { .real($0.high) }, expected.value.map { .real($0) },
                        row.value.map { .real($0.low) }, row.value.map { .real($0.high) },
                        customers > 0 ? expected.value.map { .real($0 / customers) } : nil,
                        all > 0 ? expected.value.map { .real($0 / all) } : nil, expected.noOrderShare.map { .real($0) },
                        .exact(row.revenue),
                    ]
                )
            })
    }

    private func days(_ holdout: Holdout) -> String { holdout.days == 1 ? "day" : "\(holdout.days) days" }

    private func known(_ holdout: Holdout) -> String {
        let outcome = holdout.outcomes[.model]
        let error = outcome?.error.map { " (\($0 >= 0 ? "+" : "")\(percent($0)))" } ?? ""
        return "Held against the last \(days(holdout)), which it did not see:"
            + " \(count(outcome?.predicted ?? 0)) orders predicted\(range(holdout.interval, count)),"
            + " \(count(Double(holdout.actual))) were made\(error)" + spent(holdout)
    }

    private func spent(_ holdout: Holdout) -> String {
        guard let predicted = holdout.predictedSpend else { return "" }
        let error = holdout.spendError.map { " (\($0 >= 0 ? "+" : "")\(percent($0)))" } ?? ""
        return "; \(money(predicted)) predicted to be spent, \(money(holdout.actualSpend)) were\(error)"
    }

    private func methods(_ holdout: Holdout) -> FigureTable {
        FigureTable(
            label: "forecast",
            columns: [
                ("predicted", "orders", .count), ("error", "off by", .ratio),
                ("mean_absolute_error", "off per customer", .number),
                ("top_decile_share", "orders of its best tenth", .ratio),
            ],
            rows: Holdout.Method.allCases.map { method in
                let outcome = holdout.outcomes[method]
                return (
                    result.name(of: method),
                    [
                        outcome.map { .real($0.predicted) }, outcome?.error.map { .real($0) },
                        outcome.map { .real($0.meanAbsoluteError) }, outcome?.topDecileShare.map { .real($0) },
                    ]
                )
            })
    }

    private func classes(_ holdout: Holdout) -> FigureTable {
        FigureTable(
            label: "repeat purchases",
            columns: [
                ("customers", "customers", .count), ("actual", "were made", .count), ("model", "predicted", .count),
                ("negative_binomial", "NBD", .count), ("same_rate", "as before", .count),
            ],
            rows: holdout.classes.map { row in
                (
                    row.label,
                    [.exact(ExactDecimal(row.customers)), .exact(ExactDecimal(row.actual))]
                        + Holdout.Method.allCases.map { method in row.predicted[method].map { .real($0) } }
                )
            })
    }

    /// Each model with its parameters and their standard errors.
    private var models: FigureTable {
        guard let models = result.forecast.models else { return FigureTable(label: "", columns: [], rows: []) }
        func row<Model>(_ name: String, _ fit: Fit<Model>, _ parameters: [Double]) -> (String, [Value?]) {
            let errors = fit.standardErrors(parameters)
            let shown = (0..<4).flatMap { place -> [Value?] in
                guard place < parameters.count else { return [nil, nil] }
                return [.real(parameters[place]), errors.map { .real($0[place]) }]
            }
            return (name, [.real(fit.logLikelihood)] + shown + [.exact(ExactDecimal(fit.customers))])
        }
        var rows = [row("NBD (r, α)", models.baseline, [models.baseline.model.r, models.baseline.model.alpha])]
        rows += models.candidates.map { row("\($0.model.variant.rawValue) (r, α, a, b)", $0, $0.model.parameters) }
        if let pareto = models.pareto { rows.append(row("Pareto/NBD (r, α, s, β)", pareto, pareto.model.parameters)) }
        if case .fitted(let fit) = result.forecast.spend {
            rows.append(row("Gamma-Gamma (p, q, γ)", fit, fit.model.parameters))
        }
        return FigureTable(
            label: "model",
            columns: [
                ("log_likelihood", "log likelihood", .number), ("p1", "first", .number), ("e1", "±", .number),
                ("p2", "second", .number), ("e2", "±", .number), ("p3", "third", .number), ("e3", "±", .number),
                ("p4", "fourth", .number), ("e4", "±", .number), ("customers", "customers", .count),
            ], rows: rows)
    }

    // MARK: - JSON

    /// What was asked and of what, and whether to believe it: for JSON of sums and of customers.
    var basis: [(String, JSONText)] {
        let forecast = result.forecast
        let refusal: ForecastRefusal? = if case .refused(let why) = forecast.verdict { why } else { nil }
        return [
            ("schema_version", .integer(1)), ("as_of", .string(result.semantics.asOf.description)),
            ("timezone", .string(result.semantics.timezone)),
            ("display_currency", .string(result.semantics.displayCurrency)),
            ("revenue_basis", .string(result.semantics.revenueBasis.rawValue)),
            ("horizon", .string(result.question.horizon.description)), ("horizon_days", .integer(result.horizonDays)),
            ("annual_discount_rate", number(result.question.annualRate)), ("margin", number(result.question.margin)),
            ("definition", .string(result.definition)), ("data_generation", .string(result.generation)),
            (
                "verdict",
                .string(refusal == nil ? (forecast.verdict == .usable ? "usable" : "upper_estimate") : "refused")
            ),
            ("refusal", .nullable(refusal?.rawValue)), ("refusal_text", .nullable(refusal?.words)),
            (
                "flags",
                .array(
                    forecast.flags.map { .inline(.object([("flag", .string($0.name)), ("text", .string($0.words))])) })
            ),
        ]
    }

    private func number(_ value: Double?) -> JSONText {
        NumberFormatting.raw(value.map { .real($0) }).map { .number($0) } ?? .null
    }

    private var json: String {
        func interval(_ interval: Interval?) -> JSONText {
            interval.map { .inline(.array([number($0.low), number($0.high)])) } ?? .null
        }
        func parameters<Model>(_ name: String, _ fit: Fit<Model>, _ names: [String], _ values: [Double]) -> JSONText {
            let errors = fit.standardErrors(values)
            return .object([
                ("model", .string(name)), ("log_likelihood", number(fit.logLikelihood)),
                ("customers", .integer(fit.customers)), ("identified", .boolean(fit.isIdentified)),
                ("parameters", .object(zip(names, values).map { ($0, number($1)) })),
                (
                    "standard_errors",
                    errors.map { errors in .object(zip(names, errors).map { ($0, number($1)) }) } ?? .null
                ),
            ])
        }
        let forecast = result.forecast
        var models: [JSONText] = []
        if let found = forecast.models {
            models.append(
                parameters(
                    "NBD", found.baseline, ["r", "alpha"], [found.baseline.model.r, found.baseline.model.alpha]))
            models += found.candidates.map {
                parameters($0.model.variant.rawValue, $0, ["r", "alpha", "a", "b"], $0.model.parameters)
            }
            if let pareto = found.pareto {
                models.append(parameters("Pareto/NBD", pareto, ["r", "alpha", "s", "beta"], pareto.model.parameters))
            }
        }
        if case .fitted(let fit) = forecast.spend {
            models.append(parameters("Gamma-Gamma", fit, ["p", "q", "gamma"], fit.model.parameters))
        }
        return JSONText.object(
            basis + [
                ("chosen_model", .nullable(forecast.models?.chosen.model.variant.rawValue)), ("models", .array(models)),
                ("total", result.total == nil ? .null : rows.objects.last ?? .null),
                ("rows", .array(Array(rows.objects.prefix(result.rows.count)))),
                (
                    "holdout",
                    forecast.holdout.map { holdout in
                        .object([
                            ("days", .integer(holdout.days)), ("customers", .integer(holdout.customers)),
                            ("actual_orders", .integer(holdout.actual)), ("range", interval(holdout.interval)),
                            ("actual_revenue", number(holdout.actualSpend)),
                            ("predicted_revenue", number(holdout.predictedSpend)),
                            ("methods", .array(methods(holdout).objects)),
                            ("by_repeats", .array(classes(holdout).objects)),
                        ])
                    } ?? .null
                ),
            ]
        ).indented
    }
}

/// Numbers with their types by row, for people or as they are.
struct FigureTable {
    var label: String
    var columns: [(name: String, title: String, type: ValueType)]
    var rows: [(label: String, values: [Value?])]

    /// - Parameter currency: of money in texts for people; nil for all digits.
    func listing(display currency: String?) -> Listing {
        Listing(
            "rows",
            columns: [Listing.Column(currency == nil ? "row" : label)]
                + columns.map { Listing.Column($0.name, title: currency == nil ? $0.name : $0.title, isNumber: true) },
            rows: rows.map { row in
                [row.label]
                    + zip(columns, row.values).map { column, value in
                        guard let currency else { return NumberFormatting.raw(value) ?? "" }
                        return NumberFormatting.display(value, type: column.type, currency: currency)
                    }
            }, empty: "")
    }

    /// One object a row.
    var objects: [JSONText] {
        rows.map { row in
            .inline(
                .object(
                    [("row", .string(row.label))]
                        + zip(columns, row.values).map {
                            ($0.name, NumberFormatting.raw($1).map { .number($0) } ?? .null)
                        }))
        }
    }
}
