import Diagnostics

/// What a stage gives, or what is wrong with the user's input; other errors pass.
func attempt<Value>(_ body: () throws -> Value) throws -> Result<Value, DiagnosticList> {
    do {
        return .success(try body())
    } catch let problems as DiagnosticList {
        return .failure(problems)
    } catch let problem as Diagnostic {
        return .failure(DiagnosticList([problem]))
    }
}

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
