import Diagnostics
import Quantities

extension ProjectDecoding {
    /// One source; nil where something needed is wrong, which is reported.
    mutating func source(_ node: Node) -> Source? {
        let fields = Fields(node)
        let table = fields.text("table").map { Source.Table.named($0) } ?? fields.text("parquet").map { .parquet($0) }
        let input =
            hasInput(node)
            ? self.input(fields)
            : .elsewhere(decimalComma: fields.node("csv").flatMap { Fields($0).string("decimal") } == ",")
        let customer = fields.node("customer").flatMap { field($0) }
        let through = fields.node("customer_through").flatMap { customerThrough($0) }
        let event = fields.node("event").flatMap { self.event($0) }
        let properties = mappings(fields, "properties")
        names.properties += fields.entries("properties").compactMap(\.key.text)
        if table == nil, let order = node["row_order"] {
            report(.inputKind, "'row_order' belongs to tables of Spark, and the source names none", order.headPlace)
        }
        let withoutCustomer: Located<Source.WithoutCustomer>? = fields.word("without_customer")
        if node["event"] == nil, node["properties"] == nil {
            report(.emptySource, "the source makes neither an event nor properties", node.headPlace)
        }
        checkCustomer(node)
        if case .tracking(let kind) = input { checkTracked(node, kind) }
        let filter = fields.node("where").flatMap(Condition.decode)
        if let filter { checkRows(filter) }
        guard let name = fields.text("name"), let input else { return nil }
        return Source(
            name: name, input: input, customer: customer, customerThrough: through, withoutCustomer: withoutCustomer,
            filter: filter, event: event, properties: properties, table: table, rowOrder: fields.text("row_order"))
    }

    /// Whether the source has rows here; what describes files and is beside none is reported.
    private mutating func hasInput(_ node: Node) -> Bool {
        if node["file"] != nil || node["tracking"] != nil { return true }
        if node["table"] == nil, node["parquet"] == nil { return false }
        for key in ["format", "query", "csv"] {
            guard let value = node[key] else { continue }
            if key == "csv", let options = value.entries, options.allSatisfy({ $0.key.text == "decimal" }) { continue }
            report(
                .inputKind, "'\(key)' belongs to files, and the source has none", value.headPlace,
                key == "csv" ? ["csv: {decimal: \",\"} alone says how texts of a table write numbers"] : [])
        }
        return false
    }

    private mutating func checkCustomer(_ node: Node) {
        switch (node["customer"], node["customer_through"]) {
        case (nil, nil):
            report(.customerMapping, "the source needs 'customer' or 'customer_through'", node.headPlace)
        case (_?, let through?):
            report(.customerMapping, "the source has both 'customer' and 'customer_through'", through.headPlace)
        case (nil, _?):
            if let properties = node["properties"] {
                report(
                    .customerMapping, "customer properties need 'customer'", properties.headPlace)
            }
        case (_?, nil): break
        }
    }

    private mutating func customerThrough(_ node: Node) -> Source.CustomerThrough? {
        let fields = Fields(node)
        let key = fields.node("key").flatMap { field($0) }
        guard let event = fields.text("event"), let key else { return nil }
        return Source.CustomerThrough(event: event, key: key)
    }

    /// Posted lines have customers of their own, and are no file.
    private mutating func checkTracked(_ node: Node, _ kind: Located<Source.TrackedKind>) {
        for key in ["format", "query", "csv", "customer_through"] {
            guard let value = node[key] else { continue }
            report(.inputKind, "'\(key)' belongs to files, and what is posted is none", value.headPlace)
        }
        if let fold = node["event"]?["fold"] {
            report(
                .inputKind, "'fold' adds up rows that are imported together, and posts are imported as they come",
                fold.headPlace, ["post an order whole, with a key"])
        }
        if kind.value == .customers, let event = node["event"] {
            report(
                .inputKind, "what is posted to 'customers' is no event", event.headPlace,
                ["tracking: events takes what is posted to customers/events"])
        }
    }

    // Input

