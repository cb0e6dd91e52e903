import EventStores
import Quantities
import Queries
import Testing

@Suite struct ProfileTests {
    @Test func itCountsWhatIsThere() throws {
        let builder = try StoreBuilder()
        try builder.add([
            Purchase(customer: "a", key: "2", at: 10, status: "ok"),
            Purchase(customer: "a", key: "1", at: 30, status: "1.5"),
            Purchase(customer: "a", key: "1", at: 40, status: "ok", price: nil),
            Purchase(customer: "b", key: nil, at: 20, status: "A"),
        ])
        _ = builder.customer("c")
        try builder.setProperty(ColumnSpec(name: "since", type: .instant), of: 1, to: .instant(Instant(seconds: 0)))
        let profile = try builder.finish().makeStore().profile()
        #expect(profile.customers == 3)
        let purchase = try #require(profile.events.first)
        #expect(purchase.name == "purchase")
        #expect(purchase.rows == 4)
        #expect(purchase.customers == 2)
        #expect(purchase.first == Instant(seconds: 10))
        #expect(purchase.last == Instant(seconds: 40))
        #expect(purchase.keys == 2)
        func value(_ text: String, _ count: Int) -> AttributeProfile.ValueCount { .init(text, count) }
        #expect(
            purchase.attributes == [
                AttributeProfile(
                    name: "key", kind: .string, present: 3, rows: 4, distinct: 2,
                    values: [value("1", 2), value("2", 1)],
                    numeric: 3),
                AttributeProfile(
                    name: "status", kind: .string, present: 4, rows: 4, distinct: 3,
                    values: [value("ok", 2), value("1.5", 1), value("A", 1)], numeric: 1),
                AttributeProfile(name: "price", kind: .number, present: 3, rows: 4, distinct: nil, values: []),
            ])
        #expect(
            profile.properties == [
                AttributeProfile(name: "since", kind: .timestamp, present: 1, rows: 3, distinct: nil, values: [])
            ])
    }

    @Test func twentyValuesAtMost() throws {
        let purchases = (0..<50).flatMap { number in
            (0...(number % 25)).map { Purchase(customer: "a", key: nil, at: Int64($0), status: "s\(number + 10)") }
        }
        let profile = try store(purchases).profile()
        let status = try #require(profile.events.first?.attributes.first { $0.name == "status" })
        #expect(status.distinct == 50)
        #expect(status.values.count == 20)
        #expect(status.values.prefix(4).map(\.value) == ["s34", "s59", "s33", "s58"])
        #expect(status.values.prefix(4).map(\.count) == [25, 25, 24, 24])
    }
}
