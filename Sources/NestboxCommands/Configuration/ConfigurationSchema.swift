// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPAPI
import MicroVMDriver
import NestboxCore

/// One setting: its name, its documentation, and how it is read and written.
struct ConfigurationKey: Sendable {
    /// Dotted path in the file, such as `server.listen`.
    let path: String
    /// What the documentation calls the type of its values.
    let kind: String
    let summary: String
    /// Environment variable that overrides the file; nil when there is none.
    let environment: String?
    /// What the documentation says of a default that depends on the machine; nil when ``render`` says it.
    let defaultNote: String?
    let isList: Bool
    let assign: @Sendable (inout NestboxConfiguration, RawValue) throws(ValueError) -> Void
    /// The value as it would stand in a file; nil when not set.
    let render: @Sendable (NestboxConfiguration) -> String?

    init<Value>(
        _ path: String, _ kind: ValueKind<Value>, _ field: any WritableKeyPath<NestboxConfiguration, Value> & Sendable,
        environment: String? = nil, defaultNote: String? = nil, _ summary: String
    ) {
        self.path = path
        self.kind = kind.name
        self.summary = summary
        self.environment = environment
        self.defaultNote = defaultNote
        isList = kind.isList
        assign = { configuration, raw throws(ValueError) in configuration[keyPath: field] = try kind.parse(raw) }
        render = { kind.text($0[keyPath: field]) }
    }

    /// One limit of one of the sections of limits.
    init(limit: LimitField, of section: String, _ limits: any WritableKeyPath<NestboxConfiguration, Limits> & Sendable)
    {
        let kind = limit.kind
        let field = limit.keyPath
        path = "\(section).\(limit.rawValue)"
        self.kind = kind.name
        summary = limit.summary
        environment = nil
        defaultNote = nil
        isList = false
        assign = { configuration, raw throws(ValueError) in
            configuration[keyPath: limits][keyPath: field] = try kind.parse(raw)
        }
        render = { kind.text($0[keyPath: limits][keyPath: field]) }
    }
}

/// Every setting there is, in the order of the documentation. Parsing, environment, options and docs all come from here.
enum ConfigurationSchema {
    static let keys: [ConfigurationKey] = server + engine + limits + computers + isolation + warm + languages + policy

    static func key(_ path: String) -> ConfigurationKey? { keys.first { $0.path == path } }

    /// Names directly inside `section` (empty for the top level), in the order of the documentation.
    static func names(in section: String) -> [String] {
        let prefix = section.isEmpty ? "" : section + "."
        var names: [String] = []
        for key in keys where key.path.hasPrefix(prefix) {
            let name = String(key.path.dropFirst(prefix.count).prefix { $0 != "." })
            if names.last != name { names.append(name) }
        }
        return names
    }

