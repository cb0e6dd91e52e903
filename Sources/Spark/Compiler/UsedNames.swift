import Queries

/// Which attributes of purchases and which properties an evaluation reads, so that tables give no more.
struct UsedNames {
    let evaluation: Evaluation
    let purchases: SparkTables.EventRelation

    init(_ evaluation: Evaluation, _ purchases: SparkTables.EventRelation) {
        self.evaluation = evaluation
        self.purchases = purchases
    }

    /// - Throws: `QueryError` for segmentations that refer to themselves, or whose kind does not fit.
    func collect(into attributes: inout [String], _ properties: inout [String]) throws {
        var found = Set<String>()
        var foundProperties = Set<String>()
        let definition = evaluation.purchases
        found.insert(definition.amount)
        if let currency = definition.currency { found.insert(currency) }
        for link in definition.charges?.links ?? [] { found.insert(link) }
        func visit(_ predicate: Predicate) {
            for test in predicate.tests {
                switch test.subject {
                case .attribute(let name): found.insert(name)
                case .property(let name): foundProperties.insert(name)
                default: break
                }
            }
        }
        for segmentation in evaluation.eventSegmentations where segmentation.event == definition.event {
            for segment in segmentation.segments { visit(segment.when) }
        }
        for segmentation in evaluation.customerSegmentations {
            for segment in segmentation.segments { visit(segment.when) }
        }
        if let exclude = definition.exclude { visit(exclude) }
        for consent in evaluation.consents {
            if case .property(let name, _) = consent.source { foundProperties.insert(name) }
        }
        for query in evaluation.queries {
            for filter in [query.filter] + query.measures.map(\.filter) { filter.map(visit) }
            for dimension in query.groupBy {
                switch dimension {
                case .attribute(let name): found.insert(name)
                case .property(let name): foundProperties.insert(name)
                default: break
                }
            }
        }
        for name in found { _ = try purchases.column(name, of: definition.event) }
        attributes = found.sorted()
        properties = foundProperties.sorted()
        try checkCircles()
    }

    private func checkCircles() throws {
        func visit(_ id: String, _ path: [String]) throws {
            if path.contains(id) { throw QueryError.unsupported("the segmentation '\(id)' refers to itself") }
            let conditions =
                evaluation.customerSegmentations.filter { $0.id == id }.flatMap { $0.segments.map(\.when) }
                + evaluation.eventSegmentations.filter { $0.id == id }.flatMap { $0.segments.map(\.when) }
            for subject in conditions.flatMap(\.tests).map(\.subject) {
                switch subject {
                case .segmentation(let other), .eventSegmentation(let other): try visit(other, path + [id])
                default: break
                }
            }
        }
        for id in evaluation.customerSegmentations.map(\.id) + evaluation.eventSegmentations.map(\.id) {
            try visit(id, [])
        }
    }
}
