import Foundation

/// What names of columns and events usually mean: the words of shop systems, in the languages of their users.
///
/// A name is cut into words, `InvoiceNo` into `invoice` and `no`. Words alone never decide: what they suggest must fit the
/// values that are there.
enum Concept: String, CaseIterable, Sendable {
    case customer, order, time, amount, unitPrice, quantity, status, currency, test, refund, consent, category, action
    case validity, email, sms, product
}

enum Lexicon {
    private static let words: [Concept: Set<String>] = [
        .customer: [
            "customer", "client", "user", "buyer", "member", "contact", "account", "shopper", "person", "profile",
            "visitor",
            "kunde", "kunden", "kundennr", "kundennummer", "kundin", "cliente", "klient", "zakaznik", "acheteur",
            "customerid", "clientid", "userid", "kd", "cust",
        ],
        .order: [
            "order", "invoice", "purchase", "transaction", "receipt", "bill", "checkout", "basket", "cart", "sale",
            "booking",
            "bestellung", "bestell", "bestellnr", "auftrag", "auftragsnr", "rechnung", "rechnungsnr", "beleg",
            "commande",
            "facture", "pedido", "factura", "venta", "ordine", "fattura", "objednavka", "faktura", "zamowienie",
            "orderid",
            "invoiceid", "invoiceno", "orderno", "ticket", "bon",
        ],
        .time: [
            "date", "time", "timestamp", "datetime", "created", "placed", "ordered", "paid", "at", "on", "when", "day",
            "datum", "zeit", "zeitpunkt", "bestelldatum", "rechnungsdatum", "fecha", "hora", "data", "heure", "cas",
            "occurred",
        ],
        .amount: [
            "total", "amount", "revenue", "value", "sum", "gross", "net", "subtotal", "spent", "price", "turnover",
            "paid",
            "betrag", "summe", "umsatz", "gesamt", "gesamtpreis", "gesamtbetrag", "preis", "brutto", "netto", "montant",
            "prix", "importe", "precio", "totale", "prezzo", "cena", "castka", "kwota", "dollar", "sales",
        ],
        .unitPrice: ["unitprice", "einzelpreis", "stueckpreis", "itemprice"],
        .quantity: [
            "quantity", "qty", "quantite", "cantidad", "menge", "anzahl", "stueck", "pieces", "units", "pocet",
            "mnozstvi",
            "ilosc", "quantita",
        ],
        .status: [
            "status", "state", "stav", "zustand", "estado", "statut", "stato", "fulfillment", "fulfilment", "phase",
            "stage",
        ],
        .currency: ["currency", "curr", "waehrung", "wahrung", "devise", "moneda", "mena", "valuta", "iso4217"],
        .test: ["test", "istest", "testorder", "dummy", "sandbox"],
        .refund: [
            "refund", "refunded", "credit", "return", "returned", "chargeback", "erstattung", "erstattungen",
            "gutschriften", "retouren", "devoluciones", "rimborsi", "gutschrift", "retoure",
            "remboursement", "devolucion", "rimborso", "dobropis",
        ],
        .consent: [
            "consent", "opt", "optin", "subscribed", "subscription", "subscriber", "accepts", "permission", "agree",
            "allowed",
            "einwilligung", "consentement", "consentimiento", "souhlas", "marketing",
        ],
        .category: ["category", "channel", "topic", "list", "purpose", "kategorie", "kanal", "kategorie"],
        .action: ["action", "decision", "event", "change", "aktion", "akce"],
        .validity: ["valid", "until", "expires", "expiry", "expiration", "gueltig"],
        .email: ["email", "mail", "newsletter", "emails", "mailing", "edm"],
        .sms: ["sms", "text", "phone", "mobile", "whatsapp"],
        .product: [
            "product", "item", "article", "sku", "stock", "artikel", "produkt", "producto", "produit", "variant",
        ],
    ]

    /// Words that tell a column apart as an identifier.
    static let identifiers: Set<String> = [
        "id", "no", "nr", "number", "num", "code", "key", "ref", "reference", "uuid", "token", "nummer", "numero",
        "cislo",
        "guid",
    ]

    /// The words of a name, in small letters without accents.
    static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var last: Character = " "
        for character in name {
            let isBreak = !(character.isLetter || character.isNumber)
            if isBreak || (character.isUppercase && (last.isLowercase || last.isNumber)) {
                if !word.isEmpty { words.append(plain(word)) }
                word = ""
            }
            if !isBreak { word.append(character) }
            last = character
        }
        if !word.isEmpty { words.append(plain(word)) }
        return words
    }

    /// Small letters, with accents and umlauts written out.
    static func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars {
            if scalar.properties.canonicalCombiningClass == .notReordered { result.unicodeScalars.append(scalar) }
        }
        return result.replacing("ß", with: "ss")
    }

    /// What a name speaks of.
    static func concepts(of name: String) -> Set<Concept> {
        let words = words(of: name)
        let forms = Set(words.flatMap { [$0, singular($0)] } + [words.joined()])
        var found: Set<Concept> = []
        for (concept, known) in Lexicon.words where !known.isDisjoint(with: forms) { found.insert(concept) }
        if words.contains("unit") || words.contains("item") || words.contains("each"),
            found.contains(.amount)
        {
            found.insert(.unitPrice)
        }
        return found
    }

    /// One of the words is in the name, also in the plural.
    static func name(_ name: String, hasAnyOf known: Set<String>) -> Bool {
        words(of: name).contains { known.contains($0) || known.contains(singular($0)) }
    }

    private static func singular(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word
    }

    /// The name ends as those of identifiers do.
    static func isIdentifier(_ name: String) -> Bool {
        let words = words(of: name)
        guard let last = words.last else { return false }
        return identifiers.contains(last) || ["id", "nr", "no"].contains { last.count > 3 && last.hasSuffix($0) }
    }
}

