// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A line that `Kernels/host.py` sends. It comes from inside a sandbox: nothing of it is believed but what the line itself
/// is, a JSON object of a known type.
enum KernelMessage: Sendable, Hashable {
    case ready
    /// There is no such kernel.
    case failed(String)
    /// The kernel process has ended.
    case died(String)
    case event(ExecutionEvent)
    /// The execution of this number has ended.
    case end(Int)

    /// Nil for a line of no known type or form.
    init?(line: [UInt8], at time: Date) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else { return nil }
        switch line.type {
        case "ready": self = .ready
        case "failed": self = .failed(line.message ?? "")
        case "died": self = .died(line.message ?? "")
        case "number_of_executions": self = .event(.started(count: line.execution_count ?? 0))
        case "stdout": self = .event(.stdout(line.text ?? "", at: time))
        case "stderr": self = .event(.stderr(line.text ?? "", at: time))
        case "result": self = .event(.result(line.result))
        case "error":
            self = .event(.error(name: line.name ?? "", value: line.value ?? "", traceback: line.traceback ?? ""))
        case "end":
            guard let id = line.id else { return nil }
            self = .end(id)
        default: return nil
        }
    }

    // Names as the kernels write them.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Line: Decodable {
        let type: String
        let id: Int?
        let message: String?
        let execution_count: Int?
        let name: String?
        let value: String?
        let traceback: String?
        let text: String?
        let html: String?
        let markdown: String?
        let svg: String?
        let png: String?
        let jpeg: String?
        let pdf: String?
        let latex: String?
        let javascript: String?
        let json: String?
        let data: String?
        let chart: String?
        let extra: String?
        let is_main_result: Bool?

        var result: ExecutionResult {
            let texts = [
                "text": text, "html": html, "markdown": markdown, "svg": svg, "png": png, "jpeg": jpeg, "pdf": pdf,
                "latex": latex,
                "javascript": javascript,
            ]
            let values = ["json": json, "data": data, "chart": chart, "extra": extra]
            return ExecutionResult(
                texts: texts.compactMapValues(\.self),
                values: values.compactMapValues(\.self).filter { Self.isOneLine($0.value) },
                isMain: is_main_result ?? false)
        }

        private static func isOneLine(_ json: String) -> Bool {
            json.utf8.allSatisfy { $0 >= 0x20 }
                && (try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)) != nil
        }
    }
}
