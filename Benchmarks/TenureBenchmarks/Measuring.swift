/// Seconds by the clock and of all threads, each by itself the median of the runs.
func medianTimes(_ runs: Int, _ body: () throws -> Void) rethrows -> (wall: Double, cpu: Double) {
    let clock = ContinuousClock()
    var (walls, cpus): ([Double], [Double]) = ([], [])
    for _ in 0..<max(1, runs) {
        let before = ProcessMemory.cpuSeconds()
        walls.append(try clock.measure(body) / .seconds(1))
        cpus.append(ProcessMemory.cpuSeconds() - before)
    }
    return (walls.sorted()[walls.count / 2], cpus.sorted()[cpus.count / 2])
}

/// One JSON object on standard output.
func printLine(_ figures: [(String, Double)]) {
    print("{" + figures.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}")
}
