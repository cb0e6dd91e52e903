package import Definitions
import Diagnostics
import Foundation
import Quantities

/// What a file holds before anything of it is mapped: its columns, and which values stand in which row.
package struct FileSurvey: Sendable {
    /// As the user would type it in the project folder.
    package var path: String
    /// Of a CSV file.
    package var delimiter: UInt8?
    /// The encoding to declare; nil where the file tells it.
    package var encoding: CSVOptions.Encoding?
    package var columns: [ColumnSurvey]
    /// Rows that were looked at, and whether these are all of them.
    package var rows: Int
    package var isWhole: Bool

    /// The column of that name; nil where there is none.
    package func column(_ name: String) -> ColumnSurvey? { columns.first { $0.name == name } }

    /// The rows in which a column has the value with that code.
    package func rows(with code: Int32, in column: ColumnSurvey) -> FileSurvey {
        let rows = column.codes.indices.filter { column.codes[$0] == code }
        var part = self
        part.rows = rows.count
        part.columns = columns.map { column in
            var chosen = ColumnSurvey(name: column.name)
            var codes = [Int32](repeating: 0, count: column.texts.count + 1)
            for row in rows {
                let code = Int(column.codes[row])
                if code > 0, codes[code] == 0 {
                    chosen.texts.append(column.texts[code - 1])
                    chosen.counts.append(0)
                    codes[code] = Int32(chosen.texts.count)
                }
                chosen.codes.append(codes[code])
                if code > 0 { chosen.counts[Int(codes[code]) - 1] += 1 }
            }
            return chosen
        }
        return part
    }
}

/// One column of a surveyed file.
package struct ColumnSurvey: Sendable {
    package var name: String
    /// By row: 0 for no value, else the place in `texts` and one more.
    package var codes: [Int32] = []
    /// The different values in order of first sight, and how many rows have each.
    package var texts: [[UInt8]] = []
    package var counts: [Int] = []

    init(name: String) {
        self.name = name
    }

    /// Rows with a value.
    package var present: Int { counts.reduce(0, +) }
}

extension FileSurvey {
    /// Reads the rows of a file, the first ones of a large one.
    ///
    /// - Parameters:
    ///   - input: how the file is written; nil for the delimiter to be found out.
    ///   - limit: of rows.
    /// - Throws: a `Diagnostic` or `DiagnosticList` where the file cannot be read.
    package static func read(
        _ file: InputFile, as input: Source.Input? = nil, limit: Int = .max
    ) throws -> FileSurvey {
        do {
            switch input {
            case .csv(_, let options)?:
                return try read(file, CSVDialect(options), options.encoding, limit)
            case .ndjson?: return try lines(file, limit)
            case .sqlite(_, let query)?:
                return try SQLiteReader.read(file.url, path: file.path, query: query) { reader in
                    try survey(reader, reader.columns, file.path, nil, limit)
                }
            case .tracking?, .elsewhere?: preconditionFailure("what is posted or elsewhere is no file")
            case nil:
                if FileSurvey.isLines(file.path) { return try lines(file, limit) }
                return try read(file, limit)
            }
        } catch let problem as ByteProblem {
            let place = Place(.excerpt(path: file.path, line: []), line: 1, column: 1)
            throw Diagnostic(.error, problem.code, problem.message, at: place, hints: problem.hints)
        }
    }

    /// The name is that of a kind of file that can be surveyed without being told how it is written.
    package static func isSurveyed(_ path: String) -> Bool {
        isLines(path) || [".csv", ".tsv", ".txt"].contains { plainName(path).hasSuffix($0) }
    }

    private static func isLines(_ path: String) -> Bool {
        [".ndjson", ".jsonl"].contains { plainName(path).hasSuffix($0) }
    }

    /// In small letters, without the ending of a compressed file.
    private static func plainName(_ path: String) -> String {
        let lower = path.lowercased()
        return lower.hasSuffix(".gz") ? String(lower.dropLast(3)) : lower
    }

    /// A CSV file of which nothing is known. Text that is neither UTF-8 nor marked is taken as Windows-1252, of which nearly
    /// every byte is a letter.
    private static func read(_ file: InputFile, _ limit: Int) throws -> FileSurvey {
        var problem: (any Error)?
        for encoding in [TextEncoding.auto, .windows1252] {
            do {
                let dialect = CSVDialect(delimiter: .byte(try delimiter(file, encoding)))
                var survey = try read(file, dialect, encoding, limit)
                if encoding != .auto { survey.encoding = encoding }
                return survey
            } catch {
                problem = problem ?? error
            }
        }
        throw problem ?? Diagnostic(.error, .importHeader, "the file has no header line")
    }

