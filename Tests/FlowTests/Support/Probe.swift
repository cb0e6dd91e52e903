/// A small project with a use case of its own, `probe`, that asks for exactly what a case needs.
///
/// The project has one source a file: `orders.csv`, and where they are given `refunds.csv` and `consents.csv`.
struct Probe {
    /// Lines below `metrics:`.
    var metrics: String
    /// Lines below `reports:`.
    var reports: String
    /// `customer,id,at,status,amount` and one column more for each of `attributes`.
    var orders: String
    var attributes: [String] = []
    /// `order,at,amount`
    var refunds: String?
    /// `customer,at,category,action,valid_until`
    var consents: String?
    /// Sections of the use case, such as `customer_segmentations:`.
    var segmentations = ""
    /// Lines below `purchases:`.
    var purchases = ""
    /// Further lines of project.yaml.
    var settings = ""
    var timezone = "UTC"
    var currency = "USD"
    /// Further files by path.
    var files: [String: String] = [:]

    /// Charges by the attribute `kind`.
    static let chargeKinds = """
          - id: charge-kind
            name: Charge kind
            event: purchase
            segments:
              - {name: First, when: {attribute: kind, equals: first}}
              - {name: Upsell, when: {attribute: kind, equals: upsell}}
              - {name: Rebill, when: {attribute: kind, equals: rebill}}
        """

    static let charges = """
          charges: {segmentation: charge-kind, first_charge: [First], upsell: [Upsell], rebill: [Rebill],
                    links: [subscription_id]}
        """

    /// The project, written but not imported.
    func project() throws -> TenureProject {
        var files = self.files
        files["project.yaml"] = projectFile
        files["usecases/probe/usecase.yaml"] = useCaseFile
        files["orders.csv"] = orders + "\n"
        if let refunds { files["refunds.csv"] = refunds + "\n" }
        if let consents { files["consents.csv"] = consents + "\n" }
        return try TenureProject(files)
    }

    func deployed() throws -> TenureProject { try project().deployed("probe") }

    private var useCaseFile: String {
        """
        use_case: probe
        version: 1.0.0
        title: Probe
        event_segmentations:
          - id: state
            name: State
            event: purchase
            segments:
              - {name: Good, when: {attribute: purchase_status, equals: success}}
              - {name: Bad, when: {attribute: purchase_status, in: [canceled, returned]}}
        \(segmentations)
        purchases:
          event: purchase
          amount: total_price
          success: {segmentation: state, in: [Good]}
          canceled: {segmentation: state, in: [Bad]}
        \(refunds == nil ? "" : "  refunds: {event: refund, amount: amount}")
        \(purchases)
        metrics:
        \(metrics)
        dashboard:
          id: probe
          name: Probe
          reports:
        \(reports)

        """
    }

    private var projectFile: String {
        var text = """
            name: Probe
            timezone: \(timezone)
            currency: \(currency)
            \(settings)
            sources:
              - name: orders
                file: orders.csv
                customer: customer
                event:
                  type: purchase
                  timestamp: at
                  key: purchase_id
                  amount: total_price
                  attributes:
                    purchase_id: id
                    purchase_status: status
                    total_price: {column: amount, type: number}

            """
        text += attributes.map { "        \($0): \($0)\n" }.joined()
        if refunds != nil {
            text += """
                  - name: refunds
                    file: refunds.csv
                    customer_through: {event: purchase, key: order}
                    event:
                      type: refund
                      timestamp: at
                      refers_to: {event: purchase, key: purchase_id}
                      attributes:
                        purchase_id: order
                        amount: {column: amount, type: number}

                """
        }
        if consents != nil {
            text += """
                  - name: consents
                    file: consents.csv
                    customer: customer
                    event:
                      type: consent
                      timestamp: at
                      attributes: {category: category, action: action, valid_until: valid_until}

                """
        }
        return text
    }
}
