import Diagnostics
import Foundation
import Testing

@Suite struct JSONTextTests {
    @Test func membersKeepTheirOrderAndNumbersTheirDigits() {
        let value = JSONText.object([
            ("b", .number("8911407.9040")), ("a", .array([.integer(-1), .null, .boolean(true)])),
            ("none", .object([])), ("empty", .array([])),
            ("line", .inline(.object([("x", .strings(["y", "z"])), ("w", .nullable(nil))]))),
        ])
        #expect(
            value.indented == """
                {
                  "b": 8911407.9040,
                  "a": [
                    -1,
                    null,
                    true
                  ],
                  "none": {},
                  "empty": [],
                  "line": {"x": ["y", "z"], "w": null}
                }
                """)
    }

    @Test(arguments: Hostile.texts)
    func anyTextComesBack(text: String) throws {
        let written = JSONText.object([(text, .string(text))]).indented
        let read = try #require(
            JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String])
        #expect(read.map { [Array($0.key.utf8), Array($0.value.utf8)] } == [[Array(text.utf8), Array(text.utf8)]])
    }

    @Test func whatEndsALineIsEscaped() {
        let text = JSONText.string("a\u{0}\n\r\t\u{1F}\u{7F}\u{2028}\u{2029}“é\"\\").indented
        #expect(text == #""a\u0000\n\r\t\u001f\u007f\u2028\u2029“é\"\\""#)
    }
}