    mutating func input(_ fields: Fields) -> Source.Input? {
        if fields.mapping["tracking"] != nil {
            let kind: Located<Source.TrackedKind>? = fields.word("tracking")
            return kind.map { .tracking($0) }
        }
        let files = fields.texts("file")
        guard let first = files.first else { return nil }
        let format: String
        if let given = fields.text("format") {
            guard ProjectShapes.formats.contains(given.value) else { return nil }
            format = given.value
        } else {
            var found: String?
            for file in files {
                guard let kind = ProjectDecoding.format(file.value) else {
                    report(
                        .inputKind, "the extension of '\(file.value)' does not tell its kind", file.place,
                        ["add format: csv, ndjson or sqlite"])
                    return nil
                }
                if let found, found != kind {
                    report(.inputKind, "the files of a source are of one kind, and this is \(kind)", file.place)
                    return nil
                }
                found = kind
            }
            format = found ?? "csv"
        }
        if let query = fields.node("query"), format != "sqlite" {
            report(.inputKind, "'query' belongs to SQLite files, and this is \(format)", query.headPlace)
        }
        if let csv = fields.node("csv"), format != "csv" {
            report(.inputKind, "'csv' belongs to CSV files, and this is \(format)", csv.headPlace)
        }
        switch format {
        case "csv": return .csv(files: files, options(fields.node("csv"), file: first.value))
        case "ndjson": return .ndjson(files: files)
        default:
            if files.count > 1 {
                report(.inputKind, "a query reads one SQLite file", files[1].place)
            }
            guard let query = fields.text("query") else {
                if fields.mapping["query"] == nil {
                    report(.inputKind, "an SQLite file needs 'query'", first.place)
                }
                return nil
            }
            return .sqlite(file: first, query: query)
        }
    }

    /// The kind of a file by its extension, `.gz` aside.
    private static func format(_ path: String) -> String? {
        var name = path.lowercased()
        let isCompressed = name.hasSuffix(".gz")
        if isCompressed { name.removeLast(3) }
        switch name.split(separator: "/").last?.split(separator: ".", omittingEmptySubsequences: false).last {
        case "csv", "txt", "tsv": return "csv"
        case "ndjson", "jsonl": return "ndjson"
        case "sqlite", "db": return isCompressed ? nil : "sqlite"
        default: return nil
        }
    }

    private mutating func options(_ node: Node?, file: String) -> CSVOptions {
        let name = file.lowercased()
        let isTabbed = name.hasSuffix(".tsv") || name.hasSuffix(".tsv.gz")
        var options = CSVOptions(
            delimiter: .byte(isTabbed ? UInt8(ascii: "\t") : UInt8(ascii: ",")), encoding: .auto, columns: nil,
            decimalSeparator: UInt8(ascii: "."), skipLines: 0, quote: UInt8(ascii: "\""))
        guard let node else { return options }
        let fields = Fields(node)
        if let text = fields.text("delimiter") {
            if let delimiter = ProjectDecoding.delimiter(text.value) {
                options.delimiter = delimiter
            } else {
                report(
                    .csvOption, "'\(text.value)' is no delimiter", text.place,
                    didYouMean(text.value, among: ProjectShapes.delimiters)
                        + ["allowed: \(listed(ProjectShapes.delimiters)), or one character"])
            }
        }
        if let text = fields.text("quote") {
            if text.value == "none" {
                options.quote = nil
            } else if let byte = ProjectDecoding.sign(text.value) {
                options.quote = byte
            } else {
                report(.csvOption, "'\(text.value)' is no quote", text.place, ["expected one character, or none"])
            }
        }
        if case .byte(let byte) = options.delimiter, byte == options.quote {
            report(.csvOption, "delimiter and quote are the same character", node.headPlace)
        }
        let encoding: Located<CSVOptions.Encoding>? = fields.word("encoding")
        options.encoding = encoding?.value ?? .auto
        if let columns = fields.node("columns") {
            options.columns = (columns.elements ?? []).compactMap(Fields.text)
            checkColumns(options.columns ?? [])
        }
        if fields.string("decimal") == "," {
            options.decimalSeparator = UInt8(ascii: ",")
        }
        options.skipLines = fields.integer("skip_lines") ?? 0
        return options
    }

