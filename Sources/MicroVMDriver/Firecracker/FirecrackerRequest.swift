// SPDX-License-Identifier: Apache-2.0

/// What is said to Firecracker, in the words of its API description (src/firecracker/swagger/firecracker.yaml). Paths are relative to
/// the jail's root, which is the program's working directory, and the same in every jail, as a snapshot demands.
struct FirecrackerRequest: Sendable, Hashable {
    enum Method: String, Sendable {
        case put = "PUT"
        case patch = "PATCH"
    }

    enum Value: Sendable, Hashable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case object([Field])
    }

    struct Field: Sendable, Hashable {
        let name: String
        let value: Value
    }

    /// What lies in a jail.
    enum File {
        static let kernel = "vmlinux"
        static let initialFiles = "initrd"
        static let image = "root.erofs"
        static let state = "state"
        static let memory = "memory"
        /// Made by Firecracker.
        static let socket = "vsock"
        static let api = "run/firecracker.socket"
    }

    /// What the guest calls the first drive.
    static let drive = "/dev/vda"
    /// The least that a guest may have (vsock(7)). Each Firecracker has its own sockets, so all guests have the same.
    private static let guestAddress = 3

    let method: Method
    let path: String
    let fields: [Field]

    private init(_ method: Method, _ path: String, _ fields: KeyValuePairs<String, Value>) {
        self.method = method
        self.path = path
        self.fields = fields.map { Field(name: $0.key, value: $0.value) }
    }

    /// In this order, a machine starts.
    static func start(_ shape: MachineShape) -> [FirecrackerRequest] {
        [
            FirecrackerRequest(
                .put, "/machine-config",
                [
                    "vcpu_count": .number(shape.processors), "mem_size_mib": .number(shape.memoryBytes >> 20),
                    "smt": .flag(false), "track_dirty_pages": .flag(false),
                ]),
            FirecrackerRequest(
                .put, "/boot-source",
                [
                    "kernel_image_path": .text(File.kernel), "initrd_path": .text(File.initialFiles),
                    "boot_args": .text(kernelArguments),
                ]),
            FirecrackerRequest(
                .put, "/drives/root",
                [
                    "drive_id": .text("root"), "path_on_host": .text(File.image), "is_root_device": .flag(false),
                    "is_read_only": .flag(true),
                ]),
            FirecrackerRequest(
                .put, "/vsock", ["guest_cid": .number(guestAddress), "uds_path": .text(File.socket)]),
            FirecrackerRequest(.put, "/entropy", [:]),
            FirecrackerRequest(.put, "/actions", ["action_type": .text("InstanceStart")]),
        ]
    }

    /// In this order, a machine that runs is kept.
    static let keep = [
        FirecrackerRequest(.patch, "/vm", ["state": .text("Paused")]),
        FirecrackerRequest(
            .put, "/snapshot/create",
            [
                "snapshot_type": .text("Full"), "snapshot_path": .text(File.state), "mem_file_path": .text(File.memory),
            ]),
    ]

    /// Has a new process go on from a kept machine.
    static let restore = FirecrackerRequest(
        .put, "/snapshot/load",
        [
            "snapshot_path": .text(File.state),
            "mem_backend": .object([
                Field(name: "backend_type", value: .text("File")),
                Field(name: "backend_path", value: .text(File.memory)),
            ]),
            "resume_vm": .flag(true),
        ])

    /// Words that the kernel does not know become arguments of the first process. Not behind `--`: Firecracker may add words of its
    /// own at the end. `reboot=k`: Firecracker ends when the guest resets its keyboard controller.
    private static let kernelArguments =
        "quiet panic=-1 reboot=k pci=off 8250.nr_uarts=0 lsm=landlock net.ifnames=0 rdinit=/init machine vsock"

    // MARK: As bytes

    /// HTTP/1.1, with the body as JSON.
    var bytes: [UInt8] {
        let body = Self.json(.object(fields))
        return Array(
            """
            \(method.rawValue) \(path) HTTP/1.1\r
            Host: localhost\r
            Accept: application/json\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    private static func json(_ value: Value) -> String {
        switch value {
        // All texts are this file's own; none has a character that must be escaped.
        case .text(let text): "\"\(text)\""
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .object(let fields): "{" + fields.map { "\"\($0.name)\":\(json($0.value))" }.joined(separator: ",") + "}"
        }
    }
}
