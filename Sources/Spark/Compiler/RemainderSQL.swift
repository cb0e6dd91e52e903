import Queries

extension EvaluationSQL {
    /// The event segmentations over purchases, in the evaluation's order.
    var segmentationsOfPurchases: [EventSegmentation] {
        evaluation.eventSegmentations.filter { $0.event == evaluation.purchases.event }
    }

    /// How many purchases there are, and by event segmentation how many are in no segment.
    func remaindersSelect() throws -> String {
        try addPurchases()
        let counts = segmentationsOfPurchases.map { segmentation in
            let name = eventSegmentNames.name(segmentation.id)
            return "CAST(COUNT_IF(\(name) = 0) AS STRING) AS \(name)"
        }
        return
            "SELECT \((["CAST(COUNT(*) AS STRING) AS everything"] + counts).joined(separator: ",\n  "))\nFROM purchases"
    }
}
