package import Diagnostics

/// Bytes that come in pieces. Decorators (`GunzipBytes`, `DecodedBytes`) stack on a file's raw bytes.
package protocol ByteSource: AnyObject {
    /// Appends the next piece to `buffer`; false at the end. A piece can be empty. Throws `ByteProblem`.
    func read(appendingTo buffer: inout [UInt8]) throws -> Bool
    /// Bytes taken from the file so far, for progress: compressed ones where the file is compressed.
    var bytesRead: Int { get }
}

/// What is wrong with a file's bytes. Whoever counts lines gives it a place: the end of the text read so far.
package struct ByteProblem: Error {
    package var code: Code
    package var message: String
    package var hints: [String]

    package init(_ code: Code, _ message: String, hints: [String] = []) {
        self.code = code
        self.message = message
        self.hints = hints
    }
}

/// Bytes in memory, given in pieces of a chosen size.
package final class MemoryBytes: ByteSource {
    private let bytes: [UInt8]
    private let pieceSize: Int
    package private(set) var bytesRead = 0

    package init(_ bytes: [UInt8], pieceSize: Int = 65_536) {
        precondition(pieceSize > 0, "a piece has at least one byte")
        self.bytes = bytes
        self.pieceSize = pieceSize
    }

    package func read(appendingTo buffer: inout [UInt8]) -> Bool {
        guard bytesRead < bytes.count else { return false }
        let end = min(bytesRead + pieceSize, bytes.count)
        buffer.append(contentsOf: bytes[bytesRead..<end])
        bytesRead = end
        return true
    }
}

/// The text of a file as UTF-8: plain or gzip (told by its first bytes), in the declared encoding.
package enum TextFile {
    /// Throws `ByteProblem` where the file can not be opened.
    package static func open(_ path: String, encoding: TextEncoding) throws -> DecodedBytes {
        try open(FileBytes(path: path), named: path, encoding: encoding)
    }

    /// The same of a file that is open, of which nothing was read.
    static func open(_ file: FileBytes, named path: String, encoding: TextEncoding) throws -> DecodedBytes {
        var start: [UInt8] = []
        while start.count < 2, try file.read(appendingTo: &start) {}
        let rest = PrefixedBytes(start, then: file)
        if start.starts(with: [0x1F, 0x8B]) {
            return DecodedBytes(GunzipBytes(rest), encoding: encoding)
        }
        if path.utf8.suffix(3).elementsEqual(".gz".utf8) {
            throw ByteProblem(
                .importGzipDamaged,
                start.isEmpty
                    ? "the file is empty, which no gzip file is" : "the file's name ends in .gz, but it is not gzip")
        }
        return DecodedBytes(rest, encoding: encoding)
    }
}

/// Bytes that were looked at already, and then the rest.
private final class PrefixedBytes: ByteSource {
    private var prefix: [UInt8]
    private let rest: any ByteSource

    init(_ prefix: [UInt8], then rest: any ByteSource) {
        self.prefix = prefix
        self.rest = rest
    }

    var bytesRead: Int { rest.bytesRead }

    func read(appendingTo buffer: inout [UInt8]) throws -> Bool {
        if prefix.isEmpty { return try rest.read(appendingTo: &buffer) }
        buffer.append(contentsOf: prefix)
        prefix = []
        return true
    }
}
