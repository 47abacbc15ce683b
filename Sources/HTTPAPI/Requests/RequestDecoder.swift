// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Turns the body of a request into a value, or into a sentence that says what is wrong with it.
enum RequestDecoder {
    /// - Throws: ``RequestError`` `invalid_json` with line and column, `invalid_field` with the path of the field, or
    ///   what the type's own decoding throws.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from body: Data, mostValues: Int = JSONScanner.mostValues
    ) throws(RequestError) -> Value {
        if body.isEmpty { throw RequestError(.invalidJSON, "the body is empty; send a JSON object") }
        do {
            try JSONScanner.check(body.span, mostValues: mostValues)
            return try JSONDecoder().decode(type, from: body)
        } catch let error as RequestError {
            throw error
        } catch let fault as JSONFault {
            throw RequestError(.invalidJSON, "invalid JSON at \(place(of: fault, in: body)): \(fault.reason)")
        } catch let error as DecodingError {
            throw requestError(error, body: body)
        } catch {
            throw RequestError(.invalidJSON, "the body cannot be decoded")
        }
    }

    private static func place(of fault: JSONFault, in body: Data) -> String {
        let before = body.prefix(fault.offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? body.startIndex
        // Continuation bytes of UTF-8 are no columns of their own.
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return "line \(line), column \(column)"
    }

    private static func requestError(_ error: DecodingError, body: Data) -> RequestError {
        switch error {
        case .keyNotFound(let key, let context):
            let path = steps(context.codingPath + [key])
            return RequestError(.invalidField, "\(path.joined(separator: ".")) is missing", field: dotted(path))
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return mismatch(expected: name(of: type), context: context, body: body)
        case .dataCorrupted(let context):
            // The text was found to be valid before, so this is a number that its field cannot hold. Foundation does not say which one it was.
            let number = try? JSONScanner.numberThatDoesNotFit(in: body.span)
            let path = number?.path ?? steps(context.codingPath)
            let right = path.last.map(JSONScanner.isDecimal) ?? false ? "a finite number" : "a whole number"
            return RequestError(
                .invalidField,
                "\(path.isEmpty ? "a number" : path.joined(separator: ".")) must be \(right) that fits in 64 bits"
                    + (number.map { ", got \($0.kind)" } ?? ""),
                field: dotted(path))
        @unknown default:
            return RequestError(.invalidField, "the body does not have the expected form")
        }
    }

    private static func mismatch(expected: String, context: DecodingError.Context, body: Data) -> RequestError {
        let path = steps(context.codingPath)
        let subject = path.isEmpty ? "the body" : path.joined(separator: ".")
        var message = "\(subject) must be \(expected)"
        if let kind = try? JSONScanner.kind(of: path, in: body.span) { message += ", got \(kind)" }
        return RequestError(.invalidField, message, field: dotted(path))
    }

    private static func steps(_ path: [any CodingKey]) -> [String] {
        path.map { key in key.intValue.map(String.init) ?? key.stringValue }
    }

    private static func dotted(_ path: [String]) -> String? {
        path.isEmpty ? nil : path.joined(separator: ".")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any Collection.Type where "\(type)".hasPrefix("Dictionary"): "an object"
        case is any Collection.Type: "an array"
        default: "an object"
        }
    }
}
