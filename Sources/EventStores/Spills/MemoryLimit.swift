import Foundation

/// How much memory an import may take, and how it is shared out.
package struct MemoryLimit: Hashable, Sendable {
    package let bytes: Int
    /// Into how many partitions spilled rows are divided by their customers. A partition must fit into memory at the
    /// end, so their number is what bounds the size of an import: at 400 MB to half a billion events or so.
    let partitions: Int

    /// - Parameters:
    ///   - bytes: any number; what the program itself takes comes on top of a very small one.
    ///   - partitions: fewer for the small files of tests.
    package init(bytes: Int, partitions: Int = 512) {
        precondition(bytes > 0 && partitions > 0 && partitions <= 1 << 16, "a limit without room")
        self.bytes = bytes
        self.partitions = partitions
    }

    /// `512MB`, `1.5GiB`, `800000000`; nil for anything else.
    package init?(_ text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        let factors = [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1_024, "mib": 1_048_576,
            "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let value = Double(number), let factor = factors[unit], value * factor >= 1, value * factor < 1e18 else {
            return nil
        }
        self.init(bytes: Int(value * factor))
    }

    /// The smallest one that the command line takes.
    package static let smallest = MemoryLimit(bytes: 64_000_000)

    /// Half of the machine's memory.
    package static var standard: MemoryLimit {
        MemoryLimit(bytes: max(smallest.bytes, Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)))
    }

    /// What is left for rows: the program, and the chunks of a file that are being parsed, take some, too.
    private var available: Int { max(bytes - 40_000_000, bytes / 4) }

    /// What a builder may hold before it spills. Tables that grow have their old and new memory for a moment, and
    /// writing takes a column's memory once more; half of what is available was measured to be a few megabytes too many.
    var heldBytes: Int { available * 9 / 20 }

    /// What the rows of one slice may take before they are sorted, for which they are copied, and which gives a byte of
    /// a code four.
    var sliceBytes: Int { available / 5 }

    /// For texts that stay in memory while slices are written.
    var residentBytes: Int { available / 8 }

    /// For the texts of one bucket of a dictionary.
    var bucketBytes: Int { available / 4 }
}
