/// The nearest of `candidates` to what was written, near enough to be what was meant; nil where none is.
///
/// Near is an edit distance (insert, delete, replace, swap neighbours) of at most a third of the longer word's length.
/// Case and the separators `_ - .` and blank count as equal.
package func nearest(to written: String, among candidates: some Sequence<String>) -> String? {
    let key = comparable(written)
    var best: (distance: Int, name: String)?
    for candidate in candidates {
        let other = comparable(candidate)
        let distance = editDistance(key, other)
        guard distance <= max(1, max(key.count, other.count) / 3) else { continue }
        if distance < (best?.distance ?? .max) { best = (distance, candidate) }
    }
    return best?.name
}

/// `did you mean 'x'?` for the nearest candidate, as a list of no or one hint.
package func didYouMean(_ written: String, among candidates: some Sequence<String>) -> [String] {
    nearest(to: written, among: candidates).map { ["did you mean '\($0)'?"] } ?? []
}

private func comparable(_ word: String) -> [Unicode.Scalar] {
    word.lowercased().unicodeScalars.filter { !"_-. ".unicodeScalars.contains($0) }
}

/// Optimal string alignment distance.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty { return b.count }
    if b.isEmpty { return a.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            let replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(last[j] + 1, row[j - 1] + 1, replace)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
