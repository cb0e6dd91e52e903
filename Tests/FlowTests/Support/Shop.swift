/// A shop of a few orders that meets what `cltv-dashboard` requires, and little of what it recommends.
enum Shop {
    static let project = """
        name: Shop
        timezone: Europe/London
        currency: GBP
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
            properties:
              country: country

        """

    static let orders = """
        customer,id,at,status,amount,country
        ann,1,2026-01-10T10:00:00Z,success,20.00,GB
        ann,2,2026-02-11T10:00:00Z,success,30.50,GB
        bob,3,2026-01-12T10:00:00Z,success,9.99,DE
        bob,4,2026-02-20T10:00:00Z,returned,12.00,DE
        cem,5,2026-02-28T10:00:00Z,pending,99.00,DE

        """

    static let useCase = "cltv-dashboard"

    static func project(orders: String = orders) throws -> TenureProject {
        try TenureProject(["project.yaml": project, "orders.csv": orders])
    }

    static func deployed(orders: String = orders) throws -> TenureProject {
        try project(orders: orders).deployed(useCase)
    }
}