    private static let server: [ConfigurationKey] = [
        ConfigurationKey(
            "server.listen", .address, \.server.http.listen, environment: "NESTBOX_LISTEN",
            "HOST:PORT, [IPV6]:PORT or unix:PATH. An address that is not loopback needs an API key."),
        ConfigurationKey(
            "server.api_keys", .list(of: "keys") { key throws(ValueError) in try APIKeyRule.check(key) },
            \.server.http.apiKeys, environment: "NESTBOX_API_KEY",
            "Keys that clients may present, each at least 16 characters. Without any key, clients need none."),
        ConfigurationKey(
            "server.api_key_file", .optional(.path), \.server.apiKeyFile, environment: "NESTBOX_API_KEY_FILE",
            "File with more keys, one a line, perhaps with the path of the key's own rules behind it (see below); empty lines and lines "
                + "that begin with # do not count."),
        ConfigurationKey(
            "server.allowed_hosts", .list(of: "host names") { _ throws(ValueError) in }, \.server.http.allowedHosts,
            "Names accepted in the Host header besides loopback ones. On a reachable address, none means any."),
        ConfigurationKey(
            "server.allowed_origins", .list(of: "origins") { _ throws(ValueError) in }, \.server.http.allowedOrigins,
            "Web origins whose pages may call the server, such as https://app.example.org."),
        ConfigurationKey(
            "server.e2b_domain", .optional(.text("domain") { _ throws(ValueError) in }), \.server.http.e2bDomain,
            environment: "NESTBOX_E2B_DOMAIN",
            "Domain, perhaps with a port, that E2B's clients are told; see e2b.md. Without it they are told the name they called."
        ),
        ConfigurationKey(
            "server.datasets",
            .list(of: "data sets") { text throws(ValueError) in
                do throws(RequestError) { _ = try TaskSets.parts(of: text) } catch { throw ValueError(error.message) }
            }, \.server.http.datasets,
            "Tasks for the evaluation of SandboxFusion's API (drop-ins.md), each NAME=PATH of a JSON Lines file, such as humaneval_python=/srv/HumanEval.jsonl."
        ),
        ConfigurationKey(
            "server.maximum_body_bytes", .size(1024...(1 << 32)), \.server.http.maximumBodyBytes,
            "Largest request body; a larger one is refused before it is read to its end."),
        ConfigurationKey(
            "server.maximum_buffered_bytes", .size(1024...(1 << 40)), \.server.http.maximumBufferedBytes,
            "Request bodies held at one time, over all connections."),
        ConfigurationKey(
            "server.maximum_connections", .integer(1...1_000_000), \.server.http.maximumConnections,
            "Open connections; beyond it the one that has been idle longest is closed."),
        ConfigurationKey(
            "server.header_timeout", .duration(100...3_600_000), \.server.http.headerTimeout,
            "Most time a client may take to send a request's head."),
        ConfigurationKey(
            "server.body_timeout", .duration(100...3_600_000), \.server.http.bodyTimeout,
            "Most time a client may take to send a request's body."),
        ConfigurationKey(
            "server.idle_timeout", .duration(100...3_600_000), \.server.http.idleTimeout,
            "How long a connection without a request stays open, and a response waits for its reader."),
        ConfigurationKey(
            "server.drain_time", .duration(0...3_600_000), \.server.http.drainTime,
            "After SIGTERM, how long running requests may go on before they are cancelled."),
    ]

    private static let engine: [ConfigurationKey] = [
        ConfigurationKey(
            "engine.concurrency", .integer(1...4096), \.engine.concurrency, environment: "NESTBOX_CONCURRENCY",
            defaultNote: "number of CPUs", "Runs at one time."),
        ConfigurationKey(
            "engine.queue", .integer(0...1_000_000), \.engine.queueLength,
            "Runs that may wait for a free place; beyond it a run is refused with 429."),
        ConfigurationKey(
            "engine.collect_bytes", .size(0...(1 << 32)), \.engine.collectBytes,
            "Most bytes of collected files in one report."),
        ConfigurationKey(
            "engine.collect_files", .integer(0...100_000), \.engine.collectFiles,
            "Most collected files in one report."),
        ConfigurationKey(
            "engine.reports_kept", .integer(0...10_000_000), \.engine.reportsKept,
            "How many of the newest reports the server keeps."),
        ConfigurationKey(
            "engine.batches_kept", .integer(1...1_000_000), \.engine.batchesKept,
            "How many of the newest batches that are over the server keeps, with their results."),
        ConfigurationKey(
            "engine.batch_bytes", .size((1 << 20)...(1 << 44)), \.engine.batchBytes,
            "Most bytes of batches on disk. Those that are over leave first; beyond it a new one is refused with 429."),
        ConfigurationKey(
            "engine.judgement_cache_bytes", .size(0...(1 << 40)), \.engine.judgementBytes,
            "Most bytes of judgements kept for batches with `cache`; 0 keeps none."),
        ConfigurationKey(
            "engine.database", .path, \.engine.database, environment: "NESTBOX_DATABASE",
            defaultNote: "`/var/lib/nestbox/nestbox.sqlite` as root, else `nestbox/nestbox.sqlite` below "
                + "`$XDG_STATE_HOME` (`~/.local/state`)",
            "SQLite file of the server's reports; made when absent. Batches are beside it, in `NAME-batches.sqlite`."),
    ]

    private static let limits: [ConfigurationKey] =
        LimitField.allCases.map { ConfigurationKey(limit: $0, of: "engine.default_limits", \.engine.defaultLimits) }
        + LimitField.allCases.map { ConfigurationKey(limit: $0, of: "engine.maximum_limits", \.engine.maximumLimits) }
        + LimitField.allCases.map { ConfigurationKey(limit: $0, of: "engine.compile_limits", \.engine.compileLimits) }

