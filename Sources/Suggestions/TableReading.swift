import Definitions
import Imports
import Quantities

/// What a surveyed file seems to be: whose rows, when, which purchase, how much.
struct TableReading {
    let survey: FileSurvey
    /// Where the rows are not all of the file's.
    let selection: EventSelection?
    let columns: [ColumnReading]
    let customer: ColumnReading?
    let time: ColumnReading?
    let key: ColumnReading?
    let status: ColumnReading?
    let currency: ColumnReading?
    let amount: Amount?
    /// Other columns that hold amounts of the whole: which of them is meant is a question for a person.
    let otherAmounts: [ColumnReading]

    enum Amount {
        case column(ColumnReading)
        /// Of lines of an order.
        case product(quantity: ColumnReading, price: ColumnReading)

        var columns: [ColumnReading] {
            switch self {
            case .column(let column): [column]
            case .product(let quantity, let price): [quantity, price]
            }
        }
    }

    init(_ survey: FileSurvey, selection: EventSelection? = nil) {
        self.survey = survey
        self.selection = selection
        let columns = survey.columns.filter { !$0.name.isEmpty }.map { ColumnReading($0, rows: survey.rows) }
        self.columns = columns
        func best(_ score: (ColumnReading) -> Int?) -> ColumnReading? {
            let scored = columns.compactMap { column in score(column).map { (column, $0) } }
            return scored.enumerated().max { ($0.element.1, -$0.offset) < ($1.element.1, -$1.offset) }?.element.0
        }
        let customer = best { TableReading.customerScore($0) }
        self.customer = customer
        let time = best { TableReading.timeScore($0, besides: customer) }
        self.time = time
        let key = best { column -> Int? in
            guard column.name != customer?.name, column.name != time?.name, column.coverage > 0.9 else { return nil }
            let words = Lexicon.words(of: column.name)
            guard column.concepts.contains(.order), !column.concepts.contains(.product),
                !column.concepts.contains(.status),
                !words.contains(where: { ["line", "count", "anzahl"].contains($0) }), column.distinct * 50 > survey.rows
            else { return nil }
            return (Lexicon.isIdentifier(column.name) ? 3 : 1)
                + (column.isNumber && column.concepts.contains(.amount) ? -3 : 0)
        }
        let id = columns.first {
            Lexicon.words(of: $0.name) == ["id"] && $0.name != customer?.name && $0.distinct == survey.rows
                && time != nil
        }
        // In a file of orders `id` is what other files refer to.
        let named = TableReading.fileConcepts(survey).contains(.order) ? id ?? key : key ?? (customer == nil ? nil : id)
        // Else whatever is called an identifier and tells rows apart.
        self.key =
            named
            ?? columns.first { column in
                customer != nil && Lexicon.isIdentifier(column.name) && column.name != customer?.name && time != nil
                    && column.timestamp == nil
                    && column.concepts.isDisjoint(with: [.customer, .product, .category])
                    && column.distinct * 10 >= survey.rows * 9
            }
        status = best { column -> Int? in
            guard column.isCategory else { return nil }
            let known = zip(column.survey.texts, column.survey.counts).reduce(0) { sum, entry in
                sum + (StateWord.of(String(decoding: entry.0, as: UTF8.self)) == nil ? 0 : entry.1)
            }
            var score = column.concepts.contains(.status) ? 2 : 0
            if known * 10 >= column.present * 8 { score += 2 }
            let words = Lexicon.words(of: column.name)
            if words.contains(where: { ["financial", "payment", "order", "purchase"].contains($0) }) { score += 1 }
            return score >= 2 ? score : nil
        }
        currency = best { column -> Int? in
            column.isCurrency && column.concepts.contains(.currency) ? 1 : nil
        }
        (amount, otherAmounts) = TableReading.amount(
            columns, besides: [customer?.name, time?.name, self.key?.name].compactMap { $0 })
    }

