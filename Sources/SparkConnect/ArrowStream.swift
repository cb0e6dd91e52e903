import Spark

/// The rows in a stream of Apache Arrow's IPC format whose columns are all text.
///
/// Statements cast every column that they give to text, so that of the format only two types of columns are read. Every
/// place that the bytes name is checked before it is read.
package struct ArrowStream: Sendable {
    package private(set) var columns: [Column] = []
    package private(set) var rows: [[String?]] = []

    package struct Column: Sendable {
        package var name: String
        /// Offsets of 64 bits.
        package var isLarge: Bool
    }

    package struct Malformed: Error {
        var message: String

        init(_ message: String) { self.message = message }
    }

    /// - Throws: `Malformed`.
    package init(_ bytes: ArraySlice<UInt8>) throws {
        let stream = Bytes(bytes)
        var place = 0
        while place + 8 <= stream.count {
            var length = try stream.int32(place)
            place += 4
            if length == -1 {
                length = try stream.int32(place)
                place += 4
            }
            if length == 0 { return }
            guard length > 0 else { throw Malformed("a message of \(length) bytes") }
            let message = try FlatTable(root: try stream.part(place, Int(length)))
            place += Int(length)
            let bodyLength = try message.int64(3) ?? 0
            guard bodyLength >= 0, bodyLength <= stream.count - place else { throw Malformed("a body that is cut off") }
            let body = try stream.part(place, Int(bodyLength))
            place += Int(bodyLength)
            guard let header = try message.table(2) else { throw Malformed("a message without a header") }
            switch try message.byte(1) {
            case 1: try readSchema(header)
            case 3: try readBatch(header, body)
            case let kind: throw Malformed("a message of the kind \(kind ?? 0)")
            }
        }
    }

    private mutating func readSchema(_ schema: FlatTable) throws {
        if try schema.int16(0) ?? 0 != 0 { throw Malformed("numbers in the order of another machine") }
        columns = try schema.tables(1).map { field in
            let name = try field.string(0) ?? ""
            if try field.table(4) != nil { throw Malformed("the column \(name) is a dictionary") }
            switch try field.byte(2) {
            case 5: return Column(name: name, isLarge: false)
            case 20: return Column(name: name, isLarge: true)
            case let type: throw Malformed("the column \(name) is of the type \(type ?? 0), and no text")
            }
        }
    }

    private mutating func readBatch(_ batch: FlatTable, _ body: Bytes) throws {
        if try batch.table(3) != nil { throw Malformed("a compressed batch") }
        let count = Int(try batch.int64(0) ?? 0)
        let nodes = try batch.structs(1, size: 16)
        let buffers = try batch.structs(2, size: 16)
        // Every row has an offset, so that there are never more rows than bytes.
        guard (0...body.count).contains(count), nodes.count == columns.count, buffers.count == 3 * columns.count else {
            throw Malformed("a batch with other columns than the schema")
        }
        var texts: [[String?]] = []
        for (index, column) in columns.enumerated() {
            guard try nodes[index].int64(0) == Int64(count) else { throw Malformed("columns of different lengths") }
            let nulls = try nodes[index].int64(8)
            func buffer(_ part: Int) throws -> Bytes {
                let place = buffers[3 * index + part]
                return try body.part(Int(try place.int64(0)), Int(try place.int64(8)))
            }
            let validity = try buffer(0)
            let offsets = try buffer(1)
            let data = try buffer(2)
            let width = column.isLarge ? 8 : 4
            guard count == 0 || offsets.count >= (count + 1) * width else { throw Malformed("too few offsets") }
            guard nulls == 0 || validity.count * 8 >= count else { throw Malformed("too few validity bits") }
            var column: [String?] = []
            column.reserveCapacity(count)
            for row in 0..<count {
                if nulls > 0, try validity.byte(row >> 3) >> UInt8(row & 7) & 1 == 0 {
                    column.append(nil)
                    continue
                }
                func offset(_ row: Int) throws -> Int {
                    width == 8 ? Int(try offsets.int64(row * 8)) : Int(try offsets.int32(row * 4))
                }
                let (start, end) = (try offset(row), try offset(row + 1))
                guard 0 <= start, start <= end else { throw Malformed("offsets that go back") }
                column.append(String(decoding: try data.part(start, end - start).content, as: UTF8.self))
            }
            texts.append(column)
        }
        rows.reserveCapacity(rows.count + count)
        for row in 0..<count { rows.append(texts.map { $0[row] }) }
    }
}

