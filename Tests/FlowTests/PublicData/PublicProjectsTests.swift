import Foundation
import Quantities
import Testing

/// The other public data: CDNOW, the Google merchandise store, and three tools' tables as Fivetran lands them.
@Suite struct PublicProjectsTests {
    @Test func cdnow() throws {
        guard let project = try PublicData.project("cdnow", data: "cdnow") else { return }
        let answers = try PublicData.reference("cdnow/cdnow.json").answers
        _ = try project.deployed("figures")
        let headline = try #require(answers["headline"])
        try compare(project.evaluated("figures", ["--all-time"]), to: headline)

        // A purchase of amount 0 is one unless the purchase definition says otherwise.
        try project.succeed("deploy", "figures", "--yes", "--set", "zero_amount=ignore")
        let aboveZero = try #require(answers["only_amount_above_zero"])
        try compare(project.evaluated("figures", ["--all-time"]), to: aboveZero)
    }

    @Test func cdnowOneOrderPerCustomerAndDay() throws {
        guard let project = try PublicData.project("cdnow", data: "cdnow") else { return }
        try project.edit(
            "project.yaml", replace: "        purchase_status: {value: success}\n",
            with: "        day: date\n        purchase_status: {value: success}\n")
        try project.write(
            "project.yaml", try project.read("project.yaml") + "      fold: {by: day, sum: [total_price, quantity]}\n")
        let answers = try PublicData.reference("cdnow/cdnow.json").answers
        let daily = try #require(answers["one_order_per_customer_day"])
        try compare(project.deployed("figures").evaluated("figures", ["--all-time"]), to: daily)
    }

