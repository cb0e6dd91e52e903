import Foundation

/// Expected customer lifetime value of a customer base.
///
///     CustomerBase -> NBD, BG/NBD, MBG/NBD (fits) -> the chosen one, held against a known period
///                  -> SpendModel -> Expectations (customers, segments) and Intervals -> flags and a verdict
package struct Forecast: Sendable {
    package let base: CustomerBase
    package let horizon: Horizon
    package let verdict: ForecastVerdict
    package let flags: [ForecastFlag]
    /// Nil where nothing could be fitted.
    package let models: Models?
    package let spend: SpendModel
    package let holdout: Holdout?
    package let tracking: Tracking?

    /// What was fitted.
    package struct Models: Sendable {
        package let baseline: Fit<NegativeBinomial>
        package let candidates: [Fit<BetaGeometric>]
        package let chosen: Fit<BetaGeometric>
        /// Nil where it was not asked for, or there are too many histories.
        package let pareto: Fit<ParetoNegativeBinomial>?
    }

    /// Histories up to which Pareto/NBD is fitted as a cross-check.
    package static let mostParetoHistories = 20_000

    /// - Parameter crossCheck: fit Pareto/NBD beside the others.
    package init(_ base: CustomerBase, within horizon: Horizon, crossCheck: Bool = true) {
        self.base = base
        self.horizon = horizon
        spend = SpendModel(base.spends)
        if let refusal = Forecast.refusal(base) {
            verdict = .refused(refusal)
            (flags, models, holdout, tracking) = (Forecast.flagsOfData(base, spend), nil, nil, nil)
            return
        }
        let held = Forecast.held(base)
        guard let models = Models(base.groups, preferred: held?.variant, crossCheck: crossCheck) else {
            verdict = .refused(.noRepeatBuyers)
            (flags, self.models, holdout, tracking) = (Forecast.flagsOfData(base, spend), nil, nil, nil)
            return
        }
        self.models = models
        holdout = held?.holdouts[models.chosen.model.variant]
        if let calibrated = held?.fits[models.chosen.model.variant] {
            tracking = Tracking(
                calibrated.model, firsts: base.firsts, repeats: base.repeats, days: base.days + 1)
        } else {
            tracking = nil
        }
        let flags =
            Forecast.flagsOfData(base, spend) + Forecast.flags(models, holdout)
            + Forecast.disagreement(models, base, horizon)
        let reach = Int((horizon.weeks * daysPerWeek).rounded())
        self.flags = flags + (reach > base.days ? [.looksFartherThanBack(reach, history: base.days)] : [])
        verdict = Forecast.verdict(flags, models, isValidated: holdout != nil)
    }

    /// Expectations by history; nil where the forecast was refused.
    package var expectations: Expectations? {
        if case .refused = verdict { return nil }
        return models.map { Expectations($0.chosen.model, spend, within: horizon) }
    }

    /// Ranges of sums; nil where there are none.
    package var intervals: Intervals? {
        if case .refused = verdict { return nil }
        return models.flatMap { Intervals($0.chosen, spend, within: horizon) }
    }

    private static func refusal(_ base: CustomerBase) -> ForecastRefusal? {
        if base.groups.customers == 0 { return .noCustomers }
        if base.groups.oldest == 0 { return .noTime }
        if base.groups.repeaters == 0 { return .noRepeatBuyers }
        if base.groups.repeaters < ForecastRefusal.leastRepeatBuyers { return .tooFewRepeatBuyers }
        return base.days < ForecastRefusal.leastDays ? .tooShort : nil
    }

    /// Both candidates fitted to the calibration and held against the known period.
    private static func held(
        _ base: CustomerBase
    ) -> (
        fits: [BetaGeometric.Variant: Fit<BetaGeometric>], holdouts: [BetaGeometric.Variant: Holdout],
        variant: BetaGeometric.Variant?
    )? {
        guard let known = base.known, known.groups.repeaters > 0, known.groups.oldest > 0,
            let baseline = known.groups.fitNegativeBinomial()
        else { return nil }
        let spend = SpendModel(known.spends)
        var fits: [BetaGeometric.Variant: Fit<BetaGeometric>] = [:]
        var holdouts: [BetaGeometric.Variant: Holdout] = [:]
        for variant in BetaGeometric.Variant.allCases {
            guard let fit = known.groups.fit(variant) else { continue }
            fits[variant] = fit
            holdouts[variant] = Holdout(
                known.cells, fit, baseline, spend, weeks: Double(known.days) / daysPerWeek)
        }
        let errors = holdouts.compactMapValues { $0.outcomes[.model]?.error.map(abs) }
        let best = BetaGeometric.Variant.allCases.filter { errors[$0] != nil }.min {
            (errors[$0] ?? .infinity) < (errors[$1] ?? .infinity)
        }
        return (fits, holdouts, best)
    }

    // MARK: - Flags

    /// Days without any purchase at the end above which the data may be old.
    private static let mostQuietDays = 30

    private static func flagsOfData(_ base: CustomerBase, _ spend: SpendModel) -> [ForecastFlag] {
        var flags: [ForecastFlag] = []
        if let times = base.spikeAtStart { flags.append(.startsMidStream(times)) }
        if base.days < 365 { flags.append(.lessThanAYear(base.days)) }
        if base.groups.repeaters < 100 { flags.append(.fewRepeatBuyers(base.groups.repeaters)) }
        if let correlation = base.rankCorrelation, abs(correlation) > 0.3 {
            flags.append(.spendFollowsFrequency(correlation))
        }
        if let q = base.spends.customers > 0 ? spend.model?.q : nil, q < 2 { flags.append(.fewOrdersDominate(q)) }
        if case .refused(let refusal) = spend { flags.append(.noAmounts(refusal)) }
        if let quiet = base.quietDays, quiet > Forecast.mostQuietDays { flags.append(.nothingLately(quiet)) }
        return flags
    }

    private static func flags(_ models: Models, _ holdout: Holdout?) -> [ForecastFlag] {
        var flags: [ForecastFlag] = []
        if models.chosen.logLikelihood - models.baseline.logLikelihood < 2 { flags.append(.noEvidenceOfLeaving) }
        if !models.chosen.isIdentified { flags.append(.notIdentified) }
        guard let holdout else { return flags + [.notValidated] }
        if let error = holdout.missedOrders { flags.append(.missedKnownPeriod(error)) }
        if let error = holdout.missedSpend { flags.append(.missedKnownValue(error)) }
        if let interval = holdout.interval, !interval.contains(Double(holdout.actual)) { flags.append(.outsideOfRange) }
        return flags
    }

    /// Pareto/NBD tells another story of the same purchases; where it ends elsewhere, the data do not say which is right.
    private static func disagreement(
        _ models: Models, _ base: CustomerBase, _ horizon: Horizon
    ) -> [ForecastFlag] {
        guard let pareto = models.pareto, pareto.isIdentified else { return [] }
        var expectations = Expectations(models.chosen.model, .refused(.noRepeatSpend), within: horizon)
        var (own, other) = (0.0, 0.0)
        for cell in base.cells {
            own += expectations.value(of: cell).orders
            other +=
                Double(cell.customers)
                * pareto.model.expectedPurchases(
                    frequency: cell.history.frequency, recency: Double(cell.history.recency) / daysPerWeek,
                    age: Double(cell.history.age) / daysPerWeek, within: horizon.weeks)
        }
        guard own > 0, other.isFinite, abs(other / own - 1) > 0.2 else { return [] }
        return [.modelsDisagree(other / own)]
    }

    private static func verdict(
        _ flags: [ForecastFlag], _ models: Models, isValidated: Bool
    ) -> ForecastVerdict {
        let isStructural = flags.contains { flag in
            switch flag {
            case .startsMidStream, .lessThanAYear, .noEvidenceOfLeaving, .notIdentified, .nothingLately: true
            default: false
            }
        }
        let hasMissed = flags.contains { flag in
            switch flag {
            case .missedKnownPeriod, .missedKnownValue: true
            default: false
            }
        }
        let startsMidStream = flags.contains { if case .startsMidStream = $0 { true } else { false } }
        if startsMidStream, flags.contains(.noEvidenceOfLeaving) { return .refused(.startsMidStream) }
        // A model at the end of what parameters can be has only a known period to speak for it.
        let isAlike = models.chosen.isAtBound && !flags.contains(.noEvidenceOfLeaving)
        if isAlike, hasMissed || !isValidated { return .refused(.alike) }
        if hasMissed && isStructural { return .refused(.notTrustworthy) }
        return flags.contains(.noEvidenceOfLeaving) ? .upperEstimate : .usable
    }
}

