import Definitions
import Diagnostics
import Spark
import Testing

/// Sources of a project as relations of Spark, and what is said of those that cannot be.
@Suite struct MappingTests {
    private static let columns = [
        ("id", "string"), ("customer", "bigint"), ("at", "timestamp"), ("amount", "decimal(10,2)"), ("price", "double"),
        ("quantity", "int"), ("tags", "array<string>"), ("address", "struct<city:string,`zip code`:string>"),
        ("big", "decimal(30,10)"), ("weird `name`", "string"), ("flag", "boolean"),
    ]

    private func project(_ table: String = "table: shop.orders", attributes: String, more: String = "") -> String {
        """
        name: Shop
        currency: EUR
        engine: {spark: {remote: "sc://localhost"}}
        sources:
          - name: orders
            \(table)
            customer: customer
            event:
              type: purchase
              timestamp: at
              key: purchase_id
              attributes:
                purchase_id: id
                \(attributes)
        \(more)
        """
    }

    private func tables(_ text: String, types: [String] = []) throws -> SparkTables {
        let session = DescribedSession(
            [
                "`shop`.`orders`": MappingTests.columns, "parquet.`s3a://lake/it``s`": MappingTests.columns,
                "`main`.`a.b`.`orders`": MappingTests.columns,
            ], types: types)
        return try ProjectTables.tables(Project.read(text), session)
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try tables(text)
            return []
        } catch let list as DiagnosticList {
            return list.diagnostics.map { "\($0.code.id) \($0.place.map { "\($0.line)" } ?? "") \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func typesOfAttributes() throws {
        let tables = try tables(
            project(
                attributes: [
                    "amount: {column: amount, type: number}", "price: {column: price, type: number}",
                    "line: {expression: quantity * amount, type: number}",
                    "eighth: {expression: quantity / 8, type: number}", "when: {column: at, type: timestamp}",
                    "city: address.city", "zip: address.zip code", "flag: flag", "weird: \"weird `name`\"",
                ].joined(separator: "\n        ")))
        let purchase = try #require(tables.events["purchase"])
        #expect(purchase.columns["amount"]?.type == .number(scale: 2))
        #expect(purchase.columns["price"]?.type == .number(scale: 9))
        #expect(purchase.columns["line"]?.type == .number(scale: 2))
        #expect(purchase.columns["eighth"]?.type == .number(scale: 3))
        #expect(purchase.columns["when"]?.type == .instant)
        #expect(purchase.columns["city"]?.type == .text)
        #expect(purchase.keys.key == "purchase_id")
        #expect(purchase.source.contains("`address`.`zip code`"))
        #expect(purchase.source.contains("`weird ``name```"))
        #expect(purchase.source.contains("CAST(`customer` AS STRING)"))
        #expect(purchase.source.contains("UNIX_MICROS(`at`)"))
    }

    @Test(arguments: [
        ("table: shop.orders", "`shop`.`orders`"), ("parquet: s3a://lake/it`s", "parquet.`s3a://lake/it``s`"),
        ("table: main.`a.b`.orders", "`main`.`a.b`.`orders`"),
    ])
    func namesOfTables(written: String, sql: String) throws {
        let tables = try tables(project(written, attributes: "flag: flag"))
        #expect(tables.events["purchase"]?.source.contains("FROM \(sql)\n") == true)
    }

    @Test func mistakesHavePlaces() {
        #expect(
            problems(project(attributes: "amount: {column: amonut, type: number}"))
                == ["TN206 14 the table shop.orders has no column 'amonut'"])
        #expect(
            problems(project("table: shop.order", attributes: "flag: flag"))
                == ["TN606 6 Spark has no table 'shop.order'"])
        #expect(
            problems(project("table: shop..orders", attributes: "flag: flag"))
                == ["TN606 6 'shop..orders' is no name of a table"])
        for (attribute, words) in [
            ("tags: tags", "is array<string>"), ("address: address", "is a structure"),
            ("flag: {column: flag, type: number}", "is true or false, and a number is needed"),
            ("flag: {column: quantity, type: timestamp}", "is a number, and its format is not said"),
            ("flag: {column: flag, type: timestamp}", "and a timestamp is needed"),
            ("x: {expression: big * big * big, type: number}", "more digits than 38"),
            ("x: {expression: quantity / price, type: number}", "a division is possible by a number"),
            ("x: {expression: quantity / 3, type: number}", "a division is possible by a number"),
            ("x: {expression: quantity / 0, type: number}", "a division is possible by a number"),
        ] {
            let found = problems(project(attributes: attribute))
            #expect(found.count == 1 && found.contains { $0.contains(words) }, "\(attribute): \(found)")
        }
        let folded = project(attributes: "city: address.city").replacing(
            "      key: purchase_id\n", with: "      fold: {by: purchase_id, sum: [city]}\n")
        #expect(problems(folded) == ["TN108 11 attribute 'city' is a string, and a number is needed here"])
    }

    @Test func typesOfEventsInAColumn() throws {
        let text = project(attributes: "flag: flag").replacing("type: purchase", with: "type: {column: id}")
        let tables = try tables(text, types: ["purchase", "a'b", "refund"])
        #expect(tables.events.keys.sorted() == ["a'b", "purchase", "refund"])
        #expect(tables.parameters.values.contains(.string("a'b")))
        #expect(tables.events.values.allSatisfy { !$0.source.contains("a'b") })
    }

    @Test func customersThroughPurchases() throws {
        let refunds = """
              - name: refunds
                table: shop.orders
                customer_through: {event: purchase, key: id}
                event:
                  type: refund
                  timestamp: at
                  refers_to: {event: purchase, key: purchase_id}
                  attributes: {purchase_id: id, amount: {column: amount, type: number}}
            """
        let tables = try tables(project(attributes: "flag: flag", more: refunds))
        let refund = try #require(tables.events["refund"])
        #expect(refund.source.contains("tenure_owner_key"))
        #expect(refund.keys.refersTo == .init(event: "purchase", attribute: "purchase_id"))
    }

    /// 500 texts that mean something to SQL stand in every place of a project where a text can stand; the SQL is that of
    /// harmless texts, but for quoted names of columns.
    @Test func hostileTexts() throws {
        let parts = [
            "'", "\"", "`", "``", ";", "--", "/*", "*/", "\\", "\\'", ":name", "${x}", "{{x}}", "\u{202E}", "\u{0}1",
            "DROP TABLE x", "') OR 1=1 --", "`; DROP TABLE x; --", "\n", "\t", "é", "😀", "%", "?", "$1",
            "\u{301}", "\u{20E3}",
        ].filter { !$0.contains("\u{0}") }
        func skeleton(_ text: String) -> String {
            var result: [UInt8] = []
            var isQuoted = false
            for byte in text.utf8 {
                if byte == UInt8(ascii: "`") { isQuoted.toggle() } else if !isQuoted { result.append(byte) }
            }
            return String(decoding: result, as: UTF8.self)
        }
        func statement(_ word: String) throws -> (SparkTables, SparkTables.EventRelation) {
            func quoted(_ text: String) -> String {
                // By scalars: a quote with a mark after it is a quote.
                let inner = text.unicodeScalars.map { scalar in
                    switch scalar {
                    case "\\": "\\\\"
                    case "\"": "\\\""
                    case "\n": "\\n"
                    case "\t": "\\t"
                    default: "\(scalar)"
                    }
                }
                return "\"" + inner.joined() + "\""
            }
            let text = """
                name: Shop
                currency: EUR
                engine: {spark: {remote: "sc://localhost"}}
                sources:
                  - name: \(quoted("source" + word))
                    table: shop.orders
                    customer: {column: \(quoted("customer" + word)), strip_prefix: \(quoted(word + "p")), missing: [\(quoted(word + "m"))]}
                    where: {any: [{column: id, in: [\(quoted(word + "in"))]}, {column: id, starts_with: \(quoted(word + "s"))}]}
                    event:
                      type: \(quoted("event" + word))
                      timestamp: at
                      key: \(quoted("key" + word))
                      attributes:
                        \(quoted("key" + word)): id
                        value: {value: \(quoted(word + "v"))}
                        number: {column: id, type: number}
                        cases: {cases: [{when: {column: id, contains: \(quoted(word + "c"))}, value: \(quoted(word + "w"))}]}
                """
            let session = DescribedSession([
                "`shop`.`orders`": [("id", "string"), ("customer" + word, "string"), ("at", "timestamp")]
            ])
            let tables = try ProjectTables.tables(Project.read(text), session)
            return (tables, try #require(tables.events.values.first))
        }
        let (_, harmless) = try statement("x")
        var seed: UInt64 = 7
        func next(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % count
        }
        for _ in 0..<500 {
            let word = (0...next(4)).map { _ in parts[next(parts.count)] }.joined() + "z"
            let (tables, relation) = try statement(word)
            #expect(skeleton(relation.source) == skeleton(harmless.source), "\(word)")
            // Whatever stands between backticks has its own doubled.
            let doubled = ("customer" + word).unicodeScalars.map { $0 == "`" ? "``" : "\($0)" }.joined()
            #expect(Array(relation.source.utf8).contains(Array("`\(doubled)`".utf8)), "\(word)")
            for end in ["v", "w", "m", "in", "s", "c"] {
                // A prefix is a pattern, whose signs have backslashes.
                guard end != "p" else { continue }
                #expect(tables.parameters.values.contains(.string(word + end)), "\(word)\(end)")
            }
        }
    }

    @Test func statementsInline() {
        let statement = SQLStatement(
            "SELECT :text, ':text', `:text`, :n -- :text\nFROM t WHERE x = :text2 AND :unknown",
            parameters: [
                "text": .string("it's \\ a\nb\u{202E}\u{0}😀"), "n": .long(5),
                "text2": .decimal("1.50", precision: 3, scale: 2),
            ])
        #expect(
            statement.inlined
                == "SELECT 'it\\'s \\\\ a\\nb\\u202E\\u0000😀', ':text', `:text`, 5L -- :text\nFROM t WHERE x = "
                + "CAST('1.50' AS DECIMAL(3, 2)) AND :unknown")
    }

    @Test func typesAsSparkWritesThem() {
        #expect(SparkType("decimal(12, 4)") == .decimal(precision: 12, scale: 4))
        #expect(SparkType("varchar(20)") == .text)
        #expect(SparkType("timestamp_ntz") == .wallTime)
        #expect(SparkType("map<string,int>") == .other("map<string,int>"))
        let schema = TableSchema([("a", "struct<b:struct<c:decimal(3,1),d:array<int>>,e:string>"), ("a.e", "int")])
        #expect(schema.columns.map(\.name) == ["a", "a.e", "a.b", "a.b.c", "a.b.d"])
        #expect(schema.column("a.e")?.type == .whole(digits: 10))
        #expect(schema.column("a.b.c")?.sql == "`a`.`b`.`c`")
    }
}
