import Testing
import Views

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("abc", 3), ("限定版", 6), ("e\u{301}", 1), ("é", 1), ("👩‍👩‍👧", 2), ("🇨🇿", 2), ("☕️", 2), ("☕", 2), ("한", 2),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("ｆｕｌｌ", 8), ("עברית", 5), ("", 0), ("a\u{200D}b", 2), ("（桜）", 6),
    ])
    func width(text: String, expected: Int) {
        #expect(DisplayWidth.of(text) == expected)
    }

    @Test func cutsAtTheWidthOfWideCharacters() {
        #expect(DisplayWidth.truncated("限定版ティー", to: 5) == "限定…")
        #expect(DisplayWidth.truncated("限定版ティー", to: 6) == "限定…")
        #expect(DisplayWidth.truncated("abc", to: 3) == "abc")
        #expect(DisplayWidth.truncated("abcd", to: 3) == "ab…")
        #expect(DisplayWidth.padded("限", to: 4, right: true) == "  限")
    }

    @Test func controlCharactersAreShown() {
        #expect(DisplayWidth.printable("a\u{1B}[2J\r\nb\u{0}\u{202E}c\u{9B}") == "a␛[2J␍␊b␀\u{FFFD}c\u{FFFD}")
    }

    @Test func sparklinesAndBars() {
        #expect(BlockBars.sparkline([0, nil, 7, .nan, 3.5]) == "▁ █ ▅")
        #expect(BlockBars.sparkline([5, 5]) == "▄▄")
        #expect(BlockBars.sparkline([nil]) == "")
        #expect(BlockBars.bar(5, greatest: 10, width: 4) == "██")
        #expect(BlockBars.bar(0.001, greatest: 10, width: 4) == "▏")
        #expect(BlockBars.bar(-10, greatest: 10, width: 4) == "░░░░")
        #expect(BlockBars.bar(0, greatest: 10, width: 4) == "")
        #expect(BlockBars.bar(3, greatest: 0, width: 4) == "")
    }
}
