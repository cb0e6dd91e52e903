import Definitions
import Diagnostics
import Quantities
import Queries

/// Where a forecast's time begins and ends, and how much of it is held out.
struct ForecastTiming {
    /// The local day of `as_of`: the last one of the histories.
    let day: CivilDate
    /// The local day of the first event of the kind that purchases are. That of the first purchase is known from the
    /// histories only, and mostly the same: asking with it first saves asking again. Days since 1970-01-01.
    let expectedStart: Int?

    init(_ evaluation: Evaluation, _ profile: DataProfile) {
        guard let zone = Zone(identifier: evaluation.semantics.timezone) else {
            preconditionFailure("a timezone that was not checked: \(evaluation.semantics.timezone)")
        }
        day = zone.date(at: evaluation.semantics.asOf)
        expectedStart = profile.events.first { $0.name == evaluation.purchases.event }?.first.map {
            zone.dayNumber(at: $0)
        }
    }

    /// The last day before what is held out, days since 1970-01-01; nil where the history is too short to hold any out.
    ///
    /// - Parameter start: the day of the first purchase; nil where there is none.
    func calibration(of question: ForecastQuestion, start: Int?) -> Int? {
        guard let start, let known = heldOut(question, days: day.dayNumber - start) else { return nil }
        return day.dayNumber - known
    }

    /// The questions about buyers that answer all of some forecasts.
    func questions(_ forecasts: [ForecastQuestion]) -> [BuyerQuestion] {
        let segmentations = Set(forecasts.flatMap(\.segmentations)).sorted()
        var asked: [BuyerQuestion] = []
        for forecast in forecasts {
            let calibration = calibration(of: forecast, start: expectedStart)
            guard !asked.contains(where: { $0.calibration == calibration }) else { continue }
            asked.append(BuyerQuestion(calibration: calibration, segmentations: segmentations))
        }
        return asked
    }

    /// How far a forecast looks at most: about ten years.
    static let mostDays = 3_653

    /// - Parameter days: of the history.
    /// - Throws: a `Diagnostic` where a period says nothing, or leaves nothing to learn from.
    func check(_ holdout: Span, days: Int) throws {
        let held = holdout.days(before: day)
        if held < ForecastTiming.leastHeldOut {
            throw Diagnostic(
                .invalidOption, "\(holdout) cannot be told from chance",
                hints: ["a --holdout of at least \(ForecastTiming.leastHeldOut) days"])
        }
        if days - held < ForecastTiming.leastLeft {
            throw Diagnostic(
                .invalidOption,
                "the history has \(days) days, and \(holdout) cannot be held out of it: \(ForecastTiming.leastLeft) days have to"
                    + " be left to learn from",
                hints: ["a shorter --holdout, or none"])
        }
    }

    private static let leastHeldOut = 7
    private static let leastLeft = 84

    /// The least that is held out: a month and a half.
    private static let leastDays = 42

    private func heldOut(_ question: ForecastQuestion, days: Int) -> Int? {
        if let chosen = question.holdout {
            let length = chosen.days(before: day)
            return length < days ? length : nil
        }
        // However near the horizon: what is held out has to say something.
        let length = min(max(question.horizon.days(before: day), ForecastTiming.leastDays), days / 2)
        return length >= ForecastTiming.leastDays ? length : nil
    }
}

extension ForecastQuestion {
    /// The segmentations that it is split by.
    var segmentations: [String] {
        if case .segmentation(let id)? = split { [id] } else { [] }
    }
}

extension BuyerQuestion {
    /// What answers this answers the other too.
    func covers(_ other: BuyerQuestion) -> Bool {
        calibration == other.calibration && (isByCustomer || !other.isByCustomer)
            && other.segmentations.allSatisfy(segmentations.contains)
    }
}
