/// Makes views of customer segmentations where the data is, each named by the segmentation's id.
package protocol SegmentViews: Sendable {
    /// That the views can be made: no name is taken by something else, and each segmentation can be a view.
    ///
    /// - Returns: what is there of each.
    /// - Throws: a `Diagnostic`; `QueryError` for what cannot be one.
    func check(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws -> [SegmentViewState]
    /// Makes or replaces views of segmentations of the evaluation.
    func make(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws
    /// Takes views away that this use case has made; those that are gone already are none to take away.
    ///
    /// - Returns: what somebody else has made, which stays.
    func drop(_ ids: [String], of useCase: String) throws -> [String]
}

/// What is there of a view that a use case wants.
package enum SegmentViewState: Sendable {
    case absent
    /// It was made, and says what it would be made to say now.
    case current
    /// It was made from something else: another definition, mapping, rates.
    case outdated
}