    /// What an amount that is only a part of what was paid is called.
    private static let partsOfAmounts: Set<String> = [
        "tax", "vat", "discount", "shipping", "fee", "tip", "cost", "margin", "mwst", "steuer", "refunded", "rabatt",
        "versand",
        "weight", "gewicht", "points",
    ]

    /// What is somebody's own, and no property to divide customers by.
    static let personal: Set<String> = [
        "name", "surname", "first", "last", "address", "adresse", "street", "email", "mail", "phone", "tel", "mobile",
        "ip",
        "zip", "postcode", "postal", "plz", "latitude", "longitude", "note", "token", "hash", "browser", "birthday",
        "dob",
    ]

    private static func customerScore(_ column: ColumnReading) -> Int? {
        let words = Lexicon.words(of: column.name)
        guard column.concepts.contains(.customer), column.timestamp == nil, column.present > 0,
            !words.contains(where: {
                ["name", "surname", "type", "group", "segment", "status", "note", "agent"].contains($0)
            })
        else { return nil }
        var score = 2 + (Lexicon.isIdentifier(column.name) ? 3 : 0)
        if column.concepts.contains(.email) { score -= 1 }
        return column.isYesOrNo ? nil : score
    }

    /// Instants of what came before or after the purchase.
    private static let otherTimes: Set<String> = [
        "updated", "modified", "changed", "birth", "birthday", "dob", "first", "last", "shipped", "delivered", "closed",
        "canceled", "cancelled", "refunded", "due", "expires",
    ]

    private static func timeScore(_ column: ColumnReading, besides customer: ColumnReading?) -> Int? {
        guard let format = column.timestamp, column.name != customer?.name else { return nil }
        let isNamed = column.concepts.contains(.time)
        // Digits of an identifier can look like seconds.
        if !isNamed, Lexicon.isIdentifier(column.name) { return nil }
        let words = Lexicon.words(of: column.name)
        var score = isNamed ? 3 : 0
        if words.contains(where: otherTimes.contains) { score -= 4 }
        if words.contains(where: { ["created", "placed", "ordered", "processed"].contains($0) }) { score += 1 }
        if column.concepts.contains(.order) { score += 1 }
        if column.hasTimeOfDay(format) { score += 1 }
        return score > 0 ? score : nil
    }

    private static func amount(_ columns: [ColumnReading], besides: [String]) -> (Amount?, others: [ColumnReading]) {
        let numbers = columns.filter { $0.isNumber && !besides.contains($0.name) && !Lexicon.isIdentifier($0.name) }
        func score(_ column: ColumnReading) -> Int? {
            guard column.concepts.contains(.amount), !column.concepts.contains(.unitPrice),
                !column.concepts.contains(.quantity)
            else { return nil }
            let words = Lexicon.words(of: column.name)
            if Lexicon.name(column.name, hasAnyOf: partsOfAmounts) { return nil }
            return (words.contains("total") || words.contains("gesamt") ? 2 : 0)
                - (words.contains("sub") || words.contains("subtotal") ? 1 : 0)
                - (words.contains("price") ? 1 : 0) + 3
        }
        let quantity = numbers.first { $0.concepts.contains(.quantity) }
        let price =
            numbers.first { $0.concepts.contains(.unitPrice) }
            ?? numbers.first { column in
                let words = Lexicon.words(of: column.name)
                return ["price", "preis", "prix", "precio", "prezzo", "cena"].contains { words == [$0] }
            }
        let totals = numbers.compactMap { column in score(column).map { (column, $0) } }
            .filter { $0.0.name != price?.name || quantity == nil }
        if let total = totals.max(by: { $0.1 < $1.1 })?.0 {
            return (.column(total), totals.map(\.0).filter { $0.name != total.name })
        }
        if let quantity, let price { return (.product(quantity: quantity, price: price), []) }
        return (price.map { .column($0) }, [])
    }

    private static func fileConcepts(_ survey: FileSurvey) -> Set<Concept> {
        let file = survey.path.split(separator: "/").last.map(String.init) ?? survey.path
        return Lexicon.concepts(of: file.split(separator: ".").first.map(String.init) ?? file)
    }

