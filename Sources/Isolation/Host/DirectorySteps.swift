// SPDX-License-Identifier: Apache-2.0
package import GuestWire

/// Steps that make directories, each once and after its parent.
package struct DirectorySteps {
    package private(set) var steps: [GuestStep] = []
    private var made: Set<String> = []

    package init() {}

    package mutating func append(_ more: GuestStep...) { steps += more }

    package mutating func directory(_ path: String, mode: UInt32 = 0o755) {
        var place = ""
        for component in path.split(separator: "/") {
            place += "/\(component)"
            if made.insert(place).inserted {
                steps.append(.makeDirectory(path: place, mode: place == path ? mode : 0o755))
            }
        }
    }

    package mutating func parent(of path: String) {
        let components = path.split(separator: "/").dropLast()
        if !components.isEmpty { directory("/" + components.joined(separator: "/")) }
    }
}
