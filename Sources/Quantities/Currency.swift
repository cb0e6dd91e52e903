/// Facts about currencies (ISO 4217) that presentation needs.
package enum Currency {
    /// Digits after the point in amounts of that currency: JPY 0, USD 2, KWD 3.
    package static func digits(of code: String) -> Int {
        if none.contains(code) { return 0 }
        if three.contains(code) { return 3 }
        return 2
    }

    /// `$`, `€`, `£`, ... or nil where the code itself is clearer.
    package static func symbol(of code: String) -> String? { symbols[code] }

    /// Three capital letters, the form of an ISO 4217 code.
    package static func isWellFormed(_ code: String) -> Bool {
        code.utf8.count == 3 && code.utf8.allSatisfy { (65...90).contains($0) }
    }

    private static let none: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
        "XPF",
    ]
    private static let three: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    private static let symbols = ["USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"]
}
