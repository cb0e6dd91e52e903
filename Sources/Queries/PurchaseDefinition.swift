/// What counts as a purchase, and how its parts are found in the events.
///
/// The purchase key, and which refund or charge names which purchase, are resolved when events are imported
/// (see `EventStores`); the definition says how the resolved states are read.
package struct PurchaseDefinition: Codable, Hashable, Sendable {
    /// The event type, `purchase`.
    package var event: String
    /// The number attribute that holds the amount.
    package var amount: String
    /// The text attribute that holds the ISO 4217 code; nil where every amount is in the default currency.
    package var currency: String?
    /// States that count: segments of an event segmentation over `event`.
    package var success: SegmentSelection
    /// States that are a cancelled purchase.
    package var canceled: SegmentSelection
    /// Test orders: removed before any first-order logic.
    package var exclude: Predicate?
    package var zeroAmount: ZeroAmount
    /// Refunds that are events of their own type. Negative rows that name a purchase key are refunds without this.
    package var refunds: RefundDefinition?
    package var charges: ChargeDefinition?

    package init(
        event: String, amount: String, currency: String? = nil, success: SegmentSelection, canceled: SegmentSelection,
        exclude: Predicate? = nil, zeroAmount: ZeroAmount = .count, refunds: RefundDefinition? = nil,
        charges: ChargeDefinition? = nil
    ) {
        self.event = event
        self.amount = amount
        self.currency = currency
        self.success = success
        self.canceled = canceled
        self.exclude = exclude
        self.zeroAmount = zeroAmount
        self.refunds = refunds
        self.charges = charges
    }
}

package enum ZeroAmount: String, Codable, CaseIterable, Sendable {
    /// A successful purchase of amount 0 is a purchase.
    case count
    /// It is none.
    case ignore
}

/// Some segments of an event segmentation, by name.
package struct SegmentSelection: Codable, Hashable, Sendable {
    /// Id of an `EventSegmentation` of the evaluation.
    package var segmentation: String
    package var segments: [String]

    package init(segmentation: String, segments: [String]) {
        self.segmentation = segmentation
        self.segments = segments
    }
}

/// Events that give money back. Which purchase each belongs to was resolved at import.
package struct RefundDefinition: Codable, Hashable, Sendable {
    package var event: String
    /// The number attribute; 30 and -30 both mean that 30 were given back.
    package var amount: String
    /// Missing values, or no attribute at all, mean the currency of the purchase.
    package var currency: String?

    package init(event: String, amount: String, currency: String? = nil) {
        self.event = event
        self.amount = amount
        self.currency = currency
    }
}

package enum ChargeKind: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
    case firstCharge = "first_charge"
    case upsell, rebill
}

/// How purchases divide into first charges, upsells and rebills, and which first charge the others belong to.
package struct ChargeDefinition: Codable, Hashable, Sendable {
    /// For each kind the segments of an event segmentation that mean it. A purchase in none is no charge.
    package var kinds: [ChargeKind: SegmentSelection]
    /// Text attributes that a charge shares with its first charge (`subscription_id`), tried in order after the
    /// parent purchase that was resolved at import; failing all, the customer's latest first charge before it.
    package var links: [String]

    package init(kinds: [ChargeKind: SegmentSelection], links: [String] = []) {
        self.kinds = kinds
        self.links = links
    }
}

/// A consent category and where its state comes from.
package struct ConsentDefinition: Codable, Hashable, Sendable {
    /// The category's id, `newsletter`.
    package var category: String
    package var source: Source

    package enum Source: Codable, Hashable, Sendable {
        /// Consent events with these attributes.
        case events(ConsentEvents)
        /// A customer property; these values of it mean consent.
        case property(name: String, valid: [String])
        /// The project has no such consent: nobody gave it.
        case absent
    }

    package init(category: String, source: Source) {
        self.category = category
        self.source = source
    }
}

/// The attribute names of consent events.
package struct ConsentEvents: Codable, Hashable, Sendable {
    package var event: String
    package var category: String
    /// `accept` or `reject`; anything else revokes, with a warning.
    package var action: String
    /// `unlimited` or an instant (ISO 8601 text or Unix seconds); missing on accept revokes, with a warning.
    package var validUntil: String

    package init(
        event: String = "consent", category: String = "category", action: String = "action",
        validUntil: String = "valid_until"
    ) {
        self.event = event
        self.category = category
        self.action = action
        self.validUntil = validUntil
    }
}
