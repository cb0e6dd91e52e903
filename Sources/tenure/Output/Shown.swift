import Diagnostics

extension Result where Failure == DiagnosticList {
    /// The value; nil where there is none, and then the problems are printed.
    func orShown() -> Success? {
        switch self {
        case .success(let value): return value
        case .failure(let problems):
            Terminal.show(problems.diagnostics)
            return nil
        }
    }
}
