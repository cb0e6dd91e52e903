package import Definitions
import Diagnostics
package import Imports
import Quantities
package import Queries

/// Proposes mappings of files that no source reads yet: purchases, customers and their consents, by names and by what the
/// columns hold.
///
///     [FileSurvey] + UseCase -> [TableReading] -> [Suggestion]
package struct MappingSuggestions {
    private let useCase: UseCase
    private let project: Node
    private let profile: DataProfile
    private let tables: [TableReading]
    /// Places of sources whose files are not there, such as the one that `tenure init` writes.
    private var vacant: [Int]
    private var sourceCount: Int
    /// Names of sources, also of those that are proposed.
    private var names: Set<String>
    /// Paths of the files that a source is proposed for.
    private var used: Set<String> = []

    /// - Parameters:
    ///   - project: the tree of project.yaml.
    ///   - vacant: places of sources whose files are not there.
    ///   - surveys: of files that no source reads.
    package init(
        _ useCase: UseCase, project: Node, profile: DataProfile, vacant: [Int], surveys: [FileSurvey]
    ) {
        self.useCase = useCase
        self.project = project
        self.profile = profile
        self.vacant = vacant
        let sources = project["sources"]?.elements ?? []
        sourceCount = sources.count
        names = Set(sources.indices.filter { !vacant.contains($0) }.compactMap { sources[$0]["name"]?.text })
        tables = surveys.map { TableReading.reading($0) }
    }

    /// Files that nothing is proposed for, with what is recognised in them; after `make()`.
    package private(set) var unread: [String] = []

    /// The proposed sources and consents.
    package mutating func make() -> [Suggestion] {
        var suggestions: [Suggestion] = []
        let event = useCase.purchases.event.value
        var orders: TableReading?
        if isMissing(event) {
            // Of equal ones the first.
            orders = tables.filter(\.isOfPurchases).reduce(nil) { best, table in
                best.map { $0.purchaseScore >= table.purchaseScore } ?? false ? best : table
            }
        }
        if let orders { suggestions.append(purchases(orders)) }
        if let refunds = useCase.purchases.refunds?.event.value, isMissing(refunds),
            let table = tables.first(where: { $0.isOfRefunds && !used.contains($0.survey.path) })
        {
            suggestions.append(self.refunds(table, of: orders))
        }
        suggestions += consents(orders: orders)
        unread = tables.filter { !used.contains($0.survey.path) }.map { "\($0.survey.path)  \($0.found)" }
        return suggestions
    }

    private func isMissing(_ event: String) -> Bool {
        !profile.events.contains { $0.name == event && $0.rows > 0 }
    }

    // MARK: - Refunds

    private mutating func refunds(_ table: TableReading, of orders: TableReading?) -> Suggestion {
        var reasons = [described(table)]
        guard let definition = useCase.purchases.refunds, let reference = table.orderReference, let time = table.time,
            let amount = table.amount?.columns.first
        else { preconditionFailure("a table of refunds has an order, a time and an amount") }
        var source = head(table, reasons: &reasons, isOfRefunds: true)
        if table.customer == nil {
            source.append(
                (
                    "customer_through",
                    .mapping(["event": .text(useCase.purchases.event.value), "key": .text(reference.name)])
                ))
            reasons.append("customer: none is named; it is that of the order in \(reference.name)")
        }
        if let key = orders?.key, orders?.survey.isWhole ?? false {
            let known = Set(key.survey.texts)
            let unknown = zip(reference.survey.texts, reference.survey.counts).reduce(0) {
                known.contains($1.0) ? $0 : $0 + $1.1
            }
            if unknown > 0 {
                reasons.append(
                    "\(share(unknown, of: reference.present)) of the rows name an order that \(orders?.survey.path ?? "") does not "
                        + "have")
                if table.customer == nil {
                    source.append(("without_customer", .text("skip")))
                    reasons.append("without_customer: skip leaves these out")
                }
            }
        }
        source.append(
            (
                "event",
                .mapping([
                    "type": .text(definition.event.value),
                    "timestamp": .mapping(["column": .text(time.name), "format": .text(time.timestamp ?? "iso8601")]),
                    "refers_to": .mapping(["event": .text(useCase.purchases.event.value), "key": .text("purchase_id")]),
                    "attributes": .mapping([
                        "purchase_id": .text(reference.name),
                        definition.amount.value: .mapping(["column": .text(amount.name), "type": .text("number")]),
                    ]),
                ])
            ))
        reasons.append("refers_to: \(reference.name) names the order; amount: \(amount.name)")
        return suggestion(.mapping(source), table, reasons)
    }

    // MARK: - Purchases

    private mutating func purchases(_ table: TableReading) -> Suggestion {
        var reasons = [described(table)]
        var attributes: [(String, Node)] = []
        var event: [(String, Node)] = [("type", .text(useCase.purchases.event.value))]
        if let time = table.time {
            event.append(
                ("timestamp", .mapping(["column": .text(time.name), "format": .text(time.timestamp ?? "iso8601")])))
            reasons.append(
                "timestamp: all values of \(time.name) read as \(time.timestamp ?? "iso8601"), such as \(sample(time))")
            if time.isAmbiguous {
                reasons.append("timestamp: day and month could be the other way round; look at one you know")
            }
        }
        if let key = table.key {
            event.append(("key", .text("purchase_id")))
            attributes.append(("purchase_id", identifier(key, [:], as: "key", reasons: &reasons)))
            reasons.append("key: \(key.name), \(grouped(key.distinct)) different ones in \(grouped(key.present)) rows")
        } else {
            reasons.append("key: no column tells purchases apart; every row is one of its own")
        }
        if let (node, reason) = status(table) {
            attributes.append((statusAttribute, node))
            reasons.append(reason)
        }
        let amount = useCase.purchases.amount.value
        switch table.amount {
        case .column(let column)?:
            attributes.append((amount, .mapping(["column": .text(column.name), "type": .text("number")])))
            let others = table.otherAmounts.map(\.name)
            reasons.append(
                "amount: \(column.name)"
                    + (others.isEmpty
                        ? "" : ", and not \(others.joined(separator: ", ")): which one is meant, with or without tax?"))
        case .product(let quantity, let price)?:
            let expression = "\(quoted(quantity.name)) * \(quoted(price.name))"
            attributes.append((amount, .mapping(["expression": .text(expression), "type": .text("number")])))
            reasons.append("amount: \(expression), as no column has a total")
        case nil: break
        }
        if let currency = table.currency, let name = useCase.purchases.currency?.value {
            attributes.append((name, .text(currency.name)))
            reasons.append(
                "currency: \(currency.name) holds \(currency.values.prefix(4).map(\.text).joined(separator: ", "))")
        } else {
            reasons.append("currency: no column says it; every amount is in the project's `currency`")
        }
        let isLines = table.linesOfKey
        if !isLines, table.key != nil { event.append(("amount", .text(amount))) }
        event.append(("attributes", .mapping(attributes)))
        if isLines {
            event.append(("fold", .mapping(["by": .text("purchase_id"), "sum": .texts([amount])])))
            reasons.append(
                "fold: rows of one \(table.key?.name ?? "key") have one customer and one time: they are lines of one purchase"
            )
        }
        var source = head(table, reasons: &reasons)
        source.append(("event", .mapping(event)))
        let properties = properties(table)
        if !properties.isEmpty {
            source.append(("properties", .mapping(properties.map { (property($0), .text($0.name)) })))
            reasons.append(
                "properties: the same in all rows of a customer: \(properties.map(\.name).joined(separator: ", "))")
        }
        return suggestion(.mapping(source), table, reasons)
    }

    /// The attribute whose values say which purchases count.
    private var statusAttribute: String {
        let success = useCase.purchases.success
        let segmentation = useCase.eventSegmentations.first { $0.id.value == success.segmentation.value }
        for segment in segmentation?.segments ?? [] {
            if case .test(let subject, _) = segment.when.value, case .attribute(let name) = subject.value {
                return name
            }
        }
        return "purchase_status"
    }

    /// The first value that a choice of segments lists.
    private func value(_ choice: PurchasesDefinition.SegmentChoice?) -> String? {
        guard let choice,
            let segmentation = useCase.eventSegmentations.first(where: { $0.id.value == choice.segmentation.value })
        else { return nil }
        for segment in segmentation.segments where choice.segments.contains(where: { $0.value == segment.name.value }) {
            if case .test(_, let test) = segment.when.value, case .isIn(let values) = test.value { return values.first }
        }
        return nil
    }

    private func status(_ table: TableReading) -> (Node, String)? {
        if let status = table.status {
            let shown = status.values.prefix(5).map { "\($0.text) \(share($0.count, of: status.present))" }
            return (.text(status.name), "status: \(status.name) holds \(shown.joined(separator: ", "))")
        }
        guard let success = value(useCase.purchases.success) else { return nil }
        if let prefix = table.cancellationPrefix, let canceled = value(useCase.purchases.canceled), let key = table.key
        {
            let when = Node.mapping(["column": .text(key.name), "starts_with": .text(prefix)])
            return (
                .mapping([
                    "cases": .list([
                        .mapping(["when": when, "value": .text(canceled)]), .mapping(["else": .text(success)]),
                    ])
                ]),
                "status: no column says it; rows whose \(key.name) begins with \(prefix) take money back, all others are taken "
                    + "as \(success)"
            )
        }
        return (
            .mapping(["value": .text(success)]),
            "status: no column says it: every row is taken as \(success)"
        )
    }

    /// What a column is called as a property; the members of an object by their path, in which dots stand for no property.
    private func property(_ column: ColumnReading) -> String { column.name.replacing(".", with: "_") }

    /// Columns with few values that are the same in all rows of a customer.
    private func properties(_ table: TableReading) -> [ColumnReading] {
        guard let customer = table.customer else { return [] }
        let taken =
            [table.customer, table.time, table.key, table.status, table.currency].compactMap { $0?.name }
            + (table.amount?.columns.map(\.name) ?? [])
        return table.columns.filter { column in
            guard !taken.contains(column.name), column.present > 0, column.distinct <= 400, column.timestamp == nil,
                column.isYesOrNo || !Lexicon.name(column.name, hasAnyOf: TableReading.personal),
                !column.isNumber || column.isYesOrNo, !column.concepts.contains(.product)
            else { return false }
            let (varying, groups) = column.variation(within: customer)
            return groups > 1 && varying * 50 <= groups && column.distinct > 1
        }
    }

    // MARK: - Consents

    private mutating func consents(orders: TableReading?) -> [Suggestion] {
        var suggestions: [Suggestion] = []
        var mapped = Set(project["consents"]?.entries?.compactMap(\.key.text) ?? [])
        let wanted = useCase.requirements.flatMap(\.all).compactMap { requirement -> String? in
            if case .consent(let category) = requirement.kind { category } else { nil }
        }
        let inEvents = profile.consentCategories.map(\.value)
        let open = wanted.filter { !mapped.contains($0) && !inEvents.contains($0) }
        // Properties that the data has already.
        for category in open {
            guard let property = profile.properties.first(where: { fits($0.name, category) && $0.isYesOrNo }) else {
                continue
            }
            let yes = property.values.map(\.value).filter(Answer.isYes).sorted()
            mapped.insert(category)
            suggestions.append(
                consent(
                    category, property.name, yes,
                    "the property \(property.name) holds \(property.values.map(\.value).joined(separator: ", "))"))
        }
        for table in tables where table.isOfCustomers && !used.contains(table.survey.path) {
            var columns: [(category: String, column: ColumnReading)] = []
            for category in open where !mapped.contains(category) {
                if let column = table.columns.first(where: {
                    fits($0.name, category) && $0.isYesOrNo && !$0.yes.isEmpty
                }) {
                    columns.append((category, column))
                    mapped.insert(category)
                }
            }
            if columns.isEmpty { continue }
            var reasons = [described(table) + ", each a customer"]
            var source = head(table, reasons: &reasons)
            let properties = table.columns.filter { column in
                column.name != table.customerOfRows?.name
                    && (column.isYesOrNo
                        || (column.isCategory && column.distinct > 1
                            && !Lexicon.name(column.name, hasAnyOf: TableReading.personal)))
            }
            source.append(("properties", .mapping(properties.map { (property($0), .text($0.name)) })))
            if let orders, let meeting = meeting(table, orders) { reasons.append(meeting) }
            suggestions.append(suggestion(.mapping(source), table, reasons))
            for (category, column) in columns {
                let shown = column.values.map { "\($0.text) \(share($0.count, of: column.present))" }
                suggestions.append(
                    consent(
                        category, property(column), column.yes, "\(column.name) holds \(shown.joined(separator: ", "))")
                )
            }
        }
        return suggestions
    }

    /// How many customers of a file are in the orders; said where it is hardly any, as then ids have other forms.
    private func meeting(_ table: TableReading, _ orders: TableReading) -> String? {
        guard orders.survey.isWhole, let own = table.customerOfRows, let others = orders.customer else { return nil }
        func ids(_ column: ColumnReading) -> Set<[UInt8]> {
            let cut = column.suffix?.utf8.count ?? 0
            return Set(column.survey.texts.map { Array($0.dropLast(cut)) })
        }
        let (mine, theirs) = (ids(own), ids(others))
        let both = mine.intersection(theirs).count
        guard both * 10 < min(mine.count, theirs.count), let first = own.values.first?.text,
            let other = others.values.first?.text
        else { return nil }
        return
            "only \(grouped(both)) of its \(grouped(mine.count)) customers are in \(orders.survey.path): ids here are like "
            + "'\(first)', there like '\(other)'; see strip_prefix, strip_suffix, strip_leading_zeros"
    }

    /// A column's name speaks of the consent that a category is.
    private func fits(_ name: String, _ category: String) -> Bool {
        let parameter = useCase.parameters.first { $0.value == [category] }?.name.value ?? ""
        let meant = Lexicon.concepts(of: category).union(Lexicon.concepts(of: parameter)).intersection([.email, .sms])
        // A mailbox that exists is no permission to write to it.
        if Lexicon.name(name, hasAnyOf: ["verified", "valid", "bounced", "confirmed"]) { return false }
        if nearest(to: category, among: [name]) != nil { return true }
        let concepts = Lexicon.concepts(of: name)
        let channels = concepts.intersection([.email, .sms])
        // `accepts_marketing` names no channel: it is taken for e-mail, as shop systems mean it.
        return channels.isEmpty ? meant == [.email] && concepts.contains(.consent) : !channels.isDisjoint(with: meant)
    }

    private func consent(_ category: String, _ property: String, _ valid: [String], _ reason: String) -> Suggestion {
        Suggestion(
            file: "project.yaml",
            edits: [.set(["consents", category], .mapping(["property": .text(property), "valid": .texts(valid)]))],
            title: "consents.\(category): the property \(property)", reasons: [reason])
    }

    // MARK: - Sources

    /// What every source has.
    private mutating func head(
        _ table: TableReading, reasons: inout [String], isOfRefunds: Bool = false
    ) -> [(String, Node)] {
        let path = table.survey.path
        var source: [(String, Node)] = [("name", .text(freeName(for: path))), ("file", .text(path))]
        var csv: [(String, Node)] = []
        let isTab = path.contains(".tsv")
        switch table.survey.delimiter {
        case UInt8(ascii: ";")?: csv.append(("delimiter", .text("semicolon")))
        case UInt8(ascii: "|")?: csv.append(("delimiter", .text("pipe")))
        case UInt8(ascii: "\t")? where !isTab: csv.append(("delimiter", .text("tab")))
        case UInt8(ascii: ",")? where isTab: csv.append(("delimiter", .text("comma")))
        default: break
        }
        if let encoding = table.survey.encoding {
            csv.append(("encoding", .text(encoding.rawValue)))
            reasons.append("encoding: the text is no UTF-8; it reads as \(encoding.rawValue)")
        }
        if table.amount?.columns.contains(where: { $0.decimalSeparator == UInt8(ascii: ",") }) ?? false {
            csv.append(("decimal", .text(",")))
        }
        if !csv.isEmpty { source.append(("csv", .mapping(csv))) }
        if let customer = isOfRefunds ? table.customer : table.customerOfRows {
            if let suffix = customer.suffix {
                reasons.append("customer: \(customer.name), always written with \(suffix), which is no part of it")
            } else {
                reasons.append("customer: \(customer.name), \(grouped(customer.distinct)) different ones")
            }
            let node = identifier(
                customer, customer.suffix.map { ["strip_suffix": .text($0)] } ?? [:], as: "customer", reasons: &reasons)
            source.append(("customer", node))
            let without = table.survey.rows - customer.present + customer.rows(with: customer.placeholders)
            if without > 0, isOfRefunds {
                source.append(("without_customer", .text("skip")))
                reasons.append("without_customer: \(share(without, of: table.survey.rows)) of the rows name nobody")
            } else if without > 0 {
                source.append(("without_customer", .text("guest")))
                reasons.append(
                    "without_customer: \(share(without, of: table.survey.rows)) of the rows name nobody; guest keeps them, each "
                        + "purchase a customer of its own, and skip leaves them out")
            }
        }
        if let selection = table.selection {
            source.append(
                ("where", .mapping(["column": .text(selection.column), "equals": .text(selection.kind)])))
            let others = selection.others.prefix(3).map { "\($0.text) \(grouped($0.count))" }
            reasons.append(
                "where: \(grouped(selection.rows)) of \(grouped(selection.all)) rows are \(selection.kind); others are "
                    + others.joined(separator: ", ") + (selection.others.count > 3 ? ", …" : ""))
        }
        return source
    }

    /// A column that tells apart; its values that stand for none are missing ones.
    private func identifier(
        _ column: ColumnReading, _ options: KeyValuePairs<String, Node>, as role: String, reasons: inout [String]
    ) -> Node {
        let missing = column.placeholders
        if !missing.isEmpty {
            reasons.append(
                "\(role): \(missing.joined(separator: ", ")) stands for none in \(grouped(column.rows(with: missing))) rows"
            )
        }
        if missing.isEmpty, options.isEmpty { return .text(column.name) }
        return .mapping(
            [("column", .text(column.name))] + options.map { ($0.key, $0.value) }
                + (missing.isEmpty ? [] : [("missing", .texts(missing))]))
    }

    /// Into a source whose file is not there, or behind all others.
    private mutating func suggestion(_ source: Node, _ table: TableReading, _ reasons: [String]) -> Suggestion {
        used.insert(table.survey.path)
        let path: [YAMLEdit.Step]
        let edits: [YAMLEdit]
        if let place = vacant.first, let old = project[[.key("sources"), .index(place)]] {
            vacant.removeFirst()
            path = [.key("sources"), .index(place)]
            edits = YAMLEdit.changes(from: old, to: source, at: path)
        } else {
            path = [.key("sources"), .index(sourceCount)]
            sourceCount += 1
            edits = [YAMLEdit(path, .set(source))]
        }
        return Suggestion(
            file: "project.yaml", edits: edits,
            title: "\(YAMLEdit.description(of: path)): \(table.survey.path)", reasons: reasons)
    }

    /// The file's name without its ending, with a number where a source is called so.
    private mutating func freeName(for path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let stem = file.split(separator: ".").first.map(String.init) ?? file
        var name = stem
        var number = 2
        while !names.insert(name).inserted {
            name = "\(stem)-\(number)"
            number += 1
        }
        return name
    }

    private func described(_ table: TableReading) -> String {
        "\(table.survey.path): \(table.survey.isWhole ? "" : "the first ")"
            + "\(grouped(table.selection?.all ?? table.survey.rows)) rows, \(table.survey.columns.count) columns"
    }

    private func sample(_ column: ColumnReading) -> String {
        column.survey.texts.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        return isPlain && name.utf8.first.map { !(48...57).contains($0) } ?? false ? name : "`\(name)`"
    }
}
