// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NestboxCore

/// Which methods each path serves, to tell a wrong method from a wrong path.
struct RouteTable: Sendable {
    private var routes: [(path: [Substring], methods: [HTTPRequest.Method])] = []

    mutating func add(_ path: String, _ method: HTTPRequest.Method) {
        let parts = Self.parts(of: path)
        if let index = routes.firstIndex(where: { $0.path == parts }) {
            routes[index].methods.append(method)
        } else {
            routes.append((parts, [method]))
        }
    }

    private static func parts(of path: String) -> [Substring] { PathText.components(of: path).filter { !$0.isEmpty } }

    /// What a request that no route took is answered with.
    func problem(for request: Request) -> Problem {
        guard let methods = methods(for: request.uri.path) else {
            return Problem(RequestError(.notFound, "there is no such path; GET /openapi.json lists them all"))
        }
        let allowed = methods.joined(separator: ", ")
        var problem = Problem(RequestError(.methodNotAllowed, "this path takes \(allowed)"))
        problem.headers[.allow] = allowed
        return problem
    }

    /// Names of the methods that `path` serves, sorted; nil when there is no such path.
    func methods(for path: String) -> [String]? {
        let parts = Self.parts(of: path)
        let route = routes.first { route in
            route.path.count == parts.count && zip(route.path, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        guard let route else { return nil }
        return Set(route.methods + (route.methods.contains(.get) ? [.head] : [])).map(\.rawValue).sorted()
    }
}