    private static let computers: [ConfigurationKey] =
        [
            ConfigurationKey(
                "computers.maximum", .integer(0...100_000), \.computers.most,
                "Computers at one time, paused ones that keep their memory included; 0 offers none."),
            ConfigurationKey(
                "computers.maximum_per_key", .integer(0...100_000), \.computers.mostPerOwner,
                "The same for the computers made with one API key."),
        ]
        + [LimitField.memory, .disk, .processes, .inodes, .openFiles, .cpus].map {
            ConfigurationKey(limit: $0, of: "computers", \.computers.limits)
        } + [
            ConfigurationKey(
                "computers.maximum_timeout", .time(1000...(3660 * 24 * 3_600_000)), \.computers.mostTimeout,
                "Farthest end of a computer from now."),
            ConfigurationKey(
                "computers.directory", .path, \.computers.directory, environment: "NESTBOX_COMPUTERS",
                defaultNote: "`computers` beside the default database",
                "Directory of the snapshots and of the files of paused computers; made when absent."),
            ConfigurationKey(
                "computers.stored_bytes", .size(0...(1 << 50)), \.computers.storedBytes,
                "Bytes of all snapshots and of the files of paused computers together."),
        ]

    private static let isolation: [ConfigurationKey] = [
        ConfigurationKey(
            "isolation.driver", .text("name") { name throws(ValueError) in try NameRule.check(name) },
            \.isolation.driver,
            environment: "NESTBOX_ISOLATION",
            "Driver of runs that name none, or `strongest`; `nestbox doctor` lists the drivers."),
        ConfigurationKey(
            "isolation.templates",
            .list(of: "templates") { text throws(ValueError) in _ = try TemplateRule.pair(text) },
            \.isolation.templates,
            "Driver of what is made from a template and names none, each TEMPLATE=DRIVER: `default` for runs, `base`, "
                + "`code-interpreter-v1` or a snapshot for computers; see isolation.md."),
        ConfigurationKey(
            "isolation.accept_rlimit_only", .boolean, \.isolation.acceptRlimitOnly,
            environment: "NESTBOX_ACCEPT_RLIMIT_ONLY",
            "Run even where no cgroup can be used, with the weaker limits of setrlimit(2); reports then say `rlimit`."),
        ConfigurationKey(
            "isolation.cgroup_parent",
            .optional(.text("path") { path throws(ValueError) in try CgroupRule.check(path) }),
            \.isolation.cgroupParent,
            environment: "NESTBOX_CGROUP_PARENT",
            "cgroup below which the sandboxes get theirs, as in /proc/self/cgroup. Not set: `/nestbox` for root, else "
                + "Nestbox's own cgroup."),
        ConfigurationKey(
            "isolation.extra_paths",
            .list(of: "absolute paths") { path throws(ValueError) in try SandboxPathRule.check(path) },
            \.isolation.extraPaths,
            "Host files and directories that sandboxes may read, at the same place, such as /opt/data."),
        ConfigurationKey(
            "isolation.oci",
            .list(of: "runtimes") { text throws(ValueError) in _ = try RuntimeRule.runtime(text) },
            \.isolation.runtimes,
            "Further OCI runtimes, each NAME=KIND:PROGRAM and its options, where KIND is the command line it has: crun, runc or "
                + "runsc; such as systrap=runsc:/opt/runsc --platform=systrap. One of a built-in name replaces it; see isolation.md."
        ),
        ConfigurationKey(
            "isolation.microvm.kernel", .path, \.isolation.microVM.kernel, environment: "NESTBOX_MICROVM_KERNEL",
            "Directory with the kernel of virtual machines, `vmlinuz`, and its `modules`; see microvm.md."),
        ConfigurationKey(
            "isolation.microvm.acceleration",
            .text("auto, kvm or tcg") { word throws(ValueError) in
                guard MicroVMConfiguration.Acceleration(rawValue: word) != nil else {
                    throw ValueError("'\(word)' is none of: auto, kvm, tcg")
                }
            }, \.isolation.microVM.accelerationName,
            "What runs the processor of virtual machines: KVM, emulation (TCG), or KVM where a machine starts with it."),
        ConfigurationKey(
            "isolation.microvm.kept", .path, \.isolation.microVM.kept, environment: "NESTBOX_MICROVM_KEPT",
            "Directory of virtual machines that `nestbox prepare` has started ahead of time."),
        ConfigurationKey(
            "isolation.microvm.memory_overhead", .size((96 << 20)...(1 << 30)), \.isolation.microVM.memoryOverhead,
            "Memory of a virtual machine beside that of its programs, for its kernel and its caches. Firecracker's too."
        ),
        ConfigurationKey(
            "isolation.firecracker.binary", .optional(.path), \.isolation.firecracker.binary,
            environment: "NESTBOX_FIRECRACKER",
            "Firecracker's program. Not set: there is no driver `firecracker`. It was never run by Nestbox's tests; see firecracker.md."
        ),
        ConfigurationKey(
            "isolation.firecracker.jailer", .optional(.path), \.isolation.firecracker.jailer,
            "Firecracker's jailer, of the same release. Not set: `jailer` beside the program."),
        ConfigurationKey(
            "isolation.firecracker.kernel", .path, \.isolation.firecracker.kernel,
            environment: "NESTBOX_FIRECRACKER_KERNEL",
            "Directory with the kernel of Firecracker's machines, `vmlinux`, its `modules`, and the image that `nestbox prepare` makes."
        ),
    ]

