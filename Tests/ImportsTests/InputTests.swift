import Definitions
import Diagnostics
import Foundation
import GRDB
import Imports
import Quantities
import Testing

private typealias M = Mappings

@Suite struct InputFilesTests {
    @Test func patterns() throws {
        let folder = try TemporaryFolder()
        for name in ["b-2.csv", "b-10.csv", "B.csv", "ä.csv", ".hidden.csv", "b.csv.gz", "other.txt"] {
            try folder.write(name, "x")
        }
        func find(_ patterns: String...) -> [String] {
            do {
                return try InputFiles.find(patterns.map { M.at($0) }, in: folder.url).map(\.path)
            } catch let list as DiagnosticList {
                return list.diagnostics.map { golden($0) + $0.hints.map { " (\($0))" }.joined() }
            } catch {
                return ["unexpected \(error)"]
            }
        }
        #expect(find("*.csv") == ["B.csv", "b-10.csv", "b-2.csv", "ä.csv"])
        #expect(find("?.csv") == ["B.csv", "ä.csv"])
        #expect(find("b-*.csv", "b.csv*") == ["b-10.csv", "b-2.csv", "b.csv.gz"])
        #expect(find(folder.url.path + "/oth*") == [folder.url.path + "/other.txt"])
        #expect(find("other.tx") == ["project.yaml:1:1 TN201 no file matches 'other.tx' (did you mean 'other.txt'?)"])
        #expect(find("none/x.csv") == ["project.yaml:1:1 TN201 there is no folder 'none/' to read"])
        #expect(
            find("*/x.csv") == ["project.yaml:1:1 TN201 * and ? stand for parts of a file's name, not of a folder's"])
        #expect(find("B.csv", "?.csv") == ["project.yaml:1:1 TN222 'B.csv' is named twice, its rows would count twice"])
    }
}

@Suite struct SQLiteReaderTests {
    private func read(_ folder: TemporaryFolder, _ query: String, file: String = "shop.sqlite") -> [String] {
        var lines: [String] = []
        do {
            try SQLiteReader.read(folder.url.appendingPathComponent(file), path: file, query: M.at(query)) { reader in
                lines.append(reader.columns.joined(separator: "|"))
                while try reader.next() {
                    if let problem = reader.record.problem {
                        lines.append(golden(reader.record.diagnostic(problem)))
                    } else {
                        let texts = reader.record.fields.indices.map { index in
                            reader.record.fields[index].form == .missing
                                ? "–" : String(decoding: reader.record.text(index), as: UTF8.self)
                        }
                        lines.append(texts.joined(separator: "|"))
                    }
                }
            }
        } catch let problem as Diagnostic {
            lines.append("stop " + golden(problem))
        } catch {
            lines.append("unexpected \(error)")
        }
        return lines
    }

