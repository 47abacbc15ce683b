// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore

extension Problem {
    init(_ error: RequestError) {
        let (status, title) = Self.kind(of: error.code)
        self.init(
            status, code: error.code.rawValue, title: title, detail: Self.shortened(error.message, to: 2000),
            field: error.field.map { Self.shortened($0, to: 200) }, candidates: error.candidates)
        switch error.code {
        case .queueFull: headers[.retryAfter] = "1"
        case .shuttingDown, .batchesUnavailable: headers[.retryAfter] = "5"
        case .unauthorized: headers[.wwwAuthenticate] = #"Bearer realm="nestbox""#
        default: break
        }
    }

    /// At most `length` bytes and a mark. Messages quote what the client sent, which may be long; one character of it, too.
    private static func shortened(_ text: String, to length: Int) -> String {
        guard text.utf8.count > length else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: length)
        while text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return text[..<end] + "..."
    }

    /// The one place that says which status an error has: 400 when the request cannot be understood, 422 when it is
    /// understood and cannot be done.
    private static func kind(of code: RequestError.Code) -> (HTTPResponse.Status, title: String) {
        switch code {
        case .invalidJSON: (.badRequest, "The body is not valid JSON")
        case .invalidField: (.badRequest, "A field has the wrong type or value")
        case .unknownField: (.badRequest, "A field is unknown")
        case .missingCode: (.badRequest, "There is no code to run")
        case .conflictingFields: (.badRequest, "Fields exclude each other")
        case .unknownLanguage: (.unprocessableContent, "The language is unknown")
        case .languageUnavailable: (.unprocessableContent, "The language is not installed here")
        case .ambiguousLanguage: (.unprocessableContent, "The language cannot be told")
        case .invalidLimit: (.unprocessableContent, "A limit is out of range")
        case .invalidPath: (.unprocessableContent, "A path is not allowed")
        case .invalidEnvironment: (.unprocessableContent, "An environment variable is not allowed")
        case .invalidArgument: (.unprocessableContent, "An argument is not allowed")
        case .invalidPattern: (.unprocessableContent, "A pattern is not valid")
        case .noCodeBlocks: (.unprocessableContent, "The Markdown has no code to run")
        case .tooManyBlocks: (.unprocessableContent, "The Markdown has too many code blocks")
        case .unknownIsolation: (.unprocessableContent, "The isolation driver is unknown")
        case .isolationUnavailable: (.unprocessableContent, "The isolation driver does not work here")
        case .isolationNotAllowed: (.unprocessableContent, "The API key may not use this isolation driver")
        case .unsupportedVersion: (.unprocessableContent, "The language is not there in this version")
        case .unknownTemplate: (.unprocessableContent, "The template is unknown")
        case .unsupportedDeterminism: (.unprocessableContent, "This cannot be made the same each time")
        case .batchesUnavailable: (.serviceUnavailable, "Batches are not taken here")
        case .policyUnsupported: (.unprocessableContent, "The policy cannot be checked for this language")
        case .policyUnavailable: (.unprocessableContent, "The policy cannot be checked on this machine")
        case .unsupportedMediaType: (.unsupportedMediaType, "The body must be JSON")
        case .payloadTooLarge: (.contentTooLarge, "The body is too large")
        case .requestTimeout: (.requestTimeout, "The request took too long to arrive")
        case .notFound: (.notFound, "There is nothing here")
        case .methodNotAllowed: (.methodNotAllowed, "The method is not allowed here")
        case .unauthorized: (.unauthorized, "An API key is needed")
        case .forbiddenOrigin: (.forbidden, "Requests from there are not allowed")
        case .queueFull: (.tooManyRequests, "Too much is waiting")
        case .shuttingDown: (.serviceUnavailable, "The server is shutting down")
        case .invalidConfiguration: (.internalServerError, "The server is not configured rightly")
        }
    }
}