    /// How much speaks for its rows being purchases, of several files whose rows could be.
    var purchaseScore: Int {
        let concepts = TableReading.fileConcepts(survey)
        var score = concepts.contains(.order) ? 2 : 0
        if concepts.contains(.customer) { score -= 3 }
        if customer != nil, key != nil { score += 3 }
        if status != nil { score += 1 }
        if currency != nil { score += 1 }
        // Lines and orders of the same purchases: the orders have what is asked for once.
        return linesOfKey ? score - 1 : score
    }

    /// Its rows are events: somebody's, at some time, of some amount.
    var isOfPurchases: Bool { time != nil && amount != nil && (customer != nil || key != nil) && !speaksOfRefunds }

    private var speaksOfRefunds: Bool { TableReading.fileConcepts(survey).contains(.refund) }

    /// Its rows give money back on orders that they name.
    var isOfRefunds: Bool { speaksOfRefunds && time != nil && amount != nil && orderReference != nil }

    /// The column that names an order, and is not the row's own.
    var orderReference: ColumnReading? {
        let named = columns.filter { column in
            column.concepts.contains(.order) && column.name != customer?.name && column.name != time?.name
                && !column.concepts.contains(.status) && column.timestamp == nil && !isAmount(column)
        }
        return named.first { Lexicon.isIdentifier($0.name) } ?? named.first
    }

    private func isAmount(_ column: ColumnReading) -> Bool {
        amount?.columns.contains { $0.name == column.name } ?? false
    }

    /// What it is not recognised to have, in words; for files that nothing is proposed for.
    var found: String {
        func name(_ column: ColumnReading?) -> String { column?.name ?? "none" }
        let amount = amount.map { $0.columns.map(\.name).joined(separator: " * ") } ?? "none"
        return "customer: \(name(customer)); time: \(name(time)); order: \(name(key)); amount: \(amount)"
    }

    /// Each row is a customer of its own.
    var isOfCustomers: Bool {
        guard let customer = customerOfRows else { return false }
        return customer.coverage > 0.99 && customer.distinct * 100 >= customer.present * 99 && !isOfPurchases
    }

    /// The customer's id, also where the column is only called `id`.
    var customerOfRows: ColumnReading? {
        customer ?? columns.first { Lexicon.words(of: $0.name) == ["id"] && $0.distinct == survey.rows }
    }

    /// Rows of one key are lines of one order: of one customer, at one time.
    var linesOfKey: Bool {
        guard let key, let time, key.distinct < key.present else { return false }
        let (varyingTime, groups) = time.variation(within: key)
        let varyingCustomer = customer.map { $0.variation(within: key).varying } ?? 0
        return groups > 0 && varyingTime * 10 <= groups && varyingCustomer * 50 <= groups
    }

    /// A letter before the keys of rows that take money back, and of hardly any other.
    var cancellationPrefix: String? {
        guard let key, let amount else { return nil }
        let sign = amount.columns.max { $0.negative < $1.negative }
        guard let sign, sign.negative > 0 else { return nil }
        let isNegative = sign.survey.texts.map { $0.first == UInt8(ascii: "-") }
        var byLetter: [UInt8: (negative: Int, all: Int)] = [:]
        var negatives = 0
        for (keyCode, code) in zip(key.survey.codes, sign.survey.codes) where keyCode > 0 && code > 0 {
            let below = isNegative[Int(code) - 1]
            if below { negatives += 1 }
            guard let first = key.survey.texts[Int(keyCode) - 1].first, (65...90).contains(first & 0xDF) else {
                continue
            }
            byLetter[first, default: (0, 0)].all += 1
            if below { byLetter[first, default: (0, 0)].negative += 1 }
        }
        let found = byLetter.filter {
            $0.value.negative * 100 >= $0.value.all * 99 && $0.value.negative * 2 >= negatives
        }
        return found.count == 1 ? found.keys.first.map { String(UnicodeScalar($0)) } : nil
    }
}
