/// What a reader should know before believing a forecast.
package enum ForecastFlag: Hashable, Sendable {
    /// The model gains nothing by letting customers leave.
    case noEvidenceOfLeaving
    /// Many first purchases at the very beginning: old customers look new. How many times as many as in the time after.
    case startsMidStream(Double)
    /// The known period was missed by this share, negative where too little was predicted.
    case missedKnownPeriod(Double)
    /// What was spent in the known period was missed by this share.
    case missedKnownValue(Double)
    /// The known period was outside of the range of its forecast.
    case outsideOfRange
    /// There is no period to hold the model against.
    case notValidated
    case fewRepeatBuyers(Int)
    /// Days of history.
    case lessThanAYear(Int)
    /// Customers who buy more often spend more a purchase, or less: the rank correlation.
    case spendFollowsFrequency(Double)
    /// q of the spend model.
    case fewOrdersDominate(Double)
    /// The parameters cannot be told apart, so that there are no ranges.
    case notIdentified
    /// Another model of how customers leave expects so many times as many purchases.
    case modelsDisagree(Double)
    /// There is no expected amount, so that there is no value.
    case noAmounts(SpendModel.Refusal)
    /// Days without a purchase of anybody before the day of the evaluation.
    case nothingLately(Int)
    /// Days that the forecast looks ahead, more than the history has.
    case looksFartherThanBack(Int, history: Int)

    /// In plain words.
    package var words: String {
        func percent(_ share: Double) -> String { "\(Int((abs(share) * 100).rounded())) %" }
        return switch self {
        case .noEvidenceOfLeaving:
            "In this time nothing shows customers leaving: a model that lets nobody leave does as well."
        case .startsMidStream(let times):
            times.isFinite
                ? "The history starts mid-stream: it begins with \(ForecastFlag.tenths(times)) times as many first purchases as in"
                    + " the months after, so old customers look new."
                : "The history starts mid-stream: it begins with many first purchases, the two months after have none, and later"
                    + " ones have some again, so old customers look new."
        case .missedKnownPeriod(.infinity):
            "In the last known period nothing was bought, and the model expected orders."
        case .missedKnownPeriod(let error):
            "The forecast of the last known period was \(percent(error)) too \(error > 0 ? "high" : "low")."
        case .missedKnownValue(let error):
            "The forecast of what is spent in the last known period was \(percent(error)) too"
                + " \(error > 0 ? "high" : "low"): amounts have changed, or orders."
        case .outsideOfRange:
            "What happened in the last known period lies outside of the range that the model gave it. One time in ten that is"
                + " chance; else it is a change of behaviour, which no range covers."
        case .notValidated: "The history is too short to hold the model against a known period."
        case .fewRepeatBuyers(let count):
            "Only \(count) customer\(count == 1 ? "" : "s") bought again; below 100 the model has little to learn from."
        case .lessThanAYear(let days): "The history has \(days) days: a year's seasons are unseen."
        case .spendFollowsFrequency(let correlation):
            "Customers who buy more often spend \(correlation > 0 ? "more" : "less") a purchase (rank correlation"
                + " \(ForecastFlag.hundredths(correlation))): the forecast of money may be biased."
        case .fewOrdersDominate(let q):
            "A few purchases dominate (q = \(ForecastFlag.hundredths(q))): the average amount is unreliable."
        case .noAmounts(.noRepeatSpend):
            "Nobody who bought again paid anything: what orders are worth cannot be said."
        case .noAmounts(.infiniteMean):
            "A few purchases dominate so much that amounts have no average: what orders are worth cannot be said."
        case .nothingLately(let days):
            "Nobody has bought in the last \(days) days: the data may be older than the day of the evaluation (--as-of)."
        case .looksFartherThanBack(let days, let history):
            "It looks \(days) days ahead and has seen \(history): nothing in the data says what customers do after so long a"
                + " time."
        case .notIdentified: "The data do not tell the model's parameters apart: there are no ranges."
        case .modelsDisagree(let times):
            "Pareto/NBD, another model of how customers leave, expects \(ForecastFlag.hundredths(times)) times as many purchases."
        }
    }

    /// The name in JSON.
    package var name: String {
        switch self {
        case .noEvidenceOfLeaving: "no_evidence_of_leaving"
        case .startsMidStream: "starts_mid_stream"
        case .missedKnownPeriod: "missed_known_period"
        case .missedKnownValue: "missed_known_value"
        case .outsideOfRange: "outside_of_range"
        case .notValidated: "not_validated"
        case .fewRepeatBuyers: "few_repeat_buyers"
        case .lessThanAYear: "less_than_a_year"
        case .spendFollowsFrequency: "spend_follows_frequency"
        case .fewOrdersDominate: "few_orders_dominate"
        case .notIdentified: "not_identified"
        case .modelsDisagree: "models_disagree"
        case .noAmounts: "no_amounts"
        case .nothingLately: "nothing_lately"
        case .looksFartherThanBack: "looks_farther_than_back"
        }
    }

    private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private static func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}

/// Whether a forecast can be used.
package enum ForecastVerdict: Hashable, Sendable {
    case usable
    /// There are numbers, and they are too high where customers do leave.
    case upperEstimate
    /// There are no numbers, and why.
    case refused(ForecastRefusal)

    package static let upperEstimateWords =
        "Take this as an upper estimate: nothing in these data shows customers leaving."
}

/// Why there is no forecast.
package enum ForecastRefusal: String, Hashable, Sendable {
    case noCustomers = "no_customers"
    /// Everybody bought on the day of the evaluation.
    case noTime = "no_time"
    case noRepeatBuyers = "no_repeat_buyers"
    case tooFewRepeatBuyers = "too_few_repeat_buyers"
    /// There is no time to learn from and to check by.
    case tooShort = "too_short"
    /// The last known period was missed, and the flags say why it would be again.
    case notTrustworthy = "not_trustworthy"
    /// All customers are so alike that nothing says how they differ.
    case alike
    /// Old customers look new, and nobody seems to leave: the one hides the other.
    case startsMidStream = "starts_mid_stream"

    package var words: String {
        switch self {
        case .noCustomers: "There is no forecast: nobody has bought."
        case .noTime: "There is no forecast: everybody bought for the first time on the day of the evaluation."
        case .noRepeatBuyers:
            "There is no forecast: nobody has bought again, so nothing says how often customers come back."
        case .tooFewRepeatBuyers:
            "There is no forecast: fewer than \(ForecastRefusal.leastRepeatBuyers) customers have bought again."
        case .tooShort: "There is no forecast: the history is shorter than \(ForecastRefusal.leastDays / 7) weeks."
        case .alike:
            "There is no forecast: the customers are so alike that the data do not say how they differ, and a model of that has"
                + " nothing to stand on."
        case .startsMidStream:
            "There is no forecast: the history starts mid-stream, so old customers look new, and nothing in it shows customers"
                + " leaving. A model would take the loyalty of old customers for that of all."
        case .notTrustworthy:
            "There is no forecast: the model missed the last known period, and this data gives reasons to expect that it would"
                + " miss the next one, too."
        }
    }

    static let leastRepeatBuyers = 20
    /// As long as it takes to see whether the history starts mid-stream.
    static let leastDays = 126
}