    private static let warm: [ConfigurationKey] = [
        ConfigurationKey(
            "warm.enabled", .boolean, \.warm.settings.isEnabled, environment: "NESTBOX_WARM_ENABLED",
            "Prepare sandboxes and interpreters before requests come; see warm-starts.md. False starts every run cold."),
        ConfigurationKey(
            "warm.prepared", .integer(0...10_000), \.warm.settings.mostPrepared,
            "Sandboxes that wait prepared, over all kinds."),
        ConfigurationKey(
            "warm.prepared_of_kind", .integer(0...10_000), \.warm.settings.mostPreparedOfKind,
            "Sandboxes that wait prepared, of one kind: the same limits and the same interpreter."),
        ConfigurationKey(
            "warm.prepared_memory", .size(0...(1 << 50)), \.warm.settings.mostPreparedBytes,
            "Memory that prepared virtual machines and sandboxes of gVisor may take, over all kinds; one that waits counts as 160 MiB and 64 MiB. See microvm.md and isolation.md."
        ),
        ConfigurationKey(
            "warm.ahead", .integer(0...1_000), \.warm.settings.mostAhead,
            "Interpreters that wait in prepared sandboxes, over all kinds: those of Node.js, each with about 5 MB of its own, and "
                + "of Python where the driver has no zygotes. 0 starts all cold."),
        ConfigurationKey(
            "warm.available_memory", .size(0...(1 << 50)), \.warm.settings.leastAvailableBytes,
            "Memory of the machine that must stay available. With less, what is prepared goes, and nothing new is prepared."
        ),
        ConfigurationKey(
            "warm.zygote_births", .integer(1...1_000_000), \.warm.settings.mostBirths,
            "Programs forked from one zygote before another takes its place; they share its address layout."),
        ConfigurationKey(
            "warm.zygote_seconds", .integer(1...1_000_000), \.warm.settings.mostZygoteSeconds,
            "Seconds after which a zygote is replaced."),
        ConfigurationKey(
            "warm.compile_cache_bytes", .size(0...(1 << 40)), \.warm.settings.compileCacheBytes,
            "Memory for what compilers made, so that a program that comes again is not compiled again; 0 compiles each time."
        ),
        ConfigurationKey(
            "warm.zygotes", .list(of: "zygotes") { text throws(ValueError) in _ = try ZygoteRule.zygote(text) },
            \.warm.zygotes,
            "Further zygotes, each NAME=MODULE+MODULE with Python modules to import, and :COUNT for sandboxes to keep prepared "
                + "with it, such as geo=numpy+shapely:2. One of a built-in name replaces it."),
    ]

    private static let languages: [ConfigurationKey] = [
        ConfigurationKey(
            "languages.packs", .optional(.path), \.languages.packsDirectory, environment: "NESTBOX_PACKS",
            "Directory with further language packs (*.yaml); a pack there replaces a built-in one of the same name.")
    ]
}
