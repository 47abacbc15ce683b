// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPAPI
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct ConfigurationLoaderTests {
    private let key = "0123456789abcdef"

    private func load(
        file: String? = nil, environment: [String: String] = [:], _ overrides: [ConfigurationLoader.Override] = []
    ) throws -> ValidConfiguration {
        try ConfigurationLoader(machine: Machine(environment: environment, isRoot: false, cores: 3))
            .load(file: file, overrides: overrides)
    }

    private func failure(
        file: String? = nil, environment: [String: String] = [:], _ overrides: [ConfigurationLoader.Override] = []
    ) throws -> ConfigurationError {
        try #require(
            #expect(throws: ConfigurationError.self) { try load(file: file, environment: environment, overrides) })
    }

    @Test func prefersOptionsOverEnvironmentOverFileOverDefaults() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file("c.yaml", "server:\n  listen: 127.0.0.1:1\n")
        let option = ConfigurationLoader.Override(path: "server.listen", option: "--listen", text: "127.0.0.1:3")
        let environment = ["NESTBOX_LISTEN": "127.0.0.1:2"]
        func port(_ configuration: ValidConfiguration) -> String { configuration.server.listen.description }
        #expect(port(try load()) == "127.0.0.1:8686")
        #expect(port(try load(file: file)) == "127.0.0.1:1")
        #expect(port(try load(file: file, environment: environment)) == "127.0.0.1:2")
        #expect(port(try load(file: file, environment: environment, [option])) == "127.0.0.1:3")
        #expect(port(try load(environment: ["NESTBOX_CONFIG": file])) == "127.0.0.1:1")
    }

    @Test func defaultsDependOnTheMachine() throws {
        func configuration(_ environment: [String: String], root: Bool = false) -> NestboxConfiguration {
            NestboxConfiguration(defaultsFor: Machine(environment: environment, isRoot: root, cores: 12))
        }
        #expect(configuration([:]).engine.concurrency == 12)
        #expect(configuration([:], root: true).engine.database == "/var/lib/nestbox/nestbox.sqlite")
        #expect(
            configuration(["HOME": "/home/user"]).engine.database == "/home/user/.local/state/nestbox/nestbox.sqlite")
        #expect(
            configuration(["HOME": "/home/user", "XDG_STATE_HOME": "/s"]).engine.database == "/s/nestbox/nestbox.sqlite"
        )
        #expect(
            configuration(["HOME": "/home/user", "XDG_STATE_HOME": "relative"]).engine.database
                == "/home/user/.local/state/nestbox/nestbox.sqlite")
    }

    @Test func blamesTheSourceOfABadValue() throws {
        #expect(
            try failure(environment: ["NESTBOX_CONCURRENCY": "x"]).description
                == "environment variable NESTBOX_CONCURRENCY: 'engine.concurrency': 'x' is not a whole number")
        let option = ConfigurationLoader.Override(path: "server.listen", option: "--listen", text: "x")
        #expect(
            try failure([option]).description.hasPrefix(
                "option --listen: 'server.listen': cannot listen on 'x': the port is missing"))
    }

    @Test func refusesAReachableAddressWithoutAKey() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file("c.yaml", "server:\n\n  listen: 0.0.0.0:8686\n")
        let error = try failure(file: file)
        #expect(error.place == .file(file, line: 3))
        #expect(error.message.contains("NESTBOX_API_KEY"))
        #expect(throws: Never.self) { try load(file: file, environment: ["NESTBOX_API_KEY": key]) }
        #expect(throws: Never.self) { try load([.init(path: "server.listen", option: "--listen", text: "unix:/x")]) }
    }

    @Test func joinsTheKeysOfTheSettingAndOfTheFile() throws {
        let directory = try TemporaryDirectory()
        let keys = try directory.file("keys", "# first\n\(key)1\n\n  \(key)2  \n")
        let configuration = try load(
            environment: ["NESTBOX_API_KEY": "\(key)3, \(key)4", "NESTBOX_API_KEY_FILE": keys])
        #expect(configuration.server.apiKeys == ["\(key)3", "\(key)4", "\(key)1", "\(key)2"])
    }

    @Test func namesTheLineOfABadKeyInTheKeyFile() throws {
        let directory = try TemporaryDirectory()
        let keys = try directory.file("keys", "\(key)\nshort\n")
        let error = try failure(environment: ["NESTBOX_API_KEY_FILE": keys])
        #expect(error.place == .file(keys, line: 2))
        #expect(!error.message.contains("short"))
        let empty = try directory.file("empty", "# none\n")
        #expect(try failure(environment: ["NESTBOX_API_KEY_FILE": empty]).message == "holds no key")
    }

    @Test func aKeyHasTheRulesThatItsLineNames() throws {
        let directory = try TemporaryDirectory()
        let rules = try directory.file(
            "rules.json", #"{"policy": {"imports": {"deny": ["os"]}}, "limits": {"wall_ms": 5000}}"#)
        let keys = try directory.file("keys", "\(key)1\n\(key)2 \t\(rules)\n")
        // A key that also stands in the setting keeps its rules.
        let server = try load(
            environment: ["NESTBOX_API_KEY": "\(key)2", "NESTBOX_API_KEY_FILE": keys]).server
        #expect(server.apiKeys == ["\(key)2", "\(key)1"])
        let expected = KeyRules(
            policy: CodePolicy(imports: .init(deny: ["os"])), limits: LimitsRequest(wallMilliseconds: 5000))
        #expect(server.keyRules == ["\(key)2": expected])
    }

    @Test(arguments: [
        ("{}", "there are no rules"), ("[", "not JSON"), ("[]", "wrong type"), (#"{"polcy":{}}"#, "'polcy'"),
        (#"{"policy":{"imports":{"deny":["a b"]}}}"#, "no name"), (#"{"limits":{"memory_bytes":1}}"#, "memory_bytes"),
        (#"{"policy":{"imports":{"deny":"os"}}}"#, "policy.imports.deny"),
        (#"{"isolation":[]}"#, "isolation must name"), (#"{"isolation":["crun","crun"]}"#, "none twice"),
    ])
    func rulesThatAreNoneAreRefused(text: String, expected: String) throws {
        let directory = try TemporaryDirectory()
        let keys = try directory.file("keys", "# keys\n\(key) \(try directory.file("rules.json", text))\n")
        let error = try failure(environment: ["NESTBOX_API_KEY_FILE": keys])
        #expect(error.place == .file(keys, line: 2))
        #expect(error.message.contains(expected) && !error.message.contains(key), "\(error.message)")
    }

    @Test(arguments: ["rules.json", "another-key-0123456"])
    func whatStandsBehindAKeyIsAPath(text: String) throws {
        let directory = try TemporaryDirectory()
        let keys = try directory.file("keys", "\(key) \(text)\n")
        #expect(try failure(environment: ["NESTBOX_API_KEY_FILE": keys]).message.contains("absolute path"))
        let twice = try directory.file("twice", "\(key)\n\(key)\n")
        #expect(try failure(environment: ["NESTBOX_API_KEY_FILE": twice]).place == .file(twice, line: 2))
    }

    @Test func refusesADefaultLimitAboveTheMaximum() throws {
        let directory = try TemporaryDirectory()
        let raised = try directory.file("a.yaml", "engine:\n  default_limits:\n    wall: 20m\n")
        let error = try failure(file: raised)
        #expect(error.place == .file(raised, line: 3))
        #expect(
            error.message
                == "'engine.default_limits.wall' (20m) is above 'engine.maximum_limits.wall' (10m); lower the one or raise the other"
        )

        let lowered = try directory.file("b.yaml", "engine:\n  maximum_limits:\n    wall: 1s\n")
        #expect(try failure(file: lowered).place == .file(lowered, line: 3))
    }

    @Test func blamesTheSettingThatTheServerRefuses() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file("a.yaml", "server:\n  allowed_hosts: ['a b']\n")
        #expect(try failure(file: file).place == .file(file, line: 2))
        let raised = try directory.file("b.yaml", "server:\n\n  maximum_body_bytes: 1GiB\n")
        let error = try failure(file: raised)
        #expect(error.place == .file(raised, line: 3))
        #expect(error.message.hasPrefix("maximum_buffered_bytes"))
    }

    @Test func saysWhenAFileCannotBeRead() throws {
        let error = #expect(throws: CommandError.self) { try load(file: "/nonexistent/nestbox.yaml") }
        #expect(error == .usage("cannot read '/nonexistent/nestbox.yaml': No such file or directory"))
    }

    @Test func ignoresEmptyVariables() throws {
        #expect(throws: Never.self) {
            try load(environment: ["NESTBOX_LISTEN": "", "NESTBOX_CONFIG": "", "NESTBOX_API_KEY": ""])
        }
    }

    @Test func handsTheEngineWhatWasConfigured() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file(
            "c.yaml",
            """
            engine: { concurrency: 5, queue: 6, collect_bytes: 7KiB, collect_files: 8, reports_kept: 9 }
            isolation: { driver: other }
            warm: { enabled: false, prepared: 3, prepared_of_kind: 2, ahead: 1, available_memory: 1GiB, zygotes: ["geo=json+math:2"] }
            """)
        let engine = try load(file: file).engine
        #expect(
            engine
                == EngineConfiguration(
                    concurrency: 5, queueLength: 6, collectBytes: 7 << 10, collectFiles: 8, isolation: "other",
                    reportsKept: 9, cacheDirectory: "/.cache/nestbox",
                    warm: WarmConfiguration(
                        isEnabled: false, mostPrepared: 3, mostPreparedOfKind: 2, mostAhead: 1,
                        leastAvailableBytes: 1 << 30,
                        zygotes: WarmConfiguration.standardZygotes + [
                            .init(name: "geo", modules: ["json", "math"], keep: 2)
                        ])))
    }
}