    @Test func merchandiseStore() throws {
        guard let project = try PublicData.project("ga4-merch-store", data: "ga4_merch_store") else { return }
        let answers = try PublicData.reference("ga4_merch_store/ga4_merch_store.json").answers
        let result = try compareFixture("ga4-merch-store", project)
        let headline = try #require(answers["headline"])
        try compare(result, to: headline)
        let expected = try PublicData.expectations("ga4-merch-store")
        let byMedium = try project.evaluated("figures", ["--all-time", "--by", "utm_medium"]).report("by-utm_medium")
        #expect(
            byMedium.byLabel.compactMapValues { $0["purchases"] }
                == expected.purchasesByMedium?.mapValues { Figure($0) })
    }

    /// What `check --suggest` makes of a log that nobody has mapped gives the reference's figures.
    @Test func merchandiseStoreAsSuggested() throws {
        guard let project = try PublicData.project("ga4-merch-store", data: "ga4_merch_store") else { return }
        try FileManager.default.removeItem(at: project.url("project.yaml"))
        try project.succeed("init", ".")
        try project.copy(
            PublicData.folder.appending(path: "ga4_merch_store/derived_events.ndjson.gz"), to: "events.ndjson.gz")
        try project.succeed("check", "figures", "--suggest", "--write")
        _ = try project.succeed("import", "--progress", "none")
        try project.succeed("deploy", "figures", "--yes", "--set", "zero_amount=ignore")
        let answers = try PublicData.reference("ga4_merch_store/ga4_merch_store.json").answers
        let headline = try #require(answers["headline"])
        try compare(project.evaluated("figures", ["--all-time"]), to: headline)
    }

    @Test func everyPurchaseEventOfTheMerchandiseStore() throws {
        guard let project = try PublicData.project("ga4-merch-store", data: "ga4_merch_store") else { return }
        try project.edit(
            "project.yaml",
            replace: """
                    where: {all: [{column: event_name, equals: purchase},
                                  {column: ecommerce.purchase_revenue_in_usd, greater_than: 0}]}

                """,
            with: "    where: {column: event_name, equals: purchase}\n")
        try project.edit("project.yaml", replace: "      key: purchase_id\n      amount: total_price\n", with: "")
        let answers = try PublicData.reference("ga4_merch_store/ga4_merch_store.json").answers
        let everyEvent = try #require(answers["every_purchase_event"])
        try compare(project.deployed("figures").evaluated("figures", ["--all-time"]), to: everyEvent)
    }

    @Test func shopify() throws {
        guard let project = try PublicData.project("shopify", data: "fivetran_micro") else { return }
        let result = try compareFixture("shopify", project)
        let expected = try PublicData.expectations("shopify")
        #expect(expected.buyingSubscribers == 5)
        #expect(try result.report("email").row("Subscribers")["buyers"] == 5)
    }

    @Test func stripe() throws {
        guard let project = try PublicData.project("stripe", data: "fivetran_micro") else { return }
        try compareFixture("stripe", project)
    }

    @Test func recharge() throws {
        guard let project = try PublicData.project("recharge", data: "fivetran_micro") else { return }
        try compareFixture("recharge", project)
        try project.succeed("deploy", "charge-figures", "--yes")
        let charges = try project.evaluated("charge-figures", ["--all-time", "--attribution", "period"])
        #expect(try charges.report("charges").total["rebill_quantity"] == 2)
        #expect(try charges.report("charges").total["first_charge_quantity"] == 0)
        // There is no first charge that they could belong to, so anchored figures have none of them, and say so.
        let anchored = try project.evaluated("charge-figures", ["--all-time"])
        #expect(try anchored.report("charges").total["rebill_quantity"] == 0)
        #expect(anchored.warnings.contains { $0.contains("2 charges without any first charge") })
    }

    /// Imports and deploys, and holds everything that expect.json says against what the program prints.
    @discardableResult
    private func compareFixture(_ fixture: String, _ project: TenureProject) throws -> Evaluated {
        let expected = try PublicData.expectations(fixture)
        let imported = try project.succeed("import", "--progress", "none").output
        for (name, source) in expected.sources {
            let left = source.filtered + source.withoutCustomer
            #expect(source.rows - left == source.events || source.events == 0)
            let counts = "\(grouped(source.rows - left)) accepted + \(grouped(left)) rejected"
            #expect(imported.contains("\(name): \(grouped(source.rows)) rows read = \(counts)"), "\(imported)")
            if source.filtered > 0 { #expect(imported.contains("\(source.filtered) by `where`")) }
            if source.withoutCustomer > 0 { #expect(imported.contains("\(source.withoutCustomer) without customer")) }
        }
        #expect(imported.contains("\n\(grouped(expected.customers)) customers\n"), "\(imported)")
        for (event, count) in expected.events ?? [:] {
            #expect(imported.contains("\n\(event): \(grouped(count)) events"), "\(event): \(imported)")
        }
        try project.succeed("deploy", "figures", "--yes")
        let result = try project.evaluated("figures", ["--all-time"])
        #expect(result.semantics.asOf == expected.asOf)
        let headline = try result.report("headline").total
        #expect(headline["purchases"] == Figure(expected.purchases))
        #expect(headline["canceled_purchases"] == Figure(expected.canceledPurchases))
        #expect(headline["buyers"] == Figure(expected.buyers))
        #expect(headline["repeat_buyers"] == Figure(expected.repeatBuyers))
        #expect(headline["revenue"] == Figure(exactly: expected.revenue))
        #expect(headline["refunds"] == Figure(exactly: expected.refunds))
        let currencies = try result.report("currencies")
        // A currency that only a cancelled purchase is in has a row of zeros.
        #expect(
            currencies.byLabel.filter { $0.value["purchases"] != 0 }.compactMapValues { $0["revenue"] }
                == expected.revenueByCurrency.mapValues { Figure(exactly: $0) })
        #expect(currencies.total["revenue"] == Figure(exactly: expected.revenue))
        let unclassified = result.warnings.compactMap { warning in
            warning.contains("neither successful nor cancelled") ? Int(warning.prefix { $0.isNumber }) : nil
        }
        #expect(unclassified.reduce(0, +) == expected.unclassifiedPurchases)
        return result
    }

    private func grouped(_ number: Int) -> String {
        number < 1000 ? "\(number)" : "\(number / 1000),\(String(number % 1000 + 1000).dropFirst())"
    }
}
