import Definitions
import Deployments
import Foundation
import HTTPTypes
import Plans
import Projects
import Quantities
import Server
import Testing

/// Markup in every text that comes from files: titles, names, segments, products, properties, parameters.
@Suite struct HostilePageTests {
    /// 200 of them; each metacharacter also with a combining mark after it, which makes one Character of both.
    static let payloads: [String] = {
        let bases = [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
            "<svg/onload=alert(1)>", "</title><script>x</script>", "</pre><blink>x", "&lt;b&gt;", "&#60;i&#62;",
            "<!-- x", "]]>", "javascript:alert(1)", "{{x}}{{{y}}}", "</style><p>", "<a href=\"javascript:x\">", "=1+1",
            "<iframe srcdoc='<p>'>", "\u{202E}<blink>", "<math><mi//xlink:href=\"data:x,<script>\">", "`${x}`",
            "<blink\n>",
        ]
        let marks = ["\u{0301}", "\u{20E3}", "\u{FE0F}", "\u{200D}", "\u{0338}"]
        var payloads = bases
        for mark in marks {
            for base in bases {
                let marked = base.map { "<>\"'&=`".contains($0) ? "\($0)\(mark)" : "\($0)" }.joined()
                payloads.append(marked == base ? base + mark : marked)
            }
        }
        for mark in ["\u{0301}", "\u{0338}", "\u{20E3}", "\u{FE0F}"] {
            for base in bases { payloads.append("\"\(mark)\(base)\(mark)") }
        }
        return payloads
    }()

    /// What a spreadsheet would compute, or run.
    private static let formulas = [
        "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"x\",\"y\")",
        "=1\r\n=2",
    ]

    /// The elements and attributes that pages are made of; anything else got in from a text.
    private static let tags: Set<String> = [
        "html", "head", "meta", "title", "link", "script", "body", "a", "nav", "b", "bdi", "form", "button", "div", "p",
        "i", "span", "header", "main", "footer", "section", "h1", "h2", "h3", "ul", "li", "table", "thead", "tbody",
        "tfoot", "tr", "th", "td", "details", "summary", "dl", "dt", "dd", "label", "input", "select", "option", "pre",
        "code", "svg", "path", "text", "rect", "circle", "line", "g", "figure", "figcaption", "desc", "br", "small",
        "defs", "pattern", "aside", "fieldset", "legend", "textarea",
        "del", "ins",
    ]

    private func check(_ answer: Answer, _ target: String) {
        #expect(answer.status == .ok, "\(target): \(answer.text.suffix(400))")
        for (tag, attributes) in HostilePageTests.elements(answer.body) {
            #expect(HostilePageTests.tags.contains(tag), "\(target): <\(tag)>")
            for (name, value) in attributes {
                if name.hasPrefix("on") || name == "style" || name == "srcdoc" {
                    Issue.record("\(target): <\(tag) \(name)>")
                }
                if ["href", "src", "action", "formaction", "xlink:href"].contains(name) {
                    let isOwn = value.hasPrefix("/") || value.hasPrefix("#") || value.hasPrefix("?")
                    #expect(isOwn && !value.hasPrefix("//"), "\(target): \(name)=\(value)")
                }
            }
        }
        #expect(answer.text.components(separatedBy: "<script").count == 2, "\(target)")
    }

