// SPDX-License-Identifier: Apache-2.0

/// A one-shot run as a client asks for it: `POST /v1/run`, and what the command line builds from its options.
///
/// Exactly one of `code`, `files` and `markdown` carries the program. This is the unchecked form; Engine turns it into
/// something that cannot be invalid before anything is made.
public struct RunRequest: Sendable, Hashable, Codable {
    /// Source text of a single-file program.
    public var code: String?
    /// Several files; with `code` absent, `entrypoint` names the one to run (default: the only file).
    /// With `code` or `markdown` present they are extra input files.
    public var files: [FileInput]
    /// Path of the file in `files` to run.
    public var entrypoint: String?
    /// A model's answer: its code blocks run one after the other, each in its own sandbox; see ``blocks``.
    public var markdown: String?
    /// Which code blocks of `markdown` run: `separate` (the default: each for itself), `joined` (those of one language are
    /// one program), `first`, `last`, or the number of one, counted from 1.
    public var blocks: String?
    /// Language name or alias; nil means detect.
    public var language: String?
    /// Text given to the program's standard input.
    public var stdin: String?
    public var args: [String]
    /// Variables added to the sandbox's own small environment.
    public var env: [String: String]
    public var limits: LimitsRequest
    /// Limits of the compile stage, each at most the server's own; nil means those.
    public var compileLimits: LimitsRequest?
    /// Glob patterns (`*`, `?`, `**`, `[...]`) of created files to return, relative to the working directory.
    public var collect: [String]
    /// What the program's text may not say, beside the server's own policy; nil means nothing.
    public var policy: CodePolicy?
    /// What it should find the same each time; nil leaves everything as it is.
    public var deterministic: Determinism?
    /// Isolation driver; nil means the server's default.
    public var isolation: String?
    /// Template; nil means the built-in default.
    public var template: String?
    /// What holds because of the API key that was shown; never read from a request.
    public var keyRules: KeyRules?

    public init(
        code: String? = nil, files: [FileInput] = [], entrypoint: String? = nil, markdown: String? = nil,
        blocks: String? = nil, language: String? = nil, stdin: String? = nil, args: [String] = [],
        env: [String: String] = [:],
        limits: LimitsRequest = LimitsRequest(), compileLimits: LimitsRequest? = nil, collect: [String] = [],
        policy: CodePolicy? = nil, deterministic: Determinism? = nil, isolation: String? = nil,
        template: String? = nil
    ) {
        self.code = code
        self.files = files
        self.entrypoint = entrypoint
        self.markdown = markdown
        self.blocks = blocks
        self.language = language
        self.stdin = stdin
        self.args = args
        self.env = env
        self.limits = limits
        self.compileLimits = compileLimits
        self.collect = collect
        self.policy = policy
        self.deterministic = deterministic
        self.isolation = isolation
        self.template = template
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case code, files, entrypoint, markdown, blocks, language, stdin, args, env, limits, collect, policy,
            deterministic, isolation
        case template
        case compileLimits = "compile_limits"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = try container.decodeIfPresent(String.self, forKey: .code)
        files = try container.decodeIfPresent([FileInput].self, forKey: .files) ?? []
        entrypoint = try container.decodeIfPresent(String.self, forKey: .entrypoint)
        markdown = try container.decodeIfPresent(String.self, forKey: .markdown)
        blocks = try container.decodeIfPresent(String.self, forKey: .blocks)
        language = try container.decodeIfPresent(String.self, forKey: .language)
        stdin = try container.decodeIfPresent(String.self, forKey: .stdin)
        args = try container.decodeIfPresent([String].self, forKey: .args) ?? []
        env = try container.decodeIfPresent([String: String].self, forKey: .env) ?? [:]
        limits = try container.decodeIfPresent(LimitsRequest.self, forKey: .limits) ?? LimitsRequest()
        compileLimits = try container.decodeIfPresent(LimitsRequest.self, forKey: .compileLimits)
        collect = try container.decodeIfPresent([String].self, forKey: .collect) ?? []
        policy = try container.decodeIfPresent(CodePolicy.self, forKey: .policy)
        deterministic = try container.decodeIfPresent(Determinism.self, forKey: .deterministic)
        isolation = try container.decodeIfPresent(String.self, forKey: .isolation)
        template = try container.decodeIfPresent(String.self, forKey: .template)
    }
}

/// A file that the caller puts into the sandbox, relative to the working directory.
public struct FileInput: Sendable, Hashable, Codable {
    public var path: String
    /// Text content; exactly one of this and ``contentBase64``.
    public var content: String?
    /// Content in base64 (RFC 4648, padded).
    public var contentBase64: String?

    public init(path: String, content: String? = nil, contentBase64: String? = nil) {
        self.path = path
        self.content = content
        self.contentBase64 = contentBase64
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case path, content
        case contentBase64 = "content_base64"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        path = try container.decode(String.self, forKey: .path)
        content = try container.decodeIfPresent(String.self, forKey: .content)
        contentBase64 = try container.decodeIfPresent(String.self, forKey: .contentBase64)
    }
}
