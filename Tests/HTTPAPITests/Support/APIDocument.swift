// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import HTTPAPI

/// The OpenAPI document that the server serves, to hold its answers against.
struct APIDocument {
    let json: JSON
    var validator: SchemaValidator { SchemaValidator(document: json) }

    private static let parsed = Result { try JSON(parsing: OpenAPIDocument.text) }

    init() throws { json = try Self.parsed.get() }

    /// Checks an answer: its status and media type must be documented, and its body must have the documented form.
    ///
    /// - Parameter path: The template, such as `/v1/runs/{id}`.
    func check(_ method: String, _ path: String, status: Int, type: String?, body: String) throws {
        let operation = try #require(json["paths"]?[path]?[method.lowercased()], "\(method) \(path) is not documented")
        var response = try #require(
            operation["responses"]?[String(status)], "\(method) \(path): \(status) is not documented")
        if let reference = response["$ref"] { response = try validator.resolve(reference) }
        let type = try #require(type)
        let schema = try #require(
            response["content"]?[type]?["schema"], "\(method) \(path): \(status) with \(type) is not documented")
        let lines = type == "application/x-ndjson" ? body.split(separator: "\n").map(String.init) : [body]
        for line in lines { try validator.validate(try JSON(parsing: line), against: schema, at: "\(method) \(path)") }
        if case .object(let headers) = response["headers"], status >= 400 {
            #expect(!headers.isEmpty)
        }
    }

    /// Names of the header fields that an answer is documented to have.
    func headers(_ method: String, _ path: String, status: Int) throws -> [String] {
        var response = try #require(json["paths"]?[path]?[method.lowercased()]?["responses"]?[String(status)])
        if let reference = response["$ref"] { response = try validator.resolve(reference) }
        guard case .object(let headers) = response["headers"] else { return [] }
        return headers.keys.sorted()
    }
}
