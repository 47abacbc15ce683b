// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Files into and out of a sandbox whose programs lay traps.
enum FileTransferChecks {
    private static func spec(_ patterns: String..., files: UInt32 = 100, bytes: UInt64 = 8 << 20) -> CollectSpec {
        CollectSpec(
            root: SandboxPath.home, patterns: patterns, mostFiles: files, mostFileBytes: bytes, mostTotalBytes: bytes,
            mostEntries: 5000, mostDepth: 16)
    }

    static let all: [ConformanceCheck] = [
        ConformanceCheck("transfer/files_arrive_and_come_back") { driver in
            try await withSandbox(driver) { sandbox in
                let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try await sandbox.guest.put(content, at: "data/in.bin", root: SandboxPath.home, mode: 0o644)
                try requireEqual(
                    try await sandbox.shell(
                        "cp data/in.bin data/out.bin; find data/in.bin data -maxdepth 0 -printf '%u:%m\\n'"
                    ).text,
                    "user:644\nuser:755\n", "owners and modes")
                let back = try await sandbox.guest.collect(Self.spec("data/*"))
                try requireEqual(
                    back.files.map { String(decoding: $0.path, as: UTF8.self) }, ["data/out.bin"],
                    "created files (inputs left out)")
                try require(back.files.first?.content == content, "the content changed on the way")
            }
        },
        ConformanceCheck("transfer/putting_follows_no_link") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.shell(
                    "echo old > /tmp/target; ln -s /tmp/target link; ln -s /tmp dir; mkfifo pipe")
                try await sandbox.guest.put(Array("new".utf8), at: "link", root: SandboxPath.home, mode: 0o644)
                try await sandbox.guest.put(Array("new".utf8), at: "pipe", root: SandboxPath.home, mode: 0o644)
                try requireEqual(
                    try await sandbox.shell("cat /tmp/target link pipe").text, "old\nnewnew",
                    "link target, replaced link, replaced pipe")
                do {
                    try await sandbox.guest.put([1], at: "dir/file", root: SandboxPath.home, mode: 0o644)
                } catch is GuestRequestError {
                    return
                }
                throw ConformanceFailure(description: "a file was written through a symbolic link to a directory")
            }
        },
        ConformanceCheck("transfer/collecting_follows_no_link_and_opens_no_special_file") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.shell(
                    "ln -s /etc/passwd a; ln -s /proc/self/environ b; ln -s / rootdir; mkfifo c; "
                        + "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('d')\"; echo fine > e; mkdir f; ln -s ../f f/g; echo deep > f/h"
                )
                let back = try await sandbox.guest.collect(Self.spec("**"))
                let seen = back.files.map {
                    "\(String(decoding: $0.path, as: UTF8.self)) \($0.skip) \($0.content.count)"
                }
                try requireEqual(
                    seen,
                    [
                        "a notAFile 0", "b notAFile 0", "c notAFile 0", "d notAFile 0", "e none 5", "f/g notAFile 0",
                        "f/h none 5", "rootdir notAFile 0",
                    ],
                    "collected")
            }
        },
        ConformanceCheck("transfer/collecting_is_bounded") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python(
                    """
                    import os
                    for i in range(60): open(f"f{i:03}", "w").write("x" * 1000)
                    with open("sparse", "wb") as f: f.truncate(1 << 40)
                    d = "."
                    for i in range(40):
                        d += "/d"
                        try: os.mkdir(d)
                        except OSError: break
                    open(b"\\xff\\xfe name\\n", "w").write("odd")
                    """)
                let few = try await sandbox.guest.collect(Self.spec("f*", files: 10))
                try requireEqual(few.files.count, 10, "files with a bound of 10")
                try require(!few.complete, "a cut collection says it is complete")
                let small = try await sandbox.guest.collect(Self.spec("f*", "sparse", bytes: 5000))
                try requireEqual(small.files.filter { $0.skip == .none }.count, 5, "files within 5,000 bytes")
                try requireEqual(
                    small.files.filter { $0.path == Array("sparse".utf8) }.map(\.skip), [.tooLarge], "sparse file")
                let deep = try await sandbox.guest.collect(Self.spec("**/nothing"))
                try require(!deep.complete, "a tree deeper than the bound was searched whole")
                let odd = try await sandbox.guest.collect(Self.spec("*name*"))
                try requireEqual(odd.files.map(\.path), [[0xFF, 0xFE] + Array(" name\n".utf8)], "odd name")
            }
        },
        ConformanceCheck("transfer/paths_longer_than_any_path_do_not_spoil_the_rest") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python(
                    """
                    import os
                    open("good", "w").write("good")
                    for i in range(60):
                        os.mkdir("d" * 200); os.chdir("d" * 200)
                        open("bottom", "w").write("x")
                    """)
                var wide = Self.spec("**")
                wide.mostDepth = 100
                let back = try await sandbox.guest.collect(wide)
                try require(
                    back.files.contains { $0.path == Array("good".utf8) && $0.content == Array("good".utf8) },
                    "the good file is missing")
                try require(!back.complete, "a collection that left paths out says it is complete")
                try require(back.files.allSatisfy { $0.path.count <= CollectSpec.mostPathBytes }, "a path is too long")
            }
        },
        ConformanceCheck("transfer/unreadable_directories_are_still_collected_and_removed") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.shell("mkdir locked && echo x > locked/f && chmod 000 locked/f locked")
                let back = try await sandbox.guest.collect(Self.spec("locked/*"))
                try requireEqual(back.files.map(\.content), [Array("x\n".utf8)], "content behind mode 000")
            }
        },
        ConformanceCheck("transfer/full_disk_is_said") { driver in
            try await withSandbox(driver) { sandbox in
                do {
                    try await sandbox.guest.put(
                        [UInt8](repeating: 1, count: 17 << 20), at: "big", root: SandboxPath.home, mode: 0o644)
                } catch let error as GuestRequestError {
                    return try require(error.isFull, "unexpected error \(error)")
                }
                throw ConformanceFailure(description: "17 MiB fit into 16 MiB")
            }
        },
    ]
}
