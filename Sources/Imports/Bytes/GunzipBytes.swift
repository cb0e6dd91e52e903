import CZlib
import Diagnostics

/// The content of a gzip file, of one or several members, checked against the checksums in it.
@safe package final class GunzipBytes: ByteSource {
    private let source: any ByteSource
    /// zlib's state keeps the address of this struct, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var inputPosition = 0
    private var output = [UInt8](repeating: 0, count: 262_144)
    private var inMember = false
    private var members = 0
    /// zlib may hold more output than the last piece had room for; it is asked again before more input is read.
    private var outputWasFull = false

    package init(_ source: any ByteSource) {
        self.source = source
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15: the largest window; + 16: gzip, with header and checksum.
        let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib takes these parameters")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    package var bytesRead: Int { source.bytesRead }

    package func read(appendingTo buffer: inout [UInt8]) throws -> Bool {
        if inputPosition == input.count, !outputWasFull {
            input.removeAll(keepingCapacity: true)
            inputPosition = 0
            while input.isEmpty {
                if try source.read(appendingTo: &input) { continue }
                if inMember || members == 0 {
                    throw ByteProblem(.importGzipDamaged, "the gzip file ends early: the rest of its data is missing")
                }
                return false
            }
        }
        if !inMember, members > 0 {
            // Some writers fill the last block with zeros.
            while inputPosition < input.count, input[inputPosition] == 0 { inputPosition += 1 }
            if inputPosition == input.count { return true }
            unsafe inflateReset(stream)
        }
        inMember = true
        try inflateOnce(appendingTo: &buffer)
        return true
    }

    private func inflateOnce(appendingTo buffer: inout [UInt8]) throws {
        let status = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + inputPosition }
                unsafe stream.pointee.avail_in = UInt32(input.count - inputPosition)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                return unsafe inflate(stream, Z_NO_FLUSH)
            }
        }
        inputPosition = input.count - Int(unsafe stream.pointee.avail_in)
        let room = Int(unsafe stream.pointee.avail_out)
        buffer.append(contentsOf: output[..<(output.count - room)])
        outputWasFull = room == 0 && status != Z_STREAM_END
        switch status {
        case Z_OK, Z_BUF_ERROR:
            break
        case Z_STREAM_END:
            inMember = false
            members += 1
        default:
            let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)"
            let what =
                members > 0
                ? "the gzip file goes on with bytes that are damaged or no gzip" : "the gzip file is damaged"
            throw ByteProblem(.importGzipDamaged, "\(what): \(reason)")
        }
    }
}
