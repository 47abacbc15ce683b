// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import NIOCore
import NestboxCore
import Testing

@testable import HTTPAPI

/// What is signed, encoded and taken apart for E2B's clients, without a connection.
@Suite struct E2BCodecTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        (String(repeating: "a", count: 119), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
    ])
    func digestsAreSHA256(message: String, digest: String) {
        #expect(SHA256.hexadecimal(message.utf8) == digest)
    }

    /// Made by the Python SDK 2.63.0.
    @Test func signaturesAreThoseOfTheSDK() throws {
        let plain = FileSignature(QueryItems("path=%2Fhome%2Fuser%2Fa+b%2Bc.txt&username=user&signature=x"))
        #expect(plain.expected(.read, token: "tok-1") == "v1_vV2QAHAO1qghsZyY9hAelGau6j1/XrI7Kuh7/e6VC18")
        var timed = FileSignature(QueryItems("path=gr%C3%BC%C3%9F.txt&signature_expiration=1700000100"))
        let signature = "v1_IT4xaP3cNLOpjcKAlUcpHw0KU6OeCVm5YL4P4XkQnkU"
        #expect(timed.expected(.write, token: "secret") == signature)
        timed.signature = signature
        try timed.check(.write, token: "secret", now: Date(timeIntervalSince1970: 1_700_000_100))
        #expect(throws: E2BError(.unauthorized, "signature is already expired")) {
            try timed.check(.write, token: "secret", now: Date(timeIntervalSince1970: 1_700_000_101))
        }
        #expect(throws: E2BError(.unauthorized, "invalid signature")) { try timed.check(.read, token: "secret") }
        timed.signature = nil
        #expect(throws: E2BError(.unauthorized, "missing signature query parameter")) {
            try timed.check(.write, token: "secret")
        }
    }

    @Test func secretsAreEqualOnlyWhenWhole() {
        #expect(Secret.isEqual("abc", "abc"))
        for other in ["", "ab", "abcd", "abd", "abcabc"] {
            #expect(!Secret.isEqual(other, "abc") && !Secret.isEqual("abc", other))
        }
        #expect(Secret.isEqual("", ""))
    }

    @Test func metadataIsDecodedThreeTimes() {
        let value = QueryItems("metadata=k%3Dv%26a%252520b%3Dc%252526d")["metadata"]
        let pairs = SandboxList.metadata(value)
        #expect(pairs.map(\.name) == ["k", "a b"])
        #expect(pairs.map(\.value) == ["v", "c&d"])
    }

    @Test func timesAreRFC3339() throws {
        #expect(Timestamp.text(Date(timeIntervalSince1970: 951_782_400.9999)) == "2000-02-29T00:00:00.999Z")
        #expect(Timestamp.text(seconds: -1, nanoseconds: 5) == "1969-12-31T23:59:59.000000005Z")
        #expect(Timestamp.milliseconds(parsing: "2000-02-29T00:00:00Z") == 951_782_400_000)
        #expect(Timestamp.milliseconds(parsing: "2000-02-29T01:30:00.123456+01:30") == 951_782_400_123)
        #expect(Timestamp.milliseconds(parsing: "2000-02-29T00:00:00.5 00:00") == 951_782_400_500)
        for text in ["", "2000-02-29", "2000-13-01T00:00:00Z", "2000-02-29T00:00:00", "2000-02-29T00:00:00Zx"] {
            #expect(Timestamp.milliseconds(parsing: text) == nil, "\(text)")
        }
        for date in stride(from: 0, to: 4_000_000_000, by: 7_654_321) {
            let date = Date(timeIntervalSince1970: Double(date))
            #expect(Timestamp.milliseconds(parsing: Timestamp.text(date)) == Timestamp.milliseconds(date))
        }
    }

    // MARK: Envelopes

    @Test func envelopesArriveInAnyPieces() throws {
        var bytes = ConnectEnvelope.message(ByteBuffer(string: #"{"a":1}"#))
        bytes.writeImmutableBuffer(ConnectEnvelope.end(RPCError(.notFound, "no")))
        for size in 1...bytes.readableBytes {
            var reader = ConnectEnvelope.Reader(maximumBytes: 100)
            var found: [ConnectEnvelope] = []
            var rest = bytes
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
                reader.append(piece)
                while let envelope = try reader.next() { found.append(envelope) }
            }
            #expect(found.map(\.flags) == [0, 2])
            #expect(
                found.map { String(buffer: $0.payload) } == [
                    #"{"a":1}"#, #"{"error":{"code":"not_found","message":"no"}}"#,
                ])
            #expect(!reader.isWithin)
        }
    }

    @Test func envelopesThatAreTooLongOrCompressedAreRefused() {
        var reader = ConnectEnvelope.Reader(maximumBytes: 10)
        reader.append(ByteBuffer(bytes: [0, 0, 0, 0, 11]))
        #expect(throws: RPCError.self) { try reader.next() }
        var other = ConnectEnvelope.Reader(maximumBytes: 10)
        other.append(ByteBuffer(bytes: [1, 0, 0, 0, 1, 0]))
        #expect(throws: RPCError.self) { try other.next() }
    }

    // MARK: Files

    private func events(of body: String, size: Int, boundary: String = "XX") throws -> (String, Bool) {
        var reader = MultipartReader(boundary: boundary)
        var log = ""
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(Array(bytes[start..<min(start + size, bytes.count)]))
            while let event = try reader.next() {
                switch event {
                case .part(let name, let filename): log += "[\(name) \(filename ?? "-")]"
                case .data(let bytes): log += String(decoding: bytes, as: UTF8.self)
                case .partEnd: log += "|"
                }
            }
        }
        return (log, reader.hasEnded)
    }

    @Test func multipartBodiesArriveInAnyPieces() throws {
        let body = """
            preamble\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="a/b \\"c\\".txt"\r\n\
            Content-Type: text/plain\r\n\r\none\r\n--X two\r\n\r\n--XX  \r\n\r\n\r\n--XX\r\n\
            content-disposition: form-data; name=other; filename*=utf-8''gr%C3%BC%C3%9F\r\n\r\n-\r\n--XX--\r\nepilogue
            """
        for size in 1...body.utf8.count {
            let (log, hasEnded) = try events(of: body, size: size)
            #expect(log == #"[file a/b "c".txt]one\#r\#n--X two\#r\#n|[ -]|[other grüß]-|"#, "in pieces of \(size)")
            #expect(hasEnded)
        }
        #expect(try !events(of: "--XX\r\n\r\n\r\nhalf", size: 4).1)
        #expect(throws: E2BError.self) { try self.events(of: "--XXY\r\n", size: 100) }
        #expect(throws: E2BError.self) {
            try self.events(of: "--XX\r\n" + String(repeating: "h", count: 20_000), size: 1000)
        }
    }

    @Test func boundariesAreReadFromTheType() throws {
        #expect(try MultipartReader.boundary(in: "multipart/form-data; boundary=abc") == "abc")
        #expect(try MultipartReader.boundary(in: #"multipart/form-data; charset=x; Boundary="a;b""#) == "a;b")
        #expect(throws: E2BError.self) { try MultipartReader.boundary(in: "multipart/form-data") }
    }

    @Test func gzipGoesBothWays() async throws {
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
        let deflater = try Deflater()
        var packed = try deflater.compress(content)
        packed += try deflater.finish()
        for size in [1000, packed.count] {
            let inflater = try Inflater()
            var found: [UInt8] = []
            for start in stride(from: 0, to: packed.count, by: size) {
                try await inflater.inflate(Array(packed[start..<min(start + size, packed.count)])) { found += $0 }
            }
            #expect(found == content)
            #expect(inflater.hasEnded)
        }
        let inflater = try Inflater()
        try await inflater.inflate(Array(packed.dropLast(4))) { _ in }
        #expect(!inflater.hasEnded)
        await #expect(throws: GzipError.self) { try await (try Inflater()).inflate(Array("no gzip".utf8)) { _ in } }
    }

    @Test(arguments: [
        (nil, ByteRange.whole), ("bytes=0-4", .part(0, 4)), ("bytes=2-", .part(2, 9)), ("bytes=-3", .part(7, 9)),
        ("bytes=5-100", .part(5, 9)), ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole), ("lines=1-2", .whole), ("bytes=-", .whole),
        ("bytes=-20", .part(0, 9)),
    ])
    func rangesAreThoseOfRFC9110(text: String?, range: ByteRange) {
        #expect(ByteRange(text, size: 10) == range)
    }

    @Test func gzipIsSentOnlyWhenAskedForAlone() throws {
        #expect(try ContentEncoding(accepting: []) == .identity)
        #expect(try ContentEncoding(accepting: ["gzip, deflate"]) == .identity)
        #expect(try ContentEncoding(accepting: ["gzip"]) == .gzip)
        #expect(try ContentEncoding(accepting: ["gzip;q=0"]) == .identity)
        #expect(try ContentEncoding(accepting: ["identity;q=0, *"]) == .gzip)
        #expect(throws: E2BError.self) { try ContentEncoding(accepting: ["identity;q=0"]) }
        #expect(throws: E2BError.self) { try ContentEncoding(accepting: ["br, *;q=0"]) }
    }

    @Test func entriesAreAsGoWritesThem() {
        let time = FileEntry.Time(seconds: 0, nanoseconds: 1)
        func entry(_ kind: FileEntry.Kind, _ mode: UInt32, link: String? = nil) -> EntryMessage {
            EntryMessage(
                FileEntry(
                    name: "n", path: "/n", kind: kind, size: 6, mode: 0o644, ownMode: mode, owner: "user",
                    group: "user",
                    modified: time, linkTarget: link))
        }
        #expect(entry(.file, 0o644).permissions == "-rw-r--r--")
        #expect(entry(.directory, 0o1777).permissions == "dtrwxrwxrwx")
        #expect(entry(.file, 0o4755).permissions == "urwxr-xr-x")
        let link = entry(.directory, 0o777, link: "/t")
        #expect(link.permissions == "Lrwxrwxrwx" && link.isSymlink == true && link.type == "FILE_TYPE_DIRECTORY")
        #expect(entry(.other, 0o777, link: "/n").type == "FILE_TYPE_UNSPECIFIED")
        #expect(link.size == "6" && link.mode == 420 && link.modifiedTime == "1970-01-01T00:00:00.000000001Z")
    }

    // MARK: Ports

    @Test func headsFromInsideAreTrustedInNothing() {
        let head = ProxyResponseHead(
            "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: close\r\n"
                + "Content-Length: 5", method: .get)
        #expect(head?.framing == .length(5))
        #expect(head?.headers[values: .setCookie] == ["a", "b"])
        #expect(head?.headers.contains(.connection) == false && head?.headers.contains(.contentLength) == false)
        #expect(ProxyResponseHead("HTTP/1.0 200\r\nX: y", method: .get)?.framing == .untilClose)
        #expect(ProxyResponseHead("HTTP/1.1 204 No", method: .get)?.framing == ProxyResponseHead.Framing.none)
        #expect(ProxyResponseHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", method: .get)?.framing == .chunked)
        for text in [
            "", "SSH-2.0-x", "HTTP/1.1 20 x", "HTTP/1.1 099 x", "HTTP/1.1 200 OK\r\nno colon",
            "HTTP/1.1 200 OK\r\n x: y",
            "HTTP/1.1 200 OK\r\nContent-Length: -1", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2",
        ] {
            #expect(ProxyResponseHead(text, method: .get) == nil, "\(text)")
        }
    }

    @Test func chunksArriveInAnyPieces() throws {
        let body = Array("5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\nnext".utf8)
        for size in 1...body.count {
            var reader = ChunkedReader()
            var content: [UInt8] = []
            for start in stride(from: 0, to: body.count, by: size) {
                content += try reader.content(of: Array(body[start..<min(start + size, body.count)]))
            }
            #expect(String(decoding: content, as: UTF8.self) == "hello0123456789abcdef")
            #expect(reader.hasEnded)
        }
        for text in ["x\r\n", "-1\r\n", "2\r\nabc\r\n", "ffffffffffffffffff\r\n"] {
            var reader = ChunkedReader()
            #expect(throws: ProxyError.self) { try reader.content(of: Array(text.utf8)) }
        }
    }

    // MARK: Streams

    @Test func aFloodPutsOffNeitherDeadlineNorLeaving() async {
        let mailbox = StreamMailbox<Int>()
        let putter = Task { await mailbox.put(1) }
        guard case .event(1) = await mailbox.next() else {
            Issue.record("the event should come first")
            return
        }
        #expect(await putter.value)
        let second = Task { await mailbox.put(2) }
        mailbox.deadlineIsOver()
        guard case .deadline = await mailbox.next() else {
            Issue.record("the deadline should come first")
            return
        }
        mailbox.clientIsGone()
        guard case .clientGone = await mailbox.next() else {
            Issue.record("the leaving should come first")
            return
        }
        mailbox.close()
        #expect(await !second.value)
        #expect(await !mailbox.put(3))
    }

    @Test func theEndComesAfterTheLastEvent() async {
        let mailbox = StreamMailbox<Int>()
        mailbox.offer(1)
        mailbox.keepaliveIsDue()
        mailbox.end()
        guard case .event(1) = await mailbox.next() else {
            Issue.record("the event should come first")
            return
        }
        guard case .ended = await mailbox.next() else {
            Issue.record("the end should come now")
            return
        }
    }
}
