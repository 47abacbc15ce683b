import Languages
import NestboxCore
extension DiagnosticsFormat {
    func diagnostics(in text: String, names: [String: String], isCompile: Bool) -> (warnings: [RunWarning], error: RunErrorReport?) { ([], nil) }
}