    /// Every text field of a use case has every payload: as many use cases as payloads, each with others in its fields.
    /// All names of segments, products and properties are in each.
    @Test func everyFieldHasEveryPayload() async throws {
        let count = HostilePageTests.texts.count
        #expect(count >= 190)
        var files: [String: String] = [:]
        for shift in 0..<count {
            files["usecases/h\(shift)/usecase.yaml"] = HostilePageTests.useCase(
                shifted: shift, id: "h\(shift)", segments: 3)
        }
        let project = try HostilePageTests.project(files, deploying: nil)
        try project.edit(
            "project.yaml", replace: "properties: {", with: "properties: {\(HostilePageTests.allProperties), ")
        try project.succeed("import", "--progress", "none")
        let served = try Served(project)
        let folder = served.folder
        for shift in 0..<count {
            let blueprint = Blueprint(try folder.useCase("h\(shift)", ValuesSelection()))
            _ = try folder.deployments().apply(DeploymentPlan(blueprint, over: nil), generation: 1, at: Machine.now)
        }
        check(try await served.get("/app/use-cases"), "/app/use-cases")
        check(try await served.get("/app/data"), "/app/data")
        for shift in 0..<count {
            let dashboard = "/app/dashboards/h\(shift)"
            check(try await served.get("/app/use-cases/h\(shift)"), "use case \(shift)")
            check(try await served.get(dashboard), dashboard)
            let property = PercentEncoding.encode(HostilePageTests.texts[shift])
            check(try await served.get("\(dashboard)?by=\(property)"), "\(dashboard) by property")
            check(try await served.get("/app/explain/h\(shift)?report=headline&metric=per_buyer"), "explain \(shift)")
            for cell in HostilePageTests.cells(try await served.get("/dashboards/h\(shift).csv").body).joined()
            where Double(cell) == nil {
                #expect(
                    !["=", "+", "-", "@", "\t", "\r"].contains { cell.utf8.starts(with: $0.utf8) }, "\(shift): \(cell)")
            }
        }
    }

    /// Field by field, from one payload to another; segments from and to; a change of values.yaml; going back.
    @Test func plansOfChanges() async throws {
        let project = try HostilePageTests.project()
        let served = try Served(project)
        let page = "/app/use-cases/hostile"
        try project.write("usecases/hostile/usecase.yaml", HostilePageTests.useCase(shifted: 7))
        let plan = try await served.get("\(page)/plan")
        check(plan, "plan")
        #expect(plan.text.components(separatedBy: "<del>").count > 50, "\(plan.text.count)")
        let words = HostilePageTests.texts.prefix(60).map {
            $0.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
        }
        .filter { !$0.contains("\n") }.joined(separator: ", ")
        let preview = try await served.post("\(page)/preview", [("p.words", words)])
        check(preview, "preview")
        #expect(preview.text.contains("<ins>+ "))
        try project.succeed("deploy", "hostile", "--yes")
        check(try await served.get("\(page)/rollback?to=1"), "rollback")
    }

    @Test func nothingGetsOut() async throws {
        #expect(HostilePageTests.payloads.count == 200)
        let project = try HostilePageTests.project()
        let served = try Served(project)
        for target in [
            "/app/use-cases", "/app/use-cases/hostile", "/app/use-cases/hostile/plan", "/app/dashboards/hostile",
            "/app/dashboards/hostile?by=product", "/app/dashboards/hostile?by=product.name&sort=-revenue", "/app/data",
            "/app/explain/hostile?report=headline&metric=revenue",
        ] {
            let answer = try await served.get(target)
            check(answer, target)
        }
        for target in [
            "/reports/hostile.csv?groupBy=product.name", "/dashboards/hostile.csv",
            "/dashboards/hostile.csv?groupBy=product",
        ] {
            let lines = HostilePageTests.cells(try await served.get(target).body)
            #expect(lines.count > 200, "\(target)")
            for cell in lines.joined() where Double(cell) == nil {
                #expect(
                    !["=", "+", "-", "@", "\t", "\r"].contains { cell.utf8.starts(with: $0.utf8) }, "\(target): \(cell)"
                )
            }
            // Nothing of them is lost.
            let found = Set(lines.joined().map { Array($0.utf8) })
            for formula in HostilePageTests.formulas where target.contains("groupBy") {
                #expect(found.contains(Array("'\(formula)".utf8)), "\(target): \(formula)")
            }
        }
        let json = try await served.object("/reports/hostile?groupBy=product.name")
        let names = Set(
            (json["data"] as? [[String: Any]] ?? []).compactMap { $0["product.name"] as? String }.map { Array($0.utf8) }
        )
        for payload in HostilePageTests.payloads + HostilePageTests.formulas {
            #expect(names.contains(Array(payload.utf8)), "\(payload)")
        }
        // An error shows what was asked, too.
        // The fourth is the name of a property, by which there are rows.
        for payload in HostilePageTests.payloads.prefix(60) where payload != HostilePageTests.payloads[3] {
            let target = "/app/dashboards/hostile?by=\(PercentEncoding.encode(payload))"
            let answer = try await served.get(target)
            #expect(answer.status == .badRequest)
            for (tag, _) in HostilePageTests.elements(answer.body) { #expect(HostilePageTests.tags.contains(tag)) }
        }
    }

    /// The cells of a CSV file, line by line (RFC 4180).
    private static func cells(_ bytes: [UInt8]) -> [[String]] {
        var lines: [[String]] = [[]]
        var cell: [UInt8] = []
        var isQuoted = false
        var index = 0
        func end() {
            lines[lines.count - 1].append(String(decoding: cell, as: UTF8.self))
            cell = []
        }
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch (bytes[index], isQuoted) {
            case (0x22, true) where next == 0x22:
                cell.append(0x22)
                index += 1
            case (0x22, _): isQuoted.toggle()
            case (0x2C, false): end()
            case (0x0D, false) where next == 0x0A:
                end()
                lines.append([])
                index += 1
            default: cell.append(bytes[index])
            }
            index += 1
        }
        return lines
    }

    /// The names of elements and of their attributes, as a tokenizer of HTML finds them.
    private static func elements(_ bytes: [UInt8]) -> [(String, [(name: String, value: String)])] {
        var found: [(String, [(name: String, value: String)])] = []
        var index = 0
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "<"), isLetter(bytes[index + 1]) else {
                index += 1
                continue
            }
            index += 1
            var name: [UInt8] = []
            while index < bytes.count, ![9, 10, 32, UInt8(ascii: "/"), UInt8(ascii: ">")].contains(bytes[index]) {
                name.append(bytes[index])
                index += 1
            }
            var attributes: [(name: String, value: String)] = []
            while index < bytes.count, bytes[index] != UInt8(ascii: ">") {
                if [9, 10, 32, UInt8(ascii: "/")].contains(bytes[index]) {
                    index += 1
                    continue
                }
                var attribute: [UInt8] = []
                while index < bytes.count, ![9, 10, 32, UInt8(ascii: "="), UInt8(ascii: ">")].contains(bytes[index]) {
                    attribute.append(bytes[index])
                    index += 1
                }
                attributes.append((String(decoding: attribute, as: UTF8.self).lowercased(), ""))
                guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "=") else { continue }
                index += 1
                var value: [UInt8] = []
                if bytes[index] == UInt8(ascii: "\"") {
                    index += 1
                    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                        value.append(bytes[index])
                        index += 1
                    }
                    index += 1
                } else {
                    while index < bytes.count, ![32, UInt8(ascii: ">")].contains(bytes[index]) {
                        value.append(bytes[index])
                        index += 1
                    }
                }
                attributes[attributes.count - 1].value = String(decoding: value, as: UTF8.self)
            }
            found.append((String(decoding: name, as: UTF8.self).lowercased(), attributes))
        }
        return found
    }

    /// As a string of JSON and of YAML, byte by byte: by Characters, a quote with a mark after it is no quote.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes + [UInt8(ascii: "\"")], as: UTF8.self)
    }

    /// In a definition two braces begin a parameter; in data they mean nothing.
    private static let texts = payloads.filter { !$0.contains("{{") }

    /// A purchase of each product, and a use case that has a payload wherever it has a text.
    private static func project(
        _ more: [String: String] = [:], deploying useCase: String? = "hostile"
    ) throws -> TenureProject {
        func payload(_ number: Int) -> String { quoted(texts[number % texts.count]) }
        let rows = (payloads + formulas).enumerated().map { index, payload in
            #"{"id": "o\#(index)", "customer": \#(quoted("c\(index)" + payload)), "at": "2026-01-05T10:00:00Z", "total": 10, "product": \#(quoted(payload)), "weird": \#(quoted(payload))}"#
        }
        var files = [
            "orders.ndjson": rows.joined(separator: "\n") + "\n",
            "project.yaml": """
            name: \(payload(1))
            timezone: UTC
            currency: EUR
            sources:
              - name: \(payload(2))
                file: orders.ndjson
                customer: customer
                properties: {\(payload(3)): weird}
                event:
                  type: purchase
                  timestamp: {column: at, format: iso8601}
                  key: purchase_id
                  amount: total_price
                  attributes:
                    purchase_id: id
                    product: product
                    total_price: {column: total, type: number}
            """,
            "usecases/hostile/usecase.yaml": HostilePageTests.useCase(shifted: 0),
        ]
        files.merge(more) { $1 }
        let project = try TenureProject(files)
        return try useCase.map { try project.deployed($0) } ?? project
    }

    /// A property for each payload but the one that is there already.
    private static var allProperties: String {
        texts.enumerated().filter { $0.offset != 3 }.map { "\(quoted($0.element)): weird" }.joined(separator: ", ")
    }

    /// - Parameter shift: which payload stands where.
    private static func useCase(shifted shift: Int, id: String = "hostile", segments count: Int = 60) -> String {
        func payload(_ number: Int) -> String { quoted(texts[(number + shift) % texts.count]) }
        let segments = (0..<count).map { index in
            "      - {name: \(payload(index)), when: {attribute: product, equals: \(payload(index))}}"
        }
        let customerSegments = (count..<(2 * count)).map { index in
            "      - {name: \(payload(index)), when: {property: \(quoted(texts[3])), equals: \(payload(index))}}"
        }
        return """
            use_case: \(id)
            version: 1.0.0
            title: \(payload(4))
            description: \(payload(5))
            parameters:
              words: {type: list, default: [\((0..<40).map(payload).joined(separator: ", "))], description: \(payload(6))}
            event_segmentations:
              - id: products
                name: \(payload(7))
                event: purchase
                segments:
            \(segments.joined(separator: "\n"))
                  - {name: Rest, when: {attribute: product, exists: true}}
            customer_segmentations:
              - id: people
                name: \(payload(8))
                segments:
            \(customerSegments.joined(separator: "\n"))
                remainder: \(payload(9))
            purchases:
              event: purchase
              amount: total_price
              success: {segmentation: products, in: [Rest, \((0..<count).map(payload).joined(separator: ", "))]}
            metrics:
              revenue: {measure: revenue, title: \(payload(10)), explanation: \(payload(11))}
              buyers: {measure: buyers, title: \(payload(12))}
              per_buyer: {formula: revenue / buyers, title: \(payload(13)), explanation: \(payload(14))}
            dashboard:
              id: \(id)
              name: \(payload(15))
              drill_down: [revenue, buyers, per_buyer]
              groupings:
                product.name: {title: \(payload(16)), by: {attribute: product}}
              exclusions:
                status: {title: \(payload(17)), attribute: product}
              reports:
                - {kpi: headline, title: \(payload(18)), metrics: [revenue, buyers, per_buyer]}
                - {table: products, title: \(payload(19)), by: {segmentation: products}, metrics: [revenue]}
                - {table: people, title: \(payload(20)), by: {segmentation: people}, metrics: [buyers, revenue]}
                - {trend: months, title: \(payload(21)), by: {calendar: month}, metrics: [revenue, per_buyer]}
                - {tree: parts, title: \(payload(22)), metrics: [per_buyer, revenue, buyers]}
                - {cohort: cohorts, title: \(payload(23)), by: {cohort: month}, metrics: [buyers]}
            """
    }
}
