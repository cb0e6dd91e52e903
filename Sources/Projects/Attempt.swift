package import Diagnostics

/// What a stage gives, or what is wrong with the user's input; other errors pass.
package func attempt<Value>(_ body: () throws -> Value) throws -> Result<Value, DiagnosticList> {
    do {
        return .success(try body())
    } catch let problems as DiagnosticList {
        return .failure(problems)
    } catch let problem as Diagnostic {
        return .failure(DiagnosticList([problem]))
    }
}