    private static func read(
        _ file: InputFile, _ dialect: CSVDialect, _ encoding: TextEncoding, _ limit: Int
    ) throws -> FileSurvey {
        let reader = try CSVReader(TextFile.open(file.url.path, encoding: encoding), path: file.path, dialect: dialect)
        let delimiter: UInt8? = if case .byte(let byte) = dialect.delimiter { byte } else { nil }
        return try survey(reader, reader.columns, file.path, delimiter, limit)
    }

    private static func lines(_ file: InputFile, _ limit: Int) throws -> FileSurvey {
        let first = NDJSONReader(try TextFile.open(file.url.path, encoding: .utf8), path: file.path, paths: [])
        var lines = 0
        while lines < NDJSONReader.lookedAt - 1, try first.next() { lines += 1 }
        // What has members is read by its members.
        let known = first.knownPaths
        let parents = Set(
            known.flatMap { path in path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) } })
        let paths = known.filter { !parents.contains($0) }
        let reader = NDJSONReader(try TextFile.open(file.url.path, encoding: .utf8), path: file.path, paths: paths)
        return try survey(reader, paths, file.path, nil, limit)
    }

    /// The delimiter that cuts the first rows into the most columns, in nearly all of them as many.
    private static func delimiter(_ file: InputFile, _ encoding: TextEncoding) throws -> UInt8 {
        let isTab = plainName(file.path).hasSuffix(".tsv")
        var best = (delimiter: isTab ? UInt8.tab : UInt8(ascii: ","), columns: 1)
        for delimiter in [UInt8(ascii: ","), UInt8(ascii: ";"), .tab, UInt8(ascii: "|")] {
            if let columns = try columns(file, encoding, cutBy: delimiter), columns > best.columns {
                best = (delimiter, columns)
            }
        }
        return best.delimiter
    }

    /// How many columns a delimiter makes of the header; nil where the first rows do not fit it.
    ///
    /// That the text is no table with this delimiter is an answer; where none fits, the survey is made with the first of them
    /// and says what is wrong.
    private static func columns(
        _ file: InputFile, _ encoding: TextEncoding, cutBy delimiter: UInt8
    ) throws -> Int? {
        let text = try TextFile.open(file.url.path, encoding: encoding)
        do {
            let reader = try CSVReader(text, path: file.path, dialect: CSVDialect(delimiter: .byte(delimiter)))
            var (rows, fitting) = (0, 0)
            while rows < 100, try reader.next() {
                rows += 1
                if reader.record.problem == nil { fitting += 1 }
            }
            return fitting * 10 >= rows * 9 ? reader.columns.count : nil
        } catch is Diagnostic {
            return nil
        } catch is DiagnosticList {
            return nil
        }
    }

    private static func survey(
        _ reader: any RecordReader, _ names: [String], _ path: String, _ delimiter: UInt8?, _ limit: Int
    ) throws -> FileSurvey {
        var columns = names.map(ColumnSurvey.init)
        var known = [[[UInt8]: Int32]](repeating: [:], count: names.count)
        var rows = 0
        let record = reader.record
        var isWhole = true
        while try reader.next() {
            if rows == limit {
                isWhole = false
                break
            }
            rows += 1
            for index in columns.indices {
                // A row that is malformed has no values that could be trusted.
                guard record.problem == nil, index < record.fields.count else {
                    columns[index].codes.append(0)
                    continue
                }
                let text = trim(record.text(index))
                if text.isEmpty {
                    columns[index].codes.append(0)
                    continue
                }
                let bytes = Array(text)
                if let code = known[index][bytes] {
                    columns[index].codes.append(code)
                    columns[index].counts[Int(code) - 1] += 1
                } else {
                    let code = Int32(columns[index].texts.count + 1)
                    known[index][bytes] = code
                    columns[index].texts.append(bytes)
                    columns[index].counts.append(1)
                    columns[index].codes.append(code)
                }
            }
        }
        return FileSurvey(
            path: path, delimiter: delimiter, encoding: nil, columns: columns, rows: rows, isWhole: isWhole)
    }
}