    private mutating func checkColumns(_ columns: [Located<String>]) {
        var seen: Set<ByteText> = []
        for column in columns where !seen.insert(ByteText(column.value)).inserted {
            report(.csvOption, "column '\(column.value)' exists twice", column.place)
        }
    }

    private static func delimiter(_ text: String) -> CSVOptions.Delimiter? {
        switch text {
        case "comma": .byte(UInt8(ascii: ","))
        case "semicolon": .byte(UInt8(ascii: ";"))
        case "tab": .byte(UInt8(ascii: "\t"))
        case "pipe": .byte(UInt8(ascii: "|"))
        case "whitespace": .whitespace
        default: sign(text).map { .byte($0) }
        }
    }

    /// One ASCII character that can stand between or around values.
    private static func sign(_ text: String) -> UInt8? {
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0, byte != 10, byte != 13,
            !isLetterOrDigit(byte)
        else { return nil }
        return byte
    }

    // Events

    private mutating func event(_ node: Node) -> EventMapping? {
        let fields = Fields(node)
        let timestamp = fields.node("timestamp").flatMap { self.timestamp($0) }
        let attributes = mappings(fields, "attributes")
        let type: EventMapping.EventType? = fields.node("type").flatMap { node in
            if let text = Fields.text(node) { return .fixed(text) }
            return Fields(node).text("column").map { .column($0) }
        }
        if case .fixed(let name) = type {
            names.events.append((name.value, hasKey: node["key"] != nil))
        } else {
            names.isOpen = true
        }
        guard let timestamp, let type else { return nil }
        var event = EventMapping(
            type: type, timestamp: timestamp, key: fields.text("key"), parent: fields.text("parent"),
            amount: fields.text("amount"), attributes: attributes)
        if let reference = fields.node("refers_to").map({ Fields($0) }), let other = reference.text("event"),
            let key = reference.text("key")
        {
            event.refersTo = .init(event: other, key: key)
        }
        if let fold = fields.node("fold").map({ Fields($0) }), let by = fold.text("by") {
            event.fold = .init(by: by, sum: fold.texts("sum"))
        }
        checkAttributes(event, Fields(node).entries("attributes").compactMap(\.key.text))
        return event
    }

    /// What names attributes of the event has to name one of the right type.
    private mutating func checkAttributes(_ event: EventMapping, _ written: [String]) {
        let types = Dictionary(
            event.attributes.map { (ByteText($0.name.value), $0.mapping.type) }, uniquingKeysWith: { first, _ in first }
        )
        let keys = [event.key, event.parent, event.refersTo?.key, event.fold?.by].compactMap(\.self)
        let numbers = ([event.amount] + (event.fold?.sum ?? [])).compactMap(\.self)
        for (names, needed) in [(keys, AttributeType.string), (numbers, .number)] {
            for name in names {
                guard let type = types[ByteText(name.value)] else {
                    if written.contains(where: { $0.utf8.elementsEqual(name.value.utf8) }) { continue }
                    report(
                        .unknownAttribute, "the event has no attribute '\(name.value)'", name.place,
                        didYouMean(name.value, among: written)
                            + (written.isEmpty ? [] : ["attributes: \(listed(written))"]))
                    continue
                }
                if type != needed {
                    report(
                        .attributeType,
                        "attribute '\(name.value)' is a \(type.rawValue), and a \(needed.rawValue) is needed here",
                        name.place, ["add type: \(needed.rawValue) to the attribute"])
                }
            }
        }
    }

    private mutating func timestamp(_ node: Node) -> TimestampMapping? {
        if let column = Fields.text(node) {
            return TimestampMapping(column: column, format: Located(.iso8601, at: column.place), zone: nil)
        }
        let fields = Fields(node)
        guard let column = fields.text("column") else { return nil }
        let format = fields.text("format").map { Located(self.format($0), at: $0.place) }
        let zone = fields.node("zone").flatMap { self.zone($0) }
        return TimestampMapping(column: column, format: format ?? Located(.iso8601, at: column.place), zone: zone)
    }
}
