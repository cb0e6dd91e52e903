import Foundation
import Quantities
import Testing

@Suite struct ChecksumTests {
    private func sum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        unsafe Array(bytes).withUnsafeBytes { unsafe checksum($0) }
    }

    /// Vectors of the xxHash specification.
    @Test(arguments: [
        ("", UInt64(0xEF46_DB37_51D8_E999)), ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ])
    func itIsXXH64(text: String, expected: UInt64) {
        #expect(sum(text.utf8) == expected)
    }

    @Test func piecesOfAnyLengthGiveTheSame() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for length in 0...bytes.count {
            for step in [1, 3, 8, 31, 32, 33, 64, 200] {
                var stream = ChecksumStream()
                for start in stride(from: 0, to: length, by: step) {
                    unsafe bytes[start..<min(length, start + step)].withUnsafeBytes { unsafe stream.update($0) }
                }
                #expect(stream.value == sum(bytes[..<length]), "\(length) bytes in pieces of \(step)")
            }
        }
    }
}
