// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Engine

/// What a snapshot really holds.
@Suite struct RealSnapshotTests {
    private static let make = """
        set -e
        cd ~; echo one > file; mkdir -p 'a b/-c'; echo deep > 'a b/-c/x'; ln -s file link; ln file hard; chmod 4711 hard
        setfattr -n user.e2b.author -v me file 2>/dev/null || true
        truncate -s 100M sparse; rm -f .profile
        sudo sh -c 'echo root > ~root/secret; echo lib > /usr/local/lib/added; mkdir /code; echo c > /code/main; echo t > /etc/new.conf
        mkdir /usr/local/newdir; echo n > /usr/local/newdir/inside; echo v > /var/lib/state; echo x > /opt/x; echo changed > /usr/share/misc/magic-or-not; sed -i 1d /usr/share/common-licenses/BSD || true'
        """
    private static let look = """
        cd ~; cat file 'a b/-c/x' link; stat -c '%n %a %U %h %s' file hard sparse; readlink link
        sudo cat ~root/secret /usr/local/lib/added /code/main /etc/new.conf /usr/local/newdir/inside /var/lib/state /opt/x /usr/share/misc/magic-or-not
        head -n 2 /usr/share/common-licenses/BSD
        ls -A ~ | sort; stat -c '%U %a' /root /tmp /code /usr/local/lib/added
        """

    @Test func everyFileOfTheComputerIsThere() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let made = try await computer.sh(Self.make)
            try #require(made == ProcessOutcome(exitCode: 0))
            let seen = try await computer.sh(Self.look)
            #expect(seen.stdout.hasPrefix("one\ndeep\none\n") && seen.exitCode == 0)

            let snapshot = try await all.manager.snapshot(computer.id, owner: "me", name: nil)
            let copy = try await all.started { $0.template = snapshot.id }
            let copied = try await copy.sh(Self.look)
            #expect(copied.stdout == seen.stdout && copied.exitCode == 0, "\(copied) instead of \(seen)")
            #expect(try await copy.sh("du -k ~/sparse | cut -f1").stdout == "0\n", "a hole stays a hole")

            // Independent of each other, and a copy of a copy is one too.
            _ = try await computer.sh("echo changed > ~/file")
            #expect(try await copy.sh("cat ~/file").stdout == "one\n")
            let fork = try await all.manager.computer(try await all.manager.fork(copy.id, owner: "me", seconds: 60).id)
            let forked = try await fork.sh(Self.look)
            #expect(forked == seen)
        }
    }

    @Test func aPauseOfFilesKeepsThem() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            _ = try await computer.sh("echo kept > ~/kept")
            let sleep = try await computer.start(ComputerProcessRequest(command: "sleep", arguments: ["600"]))
            try await all.manager.pause(computer.id, owner: "me", keepsMemory: false)
            #expect(await sleep.outcome().exitCode == nil)
            _ = try await all.manager.connect(computer.id, owner: "me", seconds: 60)
            let again = try await all.manager.computer(computer.id)
            #expect(try await again.sh("cat ~/kept; whoami").stdout == "kept\nuser\n")
            #expect(await again.processes().isEmpty)
        }
    }
}
