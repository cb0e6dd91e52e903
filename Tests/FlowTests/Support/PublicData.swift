import Foundation

/// Real logs with known answers. They lie beside the package, or in the folder TENURE_DATA names, and are no part of it.
enum PublicData {
    static let folder: URL = {
        if let named = ProcessInfo.processInfo.environment["TENURE_DATA"], !named.isEmpty {
            return URL(filePath: named, directoryHint: .isDirectory)
        }
        return TenureRun.package.deletingLastPathComponent().appending(path: "shared/data")
    }()

    /// Nil, and a line that says so, where the data is not there.
    ///
    /// - Parameter data: the folder within `folder` that the fixture reads.
    static func project(_ fixture: String, data: String) throws -> TenureProject? {
        guard FileManager.default.fileExists(atPath: folder.appending(path: data).path) else {
            print("SKIPPED: \(data) is not in \(folder.path); TENURE_DATA names another folder")
            return nil
        }
        let project = try TenureProject()
        project.environment["TENURE_DATA"] = folder.path
        let fixtures = TenureRun.package.appending(path: "Tests/Fixtures")
        for name in try FileManager.default.contentsOfDirectory(
            atPath: fixtures.appending(path: "projects/\(fixture)").path) where name != "expect.json"
        {
            try project.copy(fixtures.appending(path: "projects/\(fixture)/\(name)"), to: name)
        }
        for useCase in ["figures", "charge-figures"] {
            try project.copy(fixtures.appending(path: "usecases/\(useCase)"), to: "usecases/\(useCase)")
        }
        return project
    }

    /// The answers that come with the data.
    static func reference(_ path: String) throws -> ReferenceAnswers {
        try JSONDecoder().decode(ReferenceAnswers.self, from: Data(contentsOf: folder.appending(path: path)))
    }

    /// The fixture's own answers, computed from the raw files by other code.
    static func expectations(_ fixture: String) throws -> FixtureExpectations {
        let file = TenureRun.package.appending(path: "Tests/Fixtures/projects/\(fixture)/expect.json")
        return try JSONDecoder().decode(FixtureExpectations.self, from: Data(contentsOf: file))
    }
}

/// `uci_online_retail.json` and its like: answers by reading of the data.
struct ReferenceAnswers: Decodable {
    let answers: [String: Reading]

    struct Reading: Decodable {
        let buyers: Int
        let orders: Int
        let buyersWithTwoOrMore: Int
        let repurchaseRate: Double
        let frequency: Double
        let mostOrders: Int
        let firstOrder: String
        let lastOrder: String
        let revenue: Figure
        let aov: Double
        let revenuePerBuyer: Double
        let meanDaysBetweenOrders: Double
        let newBuyersByMonth: [String: Int]
        let cohort: Cohort?

        private enum CodingKeys: String, CodingKey {
            case buyers, orders, revenue, aov, cohort
            case buyersWithTwoOrMore = "buyers_with_2plus"
            case repurchaseRate = "repurchase_rate"
            case frequency = "avg_purchase_frequency"
            case mostOrders = "max_orders_one_buyer"
            case firstOrder = "first_order_ts"
            case lastOrder = "last_order_ts"
            case revenuePerBuyer = "revenue_per_buyer"
            case meanDaysBetweenOrders = "mean_days_between_consecutive_orders"
            case newBuyersByMonth = "new_buyers_by_month"
        }
    }

    struct Cohort: Decodable {
        let month: String
        let size: Int
        let active: [Int]
        let retention: [Double]
        let cumulativeRevenue: [Double]

        private enum CodingKeys: String, CodingKey {
            case month, size
            case active = "active_in_month_k"
            case retention = "retention_k"
            case cumulativeRevenue = "cumulative_revenue_per_cohort_buyer_k"
        }
    }
}

/// `expect.json` of a fixture project. Amounts are texts with all their digits.
struct FixtureExpectations: Decodable {
    let asOf: String
    let sources: [String: Source]
    let customers: Int
    let purchases: Int
    let canceledPurchases: Int
    let unclassifiedPurchases: Int
    let buyers: Int
    let repeatBuyers: Int
    let revenue: String
    let revenueByCurrency: [String: String]
    let refunds: String
    let newBuyersByMonth: [String: Int]?
    let events: [String: Int]?
    let subscribers: Int?
    let buyingSubscribers: Int?
    let purchasesByMedium: [String: Int]?

    struct Source: Decodable {
        let rows: Int
        let filtered: Int
        let withoutCustomer: Int
        let events: Int

        private enum CodingKeys: String, CodingKey {
            case rows, filtered, events
            case withoutCustomer = "without_customer"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case sources, customers, purchases, buyers, revenue, refunds, events, subscribers
        case asOf = "as_of"
        case canceledPurchases = "canceled_purchases"
        case unclassifiedPurchases = "unclassified_purchases"
        case repeatBuyers = "repeat_buyers"
        case revenueByCurrency = "revenue_in_own_currency"
        case newBuyersByMonth = "new_buyers_by_month"
        case buyingSubscribers = "buying_subscribers"
        case purchasesByMedium = "purchases_by_utm_medium"
    }
}
