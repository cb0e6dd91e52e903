import ArgumentParser
import Diagnostics
import Views

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what the code of a diagnostic means, and how it is mended.")

    @Argument(help: "The code, such as TN012; without one, all codes.")
    var code: String?

    mutating func run() throws {
        guard let code else {
            Terminal.data(
                Listing(
                    "codes", columns: [Listing.Column("code"), Listing.Column("title")],
                    rows: Code.all.map { [$0.id, $0.title] }, empty: ""
                ).render(.table, width: Terminal.listingWidth))
            return
        }
        guard let found = Code.all.first(where: { $0.id == code.uppercased() }) else {
            throw Diagnostic(
                .unknownCode, "there is no code '\(code)'",
                hints: didYouMean(code, among: Code.all.map(\.id)) + ["all codes: tenure explain"])
        }
        Terminal.data("\(found.id): \(found.title)\n\n\(found.explanation)")
    }
}
