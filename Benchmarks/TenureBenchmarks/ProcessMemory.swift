import Foundation

/// What the kernel of the machine says about this process; 0 where it says nothing.
struct ProcessMemory {
    /// Resident at its highest, in bytes.
    var peak = 0
    /// Resident now and no file's: the heap, and all that is not mapped columns or the program.
    var anonymous = 0
    /// The store's column files that are mapped, whether their pages are resident or not.
    var columns = 0

    static func now() -> ProcessMemory {
        var memory = ProcessMemory()
        for line in lines(of: "/proc/self/status") {
            if line.hasPrefix("VmHWM:") { memory.peak = kibibytes(line) }
            if line.hasPrefix("RssAnon:") { memory.anonymous = kibibytes(line) }
        }
        var isColumn = false
        for line in lines(of: "/proc/self/smaps") {
            // A mapping begins with its addresses and ends with its file.
            if line.first.map({ $0.isHexDigit && !$0.isUppercase }) ?? false, line.contains("-") {
                isColumn = line.contains("/parts/")
            } else if isColumn, line.hasPrefix("Size:") {
                memory.columns += kibibytes(line)
            }
        }
        return memory
    }

    /// Seconds that all threads of the process have computed.
    static func cpuSeconds() -> Double {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func lines(of path: String) -> [Substring] {
        // Such a file has no size, and a short read is not its end.
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        var bytes = Data()
        while let part = try? file.read(upToCount: 1 << 16), !part.isEmpty { bytes += part }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    private static func kibibytes(_ line: Substring) -> Int {
        1_024 * (line.split(separator: " ").compactMap { Int($0) }.first ?? 0)
    }
}
