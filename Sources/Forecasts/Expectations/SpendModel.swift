/// What a purchase of a customer is expected to amount to.
package enum SpendModel: Sendable {
    case fitted(Fit<GammaGamma>)
    /// Every customer pays the same.
    case constant(Double)
    case refused(Refusal)

    /// Why there is no expected amount.
    package enum Refusal: String, Hashable, Sendable {
        /// Nobody paid anything for a repeat purchase.
        case noRepeatSpend = "no_repeat_spend"
        /// A few purchases dominate: the mean of the fitted distribution is infinite (q ≤ 1).
        case infiniteMean = "infinite_mean"
    }

    package init(_ spends: SpendHistories) {
        guard let fit = spends.fit() else {
            self = .refused(.noRepeatSpend)
            return
        }
        if spends.isConstant {
            self = .constant(spends.mean)
        } else if fit.model.meanAmount == nil {
            self = .refused(.infiniteMean)
        } else {
            self = .fitted(fit)
        }
    }

    package var model: GammaGamma? { if case .fitted(let fit) = self { fit.model } else { nil } }

    /// Of all customers with the same number of repeat purchases together, the sum over customers of what a purchase of each is
    /// expected to amount to: the expected amount is linear in what the customer has spent.
    ///
    /// - Returns: nil where the model was refused.
    package func expectedAmounts(customers: Double, frequency: Int, spend: Double) -> Double? {
        switch self {
        case .constant(let amount): return customers * amount
        case .refused: return nil
        case .fitted(let fit):
            return fit.model.expectedAmounts(customers: customers, frequency: frequency, spend: spend)
        }
    }
}
