// SPDX-License-Identifier: Apache-2.0

/// How warm starts are kept ready; see docs/warm-starts.md.
public struct WarmConfiguration: Sendable, Hashable {
    /// A zygote that the operator wants, or one of the built-in ones.
    public struct Zygote: Sendable, Hashable {
        /// Letters, digits and hyphens; unique.
        public var name: String
        /// Python modules to import, in order. Empty: the bare interpreter.
        public var modules: [String]
        /// Prepared sandboxes to keep with it at least. 0: none until programs ask for them.
        public var keep: Int

        public init(name: String, modules: [String], keep: Int = 0) {
            self.name = name
            self.modules = modules
            self.keep = keep
        }

        /// Names that a program's `import` has to name for this zygote to help.
        var packages: Set<String> {
            Set(modules.map { String($0.prefix { $0 != "." }) })
        }
    }

    /// False: every run starts cold.
    public var isEnabled: Bool
    /// Most sandboxes that wait prepared, over all kinds.
    public var mostPrepared: Int
    /// Most of one kind.
    public var mostPreparedOfKind: Int
    /// Memory that sandboxes may take while they wait, with drivers where each takes much (virtual machines). Bytes.
    public var mostPreparedBytes: Int
    /// Most interpreters that were started ahead and wait, over all kinds; each has its own memory. 0: none is.
    public var mostAhead: Int
    /// Memory of the machine that must stay available; with less, what is prepared goes and nothing new is prepared. Bytes.
    public var leastAvailableBytes: Int
    /// A zygote is replaced after so many children or so many seconds, whichever is first: they share its address layout.
    public var mostBirths: Int
    public var mostZygoteSeconds: Int
    public var zygotes: [Zygote]
    /// Memory for what compilers made, so that the same program is not compiled again; 0 compiles each time.
    public var compileCacheBytes: Int

    public init(
        isEnabled: Bool = true, mostPrepared: Int = 32, mostPreparedOfKind: Int = 8, mostAhead: Int = 4,
        leastAvailableBytes: Int = 256 << 20, mostPreparedBytes: Int = 1 << 30, mostBirths: Int = 2000,
        mostZygoteSeconds: Int = 600, zygotes: [Zygote] = WarmConfiguration.standardZygotes,
        compileCacheBytes: Int = 64 << 20
    ) {
        self.isEnabled = isEnabled
        self.mostPrepared = mostPrepared
        self.mostPreparedOfKind = mostPreparedOfKind
        self.mostAhead = mostAhead
        self.mostPreparedBytes = mostPreparedBytes
        self.leastAvailableBytes = leastAvailableBytes
        self.mostBirths = mostBirths
        self.mostZygoteSeconds = mostZygoteSeconds
        self.zygotes = zygotes
        self.compileCacheBytes = compileCacheBytes
    }

    /// From the cheapest to the dearest: a program gets the first that has all it imports.
    public static let standardZygotes = [
        Zygote(name: "python", modules: [], keep: 2), Zygote(name: "numpy", modules: ["numpy"]),
        Zygote(name: "pandas", modules: ["numpy", "pandas"]),
        Zygote(name: "plot", modules: ["numpy", "matplotlib", "matplotlib.pyplot"]),
        Zygote(name: "data", modules: ["numpy", "pandas", "matplotlib", "matplotlib.pyplot"]),
    ]
}