extension Forecast.Models {
    /// - Parameter preferred: the variant that did better in a known period.
    /// - Returns: nil where nothing can be fitted.
    init?(_ groups: BuyerGroups, preferred: BetaGeometric.Variant?, crossCheck: Bool) {
        let candidates = BetaGeometric.Variant.allCases.compactMap { groups.fit($0) }
        guard let baseline = groups.fitNegativeBinomial(),
            let best = candidates.max(by: { $0.logLikelihood < $1.logLikelihood })
        else { return nil }
        // Likelihoods within 2 of each other say nothing; what was seen to predict better does.
        let near = candidates.filter {
            best.logLikelihood - $0.logLikelihood < 2 && $0.isIdentified == best.isIdentified
        }
        self.baseline = baseline
        self.candidates = candidates
        chosen = near.first { $0.model.variant == preferred } ?? best
        pareto =
            crossCheck && groups.groups.count <= Forecast.mostParetoHistories ? groups.fitPareto() : nil
    }
}

extension CustomerBase {
    /// Days since the last purchase of all; nil where there is none.
    package var quietDays: Int? {
        [firsts.keys.max(), repeats.keys.max()].compactMap(\.self).max().map { days - $0 }
    }

    /// How many times as many first purchases the first 30 days have as the 60 days after have in 30; nil where that is no
    /// spike.
    package var spikeAtStart: Double? {
        guard days >= 120 else { return nil }
        func count(_ range: Range<Int>) -> Int { range.reduce(0) { $0 + (firsts[$1] ?? 0) } }
        let (start, after) = (count(0..<30), count(30..<90))
        guard start >= 30 else { return nil }
        if after == 0 {
            // Customers of one campaign are no stream; where others come later, it is one that begins in the middle.
            let later = firsts.reduce(0) { $0 + ($1.key >= 90 ? $1.value : 0) }
            return later * 10 >= start ? .infinity : nil
        }
        let times = Double(start) / (Double(after) / 2)
        return times > 1.6 ? times : nil
    }
}
