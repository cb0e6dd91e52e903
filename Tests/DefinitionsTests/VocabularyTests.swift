import Definitions
import Diagnostics
import Quantities
import Testing

/// What the shipped files do not use, read once in full.
@Suite struct VocabularyTests {
    @Test func useCase() throws {
        let text = """
            use_case: charges
            version: 1.0.0
            title: Charges
            requirements:
              - {property: country, type: string, allowed: [GB, DE], level: optional}
            event_segmentations:
              - {id: state, name: State, event: p, segments: [{name: Good, when: {not: {attribute: status, in: []}}}]}
              - id: charge-kind
                name: Kind
                event: p
                segments:
                  - {name: First, when: {attribute: kind, equals: first}}
                  - {name: Upsell, when: {attribute: kind, starts_with: up}}
                  - {name: Rebill, when: {any: [{attribute: n, greater_than: 1.5}, {attribute: at, from: 2026-01-01}]}}
            purchases:
              event: p
              amount: total
              success: {segmentation: state, in: Good}
              exclude: {attribute: test, exists: true}
              zero_amount: ignore
              charges: {segmentation: charge-kind, first_charge: [First], upsell: [Upsell], rebill: [Rebill],
                        links: [subscription_id]}
            metrics:
              fc: {measure: charge_count, charge: first_charge, scope: charges}
              fc_amount: {measure: charge_amount, charge: first_charge, filter: {segmentation: state, in: Good}}
              aov: {formula: fc_amount / fc}
            dashboard:
              id: main
              name: Main
              drill_down: fc
              reports:
                - {table: by-currency, title: C, by: [currency, {attribute: product}], metrics: [fc, aov], period: quarter}
                - {trend: days, title: D, by: {calendar: day}, metrics: aov, period: 28 days,
                   filter: {property: country, not_in: [GB]}}
            """
        let (useCase, diagnostics) = UseCase.load(file: SourceFile(path: "usecase.yaml", text: text))
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let loaded = try #require(useCase)
        #expect(loaded.purchases.charges?.links.map(\.value) == ["subscription_id"])
        #expect(loaded.purchases.charges?.rebill.map(\.value) == ["Rebill"])
        #expect(loaded.types == ["fc": .count, "fc_amount": .money, "aov": .money])
        #expect(loaded.dashboard?.reports[0].by.map(\.value) == [.currency, .attribute("product")])
        #expect(loaded.dashboard?.reports[1].period?.value == Span(count: 28, unit: .day))
    }

    @Test func project() throws {
        let text = """
            name: Shop
            timezone: America/New_York
            currency: USD
            display_currency: EUR
            as_of: 2026-02-01
            engine: embedded
            fx: {file: rates.csv, policy: as_of}
            revenue_basis: gross
            refund_dating: refund
            consent_as_of: at_purchase
            attribution: period
            sources:
              - name: orders
                file: [a.txt, "b-*.csv.gz"]
                csv: {delimiter: ";", encoding: windows-1252, columns: [id, "unit price", n, at, kind], decimal: ",",
                      skip_lines: 2, quote: none}
                customer: {column: id, strip_leading_zeros: true, lowercase: true, missing: ["NULL", "-"]}
                without_customer: guest
                event:
                  type: {column: kind}
                  timestamp: {column: at, format: unix_ms, zone: Europe/Berlin}
                  key: id
                  parent: id
                  amount: total
                  attributes:
                    id: id
                    total: {expression: "`unit price` * n"}
                    paid: {column: at, type: timestamp, format: "dd/MM/yyyy h:mm a"}
                    size: {cases: [{when: {column: n, at_least: 3}, value: many}, {else: few}]}
              - name: refunds
                file: log.jsonl.gz
                customer_through: {event: purchase, key: order.id}
                event: {type: refund, timestamp: at, refers_to: {event: purchase, key: order}, attributes: {order: order.id}}
              - {name: people, file: crm.db, query: SELECT * FROM people, customer: id, properties: {country: country}}
            consent_events: {event: consent, valid_until: until}
            """
        let (project, diagnostics) = Project.load(file: SourceFile(path: "project.yaml", text: text)) { _ in nil }
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let loaded = try #require(project)
        #expect(loaded.asOf.value == .instant(Instant(microseconds: 1_769_922_000_000_000)))
        #expect(loaded.consentEvents?.action.value == "action")
        guard case .csv(let files, let options) = loaded.sources[0].input else {
            Issue.record("not CSV")
            return
        }
        #expect(files.count == 2)
        #expect(options.delimiter == .byte(UInt8(ascii: ";")))
        #expect(options.encoding == .windows1252)
        #expect(options.quote == nil)
        #expect(options.decimalSeparator == UInt8(ascii: ","))
        let customer = try #require(loaded.sources[0].customer)
        #expect(customer.transforms == [.stripLeadingZeros, .lowercase])
        #expect(customer.missingValues == ["NULL", "-"])
        let event = try #require(loaded.sources[0].event)
        #expect(event.timestamp.format.value == .unixMilliseconds)
        #expect(event.attributes.map(\.mapping.type) == [.string, .number, .timestamp, .string])
        guard case .sqlite(_, let query) = loaded.sources[2].input else {
            Issue.record("not SQLite")
            return
        }
        #expect(query.value == "SELECT * FROM people")
    }
}