    @Test func values() throws {
        let folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: folder.url.path + "/shop.sqlite")
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE t (id INTEGER, name TEXT, price REAL);
                    INSERT INTO t VALUES (9007199254740993, 'Zoë', 0.1), (2, NULL, 72.0), (3, x'00ff', 1e20);
                    INSERT INTO t VALUES (4, CAST(x'61e962' AS TEXT), 1), (5, CAST(x'6100' AS TEXT), 1);
                    """)
        }
        #expect(
            read(folder, "SELECT id, name, price FROM t ORDER BY id = 9007199254740993 DESC, id") == [
                "id|name|price", "9007199254740993|Zoë|0.1", "2|–|72",
                "shop.sqlite:3:5 TN224 column 'name' is a BLOB, which is no text",
                "shop.sqlite:4:6 TN204 the text is not valid in the file's encoding (byte 0xE9 as UTF-8)",
                "shop.sqlite:5:6 TN210 the text contains the character NUL (U+0000)",
            ])
        let place = "stop project.yaml:1:1 TN223"
        #expect(read(folder, "DELETE FROM t") == ["\(place) the query changes the database or gives no columns"])
        #expect(
            read(folder, "SELECT 1; DELETE FROM t").first?.hasPrefix(
                "\(place) SQLite refuses the query: Multiple statements") == true)
        #expect(read(folder, "SELECT nam FROM t") == ["\(place) SQLite refuses the query: no such column: nam"])
        #expect(
            read(folder, "SELECT id, id FROM t") == [
                "stop project.yaml:1:1 TN205 the query gives two columns named 'id'"
            ])
        try folder.write(
            "no.sqlite", "this is no database, and long enough to be looked at as one........................")
        #expect(
            read(folder, "SELECT 1 FROM x", file: "no.sqlite").first?.hasPrefix("stop project.yaml:1:1 TN2") == true)
        #expect(read(folder, "SELECT count(*) AS n FROM t") == ["n", "5"])

        let sink = MemorySink()
        let source = M.source(
            .sqlite(file: M.at("shop.sqlite"), query: M.at("SELECT id AS customer, price FROM t WHERE id < 4")),
            named: "shop",
            properties: [M.named("price", M.column("price", .number))])
        let quarantine = folder.url.appendingPathComponent("q")
        let report = try Importer([source], timezone: .utc, folder: folder.url, onError: .quarantine(to: quarantine))
            .run(into: sink)
        #expect(report.accepted == 2 && sink.properties["3"] == ["price": "100000000000000000000"])
    }
}

@Suite struct RateFileTests {
    private func read(_ text: String) throws -> [String: [String: [RateFile.Rate]]] {
        try RateFile.read(MemoryBytes(Array(text.utf8)), path: "fx.csv", into: "USD")
    }

    @Test func rates() throws {
        let tables = try read(
            "date,currency,rate\n2026-01-02,EUR,1.10\n2026-01-01,EUR,1.2\n2026-01-01,GBP,1.3\n2026-01-01,EUR,1.20\n")
        #expect(tables.keys.sorted() == ["USD"])
        let rates = tables["USD"] ?? [:]
        let day = CivilDate(year: 2026, month: 1, day: 1).dayNumber
        #expect(rates["EUR"]?.map(\.day) == [day, day + 1])
        #expect(rates["EUR"]?.map(\.rate.description) == ["1.2", "1.10"])
        #expect(rates["GBP"]?.count == 1)
    }

    @Test func ratesIntoSeveralCurrencies() throws {
        let tables = try read(
            "to,date,currency,rate\n,2026-01-01,EUR,1.1\nGBP,2026-01-01,EUR,0.87\nGBP,2026-01-01,USD,0.75\n"
                + "USD,2026-01-01,GBP,1.3\nGBP,2026-01-01,GBP,1\n")
        #expect(
            tables.mapValues { $0.mapValues { $0.map(\.rate.description) } } == [
                "USD": ["EUR": ["1.1"], "GBP": ["1.3"]],
                "GBP": ["EUR": ["0.87"], "USD": ["0.75"]],
            ])
    }

    @Test func aRateOfACurrencyIntoItself() {
        do {
            _ = try read("date,currency,rate,to\n2026-01-01,USD,1.1,\n2026-01-01,GBP,2,GBP\n2026-01-01,GBP,2,pound\n")
            Issue.record("nothing of it is right")
        } catch let list as DiagnosticList {
            #expect(
                list.diagnostics.map(golden) == [
                    "fx.csv:2:16 TN225 1 USD is not 1.1 USD", "fx.csv:3:16 TN225 1 GBP is not 2 GBP",
                    "fx.csv:4:18 TN225 'pound' is not a currency's code",
                ])
            #expect(list.diagnostics[0].hints.joined().contains("the display currency, which is USD"))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func problems() {
        do {
            _ = try read(
                "currency,date,rate\nEUR,2026-01-01,1.2\nEUR,2026-01-01,1.3\neur,2026-01-01,1\nGBP,2026-02-30,1\nGBP,2026-01-01,0\nGBP,2026-01-01,x\nGBP\n"
            )
            Issue.record("nothing of it is right")
        } catch let list as DiagnosticList {
            #expect(
                list.diagnostics.map(golden) == [
                    "fx.csv:3:16 TN225 EUR has two rates into USD on 2026-01-01: 1.2 and 1.3",
                    "fx.csv:4:1 TN225 'eur' is not a currency's code", "fx.csv:5:5 TN225 '2026-02-30' is not a date",
                    "fx.csv:6:16 TN225 the rate 0 is not above zero", "fx.csv:7:16 TN214 'x' is not a number",
                    "fx.csv:8:4 TN207 the row has 1 field, the header 3",
                ])
        } catch {
            Issue.record("\(error)")
        }
        #expect(throws: DiagnosticList.self) { try read("date,currency\n2026-01-01,EUR\n") }
    }
}
