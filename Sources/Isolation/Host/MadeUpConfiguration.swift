// SPDX-License-Identifier: Apache-2.0

/// Files of /etc that a sandbox gets instead of the host's: they tell nothing about the host.
package enum MadeUpConfiguration {
    /// - Parameter rootShell: What root logs in with; `/usr/sbin/nologin` where programs cannot be root.
    package static func files(
        hostname: String, rootShell: String = "/usr/sbin/nologin"
    ) -> [(name: String, content: String)] {
        [
            (
                "passwd",
                """
                root:x:0:0:root:/root:\(rootShell)
                user:x:1000:1000:user:/home/user:/bin/bash
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """
            ),
            ("group", "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n"),
            ("hosts", "127.0.0.1 localhost \(hostname)\n::1 localhost\n"),
            ("hostname", hostname + "\n"),
            // No name server: a look-up fails at once instead of waiting for one that cannot answer.
            ("resolv.conf", ""),
            (
                "nsswitch.conf",
                "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n"
            ),
        ]
    }
}
