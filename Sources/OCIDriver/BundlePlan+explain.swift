// SPDX-License-Identifier: Apache-2.0
import Isolation

extension BundlePlan {
    /// `config.json` in words: what the runtime does.
    var explainedConfiguration: [ExplainedStep] {
        func runtime(_ step: String, _ detail: String) -> ExplainedStep {
            ExplainedStep(actor: "runtime", step: step, detail: detail)
        }
        let linux = configuration["linux"]
        var steps = [
            runtime("make_namespaces", linux?["namespaces"].map { Self.words($0, "type") } ?? ""),
            runtime("set_root", "\(configuration["root"]?["path"]?.plain ?? "") read-only"),
        ]
        if let ids = linux?["uidMappings"], case .array(let maps) = ids {
            let words = maps.map {
                "\($0["containerID"]?.plain ?? "") \($0["hostID"]?.plain ?? "") \($0["size"]?.plain ?? "")"
            }
            steps.append(runtime("map_ids", "uid and gid " + words.joined(separator: ", ")))
        }
        steps.append(runtime("set_hostname", configuration["hostname"]?.plain ?? ""))
        if case .array(let mounts)? = configuration["mounts"] {
            steps += mounts.map { mount in
                let options = mount["options"].map { Self.words($0) } ?? ""
                return runtime(
                    "mount",
                    "\(mount["type"]?.plain ?? "") \(mount["source"]?.plain ?? "") at \(mount["destination"]?.plain ?? ""), \(options)"
                )
            }
        }
        let process = configuration["process"]
        steps.append(runtime("keep_capabilities", process?["capabilities"]?["bounding"].map { Self.words($0) } ?? ""))
        steps.append(
            runtime("run_agent", (process?["args"].map { Self.words($0, separator: " ") } ?? "") + ", no_new_privs"))
        return steps
    }

    private static func words(_ value: JSONValue, _ member: String? = nil, separator: String = ", ") -> String {
        guard case .array(let values) = value else { return value.plain }
        return values.map { value in (member.flatMap { value[$0] } ?? value).plain }.joined(separator: separator)
    }
}

extension JSONValue {
    /// Text without quotes.
    fileprivate var plain: String {
        if case .string(let value) = self { value } else { text }
    }
}
