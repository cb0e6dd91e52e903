/// Makes views of customer segmentations where the data is, each named by the segmentation's id.
package protocol SegmentViews: Sendable {
    /// That the views can be made: no name is taken by something else, and each segmentation can be a view.
    ///
    /// - Throws: a `Diagnostic`; `QueryError` for what cannot be one.
    func check(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws
    /// Makes or replaces views of segmentations of the evaluation.
    func make(_ evaluation: Evaluation, _ ids: [String], of useCase: String) throws
    /// Takes views away that this use case has made; those that are gone already are none to take away.
    func drop(_ ids: [String], of useCase: String) throws
}