/// Bytes with places that count from their beginning; little-endian.
struct Bytes {
    let content: ArraySlice<UInt8>

    init(_ content: ArraySlice<UInt8>) { self.content = content }

    var count: Int { content.count }

    func part(_ start: Int, _ length: Int) throws -> Bytes {
        guard start >= 0, length >= 0, start <= count, length <= count - start else {
            throw ArrowStream.Malformed("a place outside of the message")
        }
        let first = content.startIndex + start
        return Bytes(content[first..<first + length])
    }

    func byte(_ place: Int) throws -> UInt8 {
        guard place >= 0, place < count else { throw ArrowStream.Malformed("a place outside of the message") }
        return content[content.startIndex + place]
    }

    func int16(_ place: Int) throws -> Int16 { try integer(place) }
    func int32(_ place: Int) throws -> Int32 { try integer(place) }
    func int64(_ place: Int) throws -> Int64 { try integer(place) }

    private func integer<Number: FixedWidthInteger>(_ place: Int) throws -> Number {
        var value: Number = 0
        for (shift, byte) in try part(place, Number.bitWidth / 8).content.enumerated() {
            value |= Number(truncatingIfNeeded: byte) << (8 * shift)
        }
        return value
    }
}

/// A table of a FlatBuffer: fields by number, each of which may be missing.
struct FlatTable {
    private let buffer: Bytes
    private let place: Int
    private let fields: [Int]

    init(root buffer: Bytes) throws { try self.init(buffer, at: Int(try buffer.int32(0))) }

    private init(_ buffer: Bytes, at place: Int) throws {
        self.buffer = buffer
        self.place = place
        let table = place - Int(try buffer.int32(place))
        let size = Int(UInt16(bitPattern: try buffer.int16(table)))
        fields = try stride(from: 4, to: max(4, size - 1), by: 2).map {
            Int(UInt16(bitPattern: try buffer.int16(table + $0)))
        }
    }

    private func field(_ number: Int) -> Int? {
        guard number < fields.count, fields[number] != 0 else { return nil }
        return place + fields[number]
    }

    func byte(_ number: Int) throws -> UInt8? { try field(number).map { try buffer.byte($0) } }
    func int16(_ number: Int) throws -> Int16? { try field(number).map { try buffer.int16($0) } }
    func int64(_ number: Int) throws -> Int64? { try field(number).map { try buffer.int64($0) } }

    private func target(_ place: Int) throws -> Int {
        let offset = Int(UInt32(bitPattern: try buffer.int32(place)))
        return place + offset
    }

    func table(_ number: Int) throws -> FlatTable? {
        try field(number).map { try FlatTable(buffer, at: try target($0)) }
    }

    func string(_ number: Int) throws -> String? {
        guard let (start, count) = try vector(number, size: 1) else { return nil }
        return String(decoding: try buffer.part(start, count).content, as: UTF8.self)
    }

    func tables(_ number: Int) throws -> [FlatTable] {
        guard let (start, count) = try vector(number, size: 4) else { return [] }
        return try (0..<count).map { try FlatTable(buffer, at: try target(start + 4 * $0)) }
    }

    func structs(_ number: Int, size: Int) throws -> [Bytes] {
        guard let (start, count) = try vector(number, size: size) else { return [] }
        return try (0..<count).map { try buffer.part(start + size * $0, size) }
    }

    /// Where the elements begin, and how many there are; all of them lie within the buffer.
    private func vector(_ number: Int, size: Int) throws -> (start: Int, count: Int)? {
        guard let place = try field(number).map({ try target($0) }) else { return nil }
        let count = Int(UInt32(bitPattern: try buffer.int32(place)))
        _ = try buffer.part(place + 4, count * size)
        return (place + 4, count)
    }
}
