import Spark
import SparkConnect
import Testing

/// Addresses of Spark Connect servers.
@Suite struct EndpointTests {
    @Test func partsOfAnAddress() throws {
        let plain = try SparkEndpoint("sc://spark.example.com")
        #expect(plain.host == "spark.example.com" && plain.port == 15_002 && !plain.usesTLS && plain.token == nil)
        let full = try SparkEndpoint("sc://10.0.0.1:443/;use_ssl=true;token=a%3Bb;user_id=me")
        #expect(full.port == 443 && full.usesTLS && full.token == "a;b" && full.user == "me")
        #expect(try SparkEndpoint("sc://[::1]:15003").host == "::1")
        #expect(try SparkEndpoint("sc://h", token: "secret").usesTLS, "a token asks for encryption")
        #expect(try !SparkEndpoint("sc://localhost", token: "secret").usesTLS)
        #expect(try !SparkEndpoint("sc://127.0.0.1:1/;token=x").usesTLS)
    }

    /// TLS asks for names alone.
    @Test func addressesAreNoNames() throws {
        func kind(_ address: String) throws -> SparkEndpoint.HostKind { try SparkEndpoint("sc://\(address)").hostKind }
        for address in ["10.0.0.1", "127.0.0.1:443", "255.255.255.255"] { #expect(try kind(address) == .ipv4) }
        for address in ["[::1]:15003", "[2001:db8::1]"] { #expect(try kind(address) == .ipv6) }
        for name in ["h", "10.0.0.1.example", "10.0.0.256", "1.2.3", "spark.example:443"] {
            #expect(try kind(name) == .name)
        }
    }

    @Test(arguments: [
        ("http://h", "begins with sc://"), ("sc://", "is no host"), ("sc://h:0", "is no port"),
        ("sc://h:x", "is no port"),
        ("sc://h;token=a", "after a slash"), ("sc://h/path", "has no path"), ("sc://h/;token", "has no '='"),
        ("sc://h/;token=", "has no value"), ("sc://h/;use_ssl=yes", "true or false"),
        ("sc://h/;colour=red", "no parameter 'colour'"),
        ("sc://h/;token=a;use_ssl=false", "in plain text"), ("sc://a b", "is no host"), ("sc://h\u{0}", "is no host"),
        ("sc://127.0.0.1.evil.com/;token=a;use_ssl=false", "in plain text"),
    ])
    func whatIsNoAddress(_ text: String, _ message: String) {
        let mistake = #expect(throws: SparkEndpoint.Mistake.self) { try SparkEndpoint(text) }
        #expect(mistake?.message.contains(message) == true, "\(text): \(mistake?.message ?? "")")
    }

    @Test func oneToken() {
        #expect(throws: SparkEndpoint.Mistake.self) { try SparkEndpoint("sc://h/;token=a", token: "b") }
    }

    @Test func versions() throws {
        #expect(try SparkConnectClient.checked(version: "4.0.0") == "4.0.0")
        #expect(try SparkConnectClient.checked(version: "10.1.0-SNAPSHOT") == "10.1.0-SNAPSHOT")
        for version in ["3.5.6", "", "dev", nil] {
            let failure = #expect(throws: SparkFailure.self) { try SparkConnectClient.checked(version: version) }
            #expect(failure?.kind == .unsupportedServer, "\(failure.debugDescription)")
        }
    }

    @Test func errorsOfSpark() {
        let failure = SparkFailure(
            sparkText:
                "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a` cannot be found. SQLSTATE: 42P01; line 1 pos 14;\nat …"
        )
        #expect(failure.errorClass == "TABLE_OR_VIEW_NOT_FOUND" && failure.sqlState == "42P01")
        #expect(failure.message == "The table or view `a` cannot be found.")
        let several = SparkFailure(
            sparkText:
                "[STAGE_MATERIALIZATION_MULTIPLE_FAILURES] Multiple failures (2) in stage materialization:\n  1. "
                + "SparkRuntimeException: [USER_RAISED_EXCEPTION] no customer SQLSTATE: P0001\n  2. SparkRuntimeException: "
                + "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012")
        #expect(several.errorClass == "USER_RAISED_EXCEPTION" && several.message == "no customer")
        #expect(several.sqlState == "P0001")
        let other = SparkFailure(sparkText: "[1, 2] is a list")
        #expect(other.errorClass == nil && other.message == "[1, 2] is a list")
    }
}
