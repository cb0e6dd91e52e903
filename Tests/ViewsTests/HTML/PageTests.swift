import Testing
import Views

@Suite struct PageTests {
    private let page = HTMLView().render(SampleDashboard.result)

    @Test func thePageNeedsNothingElse() {
        for word in [
            "<script", "<link", "<img", "<iframe", "http://", "https://", "@import", "src=", " style=", "url(http",
        ] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("default-src &#39;none&#39;"))
        #expect(!page.contains("unsafe-"))
    }

    @Test func thePolicyKnowsTheStyleSheetByItsDigest() {
        // Vectors of FIPS 180-4, through the only door there is: the policy of the style sheet.
        #expect(StyleSheet.digest(of: "abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        #expect(StyleSheet.digest(of: "") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(StyleSheet.digest(of: long) == "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=")
        #expect(StyleSheet.contentSecurityPolicy.contains(StyleSheet.digest(of: StyleSheet.text.description)))
    }

    @Test func idsAreUniqueAndReferencesResolve() {
        var ids: [String] = []
        var references: [String] = []
        for case .open(_, let attributes) in MarkupReader.read(page) {
            for (key, value) in attributes {
                if key == "id" { ids.append(value) }
                if key == "aria-labelledby" { references += value.split(separator: " ").map { String($0) } }
                if key == "href" { references.append(String(value.dropFirst())) }
                if key == "fill", value.hasPrefix("url(#") { references.append(String(value.dropFirst(5).dropLast())) }
            }
        }
        #expect(Set(ids).count == ids.count)
        #expect(Set(references).isSubset(of: ids))
        #expect(!references.isEmpty)
    }

    @Test func everyNullHasItsReason() {
        let tokens = MarkupReader.read(page)
        var nulls = 0
        for case .open("td", let attributes) in tokens where attributes.contains(where: { $0.1 == "null" }) {
            nulls += 1
            #expect(attributes.contains { $0.0 == "title" && $0.1.hasPrefix("No value") })
        }
        #expect(nulls > 3)
    }

    @Test func everyPolicyIsEchoed() {
        for word in [
            "Europe/London", "Display currency", "Revenue basis", "Attribution", "3fa9c07be412", ">17<", "EUR",
        ] {
            #expect(page.contains(word), "\(word)")
        }
    }
}
