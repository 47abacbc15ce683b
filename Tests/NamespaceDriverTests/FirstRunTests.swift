// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NamespaceDriver
import NestboxCore
import Testing

@Suite struct FirstRun {
    @Test func printsFromInside() async throws {
        let driver = try NamespaceDriver()
        for i in 0..<8 {
        let sandbox = try await driver.makeSandbox(SandboxSpec(id: "t1", limits: .standard))
        print("created in", sandbox.creation)
        let code = i == 0 ? "id; ls -la / /etc /dev; cat /proc/self/status | grep -E 'Cap|NoNew|Secc'; mount | wc -l; ls /proc | head -80 | tr '\\n' ' '; cat /proc/self/cgroup; df -h /tmp; ls -la /usr | head -4; ps ax; cat /proc/1/environ" : "true"
        let clock = ContinuousClock()
        let t0 = clock.now
        let program = try await sandbox.guest.start(ProgramSpec(arguments: ["/bin/sh", "-c", code], environment: ["PATH": "/usr/bin:/bin"], directory: "/home/user"))
        while let event = try await program.next() {
            switch event {
            case .output(_, let data): print(String(decoding: data, as: UTF8.self))
            case .ended(let end, let space): print(end, space)
            }
        }
        print("ran", clock.now - t0, try sandbox.usage())
        let t1 = clock.now
        try await sandbox.destroy()
        print("destroyed in", clock.now - t1)
        }
    }
}
