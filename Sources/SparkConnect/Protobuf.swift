/// Writes messages of Protocol Buffers, field by field: the few that Spark Connect needs are not worth generated code.
package struct ProtobufWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func string(_ field: Int, _ text: String) { self.bytes(field, Array(text.utf8)) }

    package mutating func bytes(_ field: Int, _ content: [UInt8]) {
        tag(field, wire: 2)
        varint(UInt64(content.count))
        bytes += content
    }

    package mutating func integer(_ field: Int, _ value: Int64) {
        tag(field, wire: 0)
        varint(UInt64(bitPattern: value))
    }

    package mutating func double(_ field: Int, _ value: Double) {
        tag(field, wire: 1)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift))) }
    }

    package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        bytes(field, inner.bytes)
    }

    private mutating func tag(_ field: Int, wire: Int) { varint(UInt64(field << 3 | wire)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads a message of Protocol Buffers field by field.
package struct ProtobufReader {
    private var rest: ArraySlice<UInt8>

    package enum Value {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Of 32 or 64 bits.
        case fixed
    }

    package struct Malformed: Error {}

    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; nil at the end.
    package mutating func next() throws(Malformed) -> (field: Int, value: Value)? {
        if rest.isEmpty { return nil }
        let tag = try varint()
        let field = Int(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0: return (field, .integer(try varint()))
        case 1:
            _ = try take(8)
            return (field, .fixed)
        case 2:
            let count = try varint()
            guard count <= UInt64(rest.count) else { throw Malformed() }
            return (field, .bytes(try take(Int(count))))
        case 5:
            _ = try take(4)
            return (field, .fixed)
        default: throw Malformed()
        }
    }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }
}

extension ProtobufReader {
    /// The fields of a message in order; throws where it is none.
    package static func fields(_ bytes: ArraySlice<UInt8>, _ body: (Int, Value) throws -> Void) throws {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() { try body(field, value) }
    }
}