/// What values of a status mean.
enum StateWord {
    case success, canceled, open

    private static let successWords: Set<String> = [
        "success", "successful", "succeeded", "completed", "complete", "paid", "fulfilled", "delivered", "shipped",
        "captured",
        "settled", "closed", "done", "ok", "confirmed", "finished", "approved", "accepted", "processed", "sent",
        "invoiced",
        "billed", "active", "bezahlt", "abgeschlossen", "versendet", "geliefert", "erledigt", "bestatigt", "verschickt",
        "dokonceno", "dokoncena", "zaplaceno", "doruceno", "vyrizeno", "vyrizena", "odeslano", "completado",
        "completada",
        "pagado", "pagada", "entregado", "enviado", "paye", "payee", "termine", "terminee", "livre", "livree",
        "expedie",
        "expediee", "pagato", "completato", "consegnato", "spedito", "oplacone", "zrealizowane", "wyslane", "betaald",
        "voltooid", "afgerond", "verzonden", "geleverd",
    ]
    private static let canceledWords: Set<String> = [
        "canceled", "cancelled", "cancel", "void", "voided", "refunded", "returned", "return", "rejected", "failed",
        "failure",
        "declined", "expired", "storno", "storniert", "abgebrochen", "retourniert", "retoure", "zuruckgesendet",
        "abgelehnt",
        "erstattet", "zruseno", "zrusena", "stornovano", "vraceno", "vracena", "cancelado", "cancelada", "devuelto",
        "reembolsado", "rechazado", "annule", "annulee", "rembourse", "remboursee", "retourne", "refuse", "annullato",
        "rimborsato", "reso", "anulowane", "zwrocone", "geannuleerd", "geretourneerd", "chargeback", "charged",
        "uncaptured",
    ]
    private static let openWords: Set<String> = [
        "pending", "open", "new", "processing", "authorized", "authorised", "created", "draft", "hold", "waiting",
        "unpaid",
        "partial", "partially", "backordered", "offen", "neu", "wartend", "bearbeitung", "nova", "nove", "ceka",
        "pendiente",
        "partiel", "partielle", "partiellement", "teilweise", "teil", "parcial", "parcialmente", "parziale",
        "parzialmente",
        "castecne", "czesciowo", "gedeeltelijk", "nuevo", "attente", "nouveau", "attesa", "nuovo", "nowe", "oczekuje",
        "nieuw", "abandoned", "incomplete",
        "unfulfilled",
    ]

    /// `nicht bezahlt` and `not shipped` say the opposite of their last word, and nothing that could be counted.
    private static let negations: Set<String> = [
        "not", "no", "non", "un", "pas", "ne", "nicht", "noch", "kein", "keine", "nie", "sin", "sans", "senza", "bez",
        "niet",
        "geen", "never", "awaiting", "to", "zu", "in",
    ]

    /// What a value says; nil for other words.
    static func of(_ value: String) -> StateWord? {
        let words = Lexicon.words(of: value)
        // Of several words the less certain one decides: `partially refunded` and `payment pending` are no sales yet.
        if words.contains(where: openWords.contains) { return .open }
        if words.contains(where: negations.contains) { return .open }
        if words.contains(where: canceledWords.contains) || words.contains("back") { return .canceled }
        return words.contains(where: successWords.contains) ? .success : nil
    }
}

/// What answers to a question of yes or no are called.
enum Answer {
    private static let yesWords: Set<String> = [
        "true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "ano", "tak", "subscribed", "accepted", "accept",
        "granted",
        "opted", "optin", "active", "given", "allowed", "on", "confirmed",
    ]
    private static let noWords: Set<String> = [
        "false", "f", "no", "n", "0", "nein", "non", "ne", "nie", "unsubscribed", "rejected", "reject", "denied",
        "none",
        "never", "inactive", "off", "pending", "unconfirmed", "notsubscribed", "cleaned",
    ]

    static func isYes(_ text: String) -> Bool { yesWords.contains(Lexicon.words(of: text).joined()) }

    /// There are some, and all of them mean yes or no.
    static func areAnswers(_ texts: [String]) -> Bool {
        !texts.isEmpty && texts.allSatisfy { isYes($0) || noWords.contains(Lexicon.words(of: $0).joined()) }
    }
}
