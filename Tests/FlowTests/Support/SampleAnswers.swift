/// `expected.json` of the sample project. Amounts are texts with all their digits.
struct SampleAnswers: Decodable {
    let asOf: String
    let facts: Facts
    let history: Window
    let year2025: Window
    let gaps: Gaps
    let email: Consent
    let sms: Consent
    let purchasesPerBuyer: [String: Int]
    let rfm: RFM
    let charges: Charges
    let months: [String: Month]
    let cohorts: [String: Cohort]

    private enum CodingKeys: String, CodingKey {
        case facts, history, gaps, email, sms, rfm, months, cohorts
        case asOf = "as_of"
        case year2025 = "year_2025"
        case purchasesPerBuyer = "purchases_per_buyer"
        case charges = "charges_of_2025"
    }

    struct Facts: Decodable {
        let testOrderRows: Int
        let repeatedOrderRows: Int

        private enum CodingKeys: String, CodingKey {
            case testOrderRows = "test_order_rows"
            case repeatedOrderRows = "repeated_order_rows"
        }
    }

    struct Window: Decodable {
        let purchases: Int
        let canceledPurchases: Int
        let buyers: Int
        let newBuyers: Int
        let repeatBuyers: Int
        let repurchaseRate: [Int]
        let grossRevenue: String
        let refunds: String
        let revenue: String
        let revenueInPounds: String
        let lifetimeRevenue: String
        let revenueByCurrency: [String: String]

        private enum CodingKeys: String, CodingKey {
            case purchases, buyers, refunds, revenue
            case canceledPurchases = "canceled_purchases"
            case newBuyers = "new_buyers"
            case repeatBuyers = "repeat_buyers"
            case repurchaseRate = "repurchase_rate"
            case grossRevenue = "gross_revenue"
            case revenueInPounds = "revenue_in_pounds"
            case lifetimeRevenue = "lifetime_revenue"
            case revenueByCurrency = "net_revenue_in_own_currency"
        }
    }

    struct Gaps: Decodable {
        let count: Int
        let sumMicroseconds: Int
        let medianDays: Double

        private enum CodingKeys: String, CodingKey {
            case count
            case sumMicroseconds = "sum_microseconds"
            case medianDays = "median_days"
        }
    }

    struct Consent: Decodable {
        let subscribers: Group
        let nonSubscribers: Group

        private enum CodingKeys: String, CodingKey {
            case subscribers
            case nonSubscribers = "non_subscribers"
        }
    }

    struct Group: Decodable {
        let buyers: Int
        let purchases: Int
        let revenue: String

        var figures: Figures {
            ["buyers": Figure(buyers), "purchases": Figure(purchases), "revenue": Figure(exactly: revenue)]
        }
    }

    /// Rows of buyers by score and by segment.
    struct RFM: Decodable {
        let recency: [String: Row]
        let frequency: [String: Row]
        let monetary: [String: Row]
        let recencyFrequency: [String: Row]
        let segments: [String: Row]

        private enum CodingKeys: String, CodingKey {
            case recency, frequency, monetary, segments
            case recencyFrequency = "recency_frequency"
        }

        struct Row: Decodable {
            let buyers: Int
            let purchases: Int
            let revenue: String
            let emailBuyers: Int

            private enum CodingKeys: String, CodingKey {
                case buyers, purchases, revenue
                case emailBuyers = "email_buyers"
            }
        }
    }

    struct Charges: Decodable {
        let period: Kinds
        let anchored: Kinds
    }

    struct Kinds: Decodable {
        let firstCharge: Sums
        let upsell: Sums
        let rebill: Sums

        private enum CodingKeys: String, CodingKey {
            case upsell, rebill
            case firstCharge = "first_charge"
        }
    }

    struct Sums: Decodable {
        let quantity: Int
        let gross: String
        let net: String
    }

    struct Month: Decodable {
        let purchases: Int
        let buyers: Int
        let newBuyers: Int
        let buyersOfTheMonthBefore: Int
        let retainedBuyers: Int
        let revenue: String

        private enum CodingKeys: String, CodingKey {
            case purchases, buyers, revenue
            case newBuyers = "new_buyers"
            case buyersOfTheMonthBefore = "buyers_of_the_month_before"
            case retainedBuyers = "retained_buyers"
        }
    }

    struct Cohort: Decodable {
        let size: Int
        let activeByAge: [Int]
        let revenueByAge: [String]

        private enum CodingKeys: String, CodingKey {
            case size
            case activeByAge = "active_by_age"
            case revenueByAge = "revenue_by_age"
        }
    }
}
