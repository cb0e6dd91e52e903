package import Diagnostics
package import Queries

extension QueryError {
    /// For a person, with what to do.
    package var diagnostic: Diagnostic {
        func unknown(_ what: String, _ name: String, _ known: [String]) -> Diagnostic {
            Diagnostic(
                .missingData, "the data has no \(what)",
                hints: didYouMean(name, among: known) + [
                    known.isEmpty ? "there are none" : "there are: \(known.joined(separator: ", "))"
                ])
        }
        return switch self {
        case .unknownEvent(let name, let known): unknown("event '\(name)'", name, known)
        case .unknownAttribute(let name, let event, let known):
            unknown("attribute '\(name)' of '\(event)'", name, known)
        case .unknownProperty(let name, let known): unknown("customer property '\(name)'", name, known)
        case .unknownSegmentation(let id): unknown("segmentation '\(id)'", id, [])
        case .unknownConsent(let id): unknown("consent '\(id)'", id, [])
        case .wrongType(let attribute, let expected, let found):
            Diagnostic(
                .wrongDataType, "'\(attribute)' is stored as \(found), but a \(expected) is needed",
                hints: ["give it `type: \(expected)` in project.yaml and import again"])
        case .missingRate(let currency, let date, let display):
            Diagnostic(
                .missingRate, "no rate from \(currency) to \(display) on or before \(date)",
                hints: [
                    "add it to the project's rates file, whose columns are date,currency,rate,to: \(date),\(currency),RATE,\(display)"
                ])
        case .unsupported(let what): Diagnostic(.unsupportedQuery, what)
        }
    }
}
