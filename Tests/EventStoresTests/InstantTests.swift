import Foundation
import Quantities
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        (Int64.min, "-290308-12-21T19:59:05.224192Z"), (.max, "294247-01-10T04:00:54.775807Z"),
        (-1, "1969-12-31T23:59:59.999999Z"), (0, "1970-01-01T00:00:00Z"), (1_500, "1970-01-01T00:00:00.001500Z"),
        (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"), (-62_167_219_200_000_000, "0000-01-01T00:00:00Z"),
    ])
    func everyInstantHasAText(microseconds: Int64, text: String) {
        #expect(Instant(microseconds: microseconds).description == text)
    }

    /// Also those that four digits of a year can not name, such as what offsets make of the first and the last day.
    @Test func everyInstantIsReadBackFromJSON() throws {
        let instants = [
            Int64.min, .min + 1, -62_167_219_200_000_001, -62_167_219_200_000_000, -1, 0, 1, 253_402_300_799_999_999,
            253_402_300_800_000_000, .max,
        ].map(Instant.init(microseconds:))
        let json = try JSONEncoder().encode(instants)
        #expect(try JSONDecoder().decode([Instant].self, from: json) == instants)
        #expect(String(decoding: json, as: UTF8.self).contains("\"1970-01-01T00:00:00Z\""))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Instant].self, from: Data("[\"x\"]".utf8)) }
    }
}
