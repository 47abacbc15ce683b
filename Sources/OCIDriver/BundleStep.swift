// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// Performs steps of a ``BundlePlan``, on the workshop's thread.
struct BundleStep {
    let bundle: String
    let kind: OCIRuntime.Kind
    /// The user namespace whose ids the trees of a computer show.
    let ids: SharedDescriptor?

    private static let writable: MountAttributes = [.noSetuid, .noDevices]

    func perform(_ step: BundlePlan.HostStep) throws(SystemError) {
        switch step {
        case .directory(let path, let mode): try Workshop.makeDirectory("\(bundle)/\(path)", mode: mode)
        case .file(let path, let content): try Workshop.write(content, to: "\(bundle)/\(path)")
        case .randomID(let path): try Workshop.write(Array(RandomID.line().utf8), to: "\(bundle)/\(path)")
        case .overlay(let path, let layers):
            // runsc mounts its root again without these, which a user namespace may not take away; only gVisor reads there.
            let more: MountAttributes = kind == .runsc ? [] : Self.writable
            let overlay = try Mounts.create(
                "overlay", options: [("lowerdir", layers.joined(separator: ":"))], attributes: more.union(.readOnly))
            try Mounts.attach(overlay, at: "\(bundle)/\(path)")
        case .scratch(let path, let bytes, let inodes, let directories):
            try makeScratch("\(bundle)/\(path)", bytes: bytes, inodes: inodes, directories)
        case .writableOverlay(let path, let lower, let layers, let owner):
            try makeOverlay("\(bundle)/\(path)", over: lower, layers: "\(bundle)/\(layers)", owner: owner)
        case .replace(let path, let content):
            let file = try Files.open("\(bundle)/\(path)", [.writeOnly, .truncate, .noFollow])
            try Files.writeAll(file.raw, content)
        case .owner(let path, let user):
            let place = try Files.open("\(bundle)/\(path)", [.readOnly, .noFollow])
            try Files.setOwner(place.raw, user: user, group: user)
        case .symlink(let path, let target): try Files.makeSymlink("\(bundle)/\(path)", to: target)
        case .show(let source, let path): try show(source, at: "\(bundle)/\(path)")
        case .mask(let path, let file, let directory):
            let path = "\(bundle)/\(path)"
            // What was there when the first computer was made may be gone.
            guard let status = try? Files.status(path) else { return }
            try show(status.kind == .directory ? directory : file, at: path)
        case .setuidFile(let path, let content, let owner):
            try Mounts.showSetuidFile(content, at: "\(bundle)/\(path)", staging: "\(bundle)/setuid", owner: owner)
        }
    }

    private func makeScratch(
        _ place: String, bytes: Int, inodes: Int, _ directories: [BundlePlan.Directory]
    ) throws(SystemError) {
        let scratch = try Mounts.create(
            "tmpfs", options: [("size", "\(bytes)"), ("nr_inodes", "\(inodes)"), ("mode", "755")],
            attributes: Self.writable)
        try Mounts.attach(scratch, at: place)
        for directory in directories {
            try makeDirectory("\(place)/\(directory.name)", mode: directory.mode, owner: directory.owner)
        }
    }

    private func makeDirectory(_ place: String, mode: UInt32, owner: UInt32) throws(SystemError) {
        try Files.makeDirectory(place, mode: 0o700)
        let made = try Files.open(place, [.readOnly, .directory, .noFollow])
        try Files.setOwner(made.raw, user: owner, group: owner)
        try Files.setMode(made.raw, mode)
    }

    /// The tree with mapped ids is attached only until the overlay has a copy of it.
    private func makeOverlay(
        _ place: String, over lower: String, layers: String, owner: UInt32
    ) throws(SystemError) {
        guard let ids else { throw SystemError(Errno.invalid, call: "overlay without ids", subject: place) }
        let tree = try Mounts.clone(lower, recursive: false)
        try Mounts.setAttributes(
            of: tree.raw, [.readOnly, .noSetuid, .noDevices, .idMapped], recursive: false, userNamespace: ids.raw)
        let mapped = "\(layers)/lower"
        try Files.makeDirectory(mapped, mode: 0o700)
        try Mounts.attach(tree, at: mapped)
        // The root of an overlay has the mode of its upper layer.
        let mode = try Files.status(lower).mode & 0o7777
        try makeDirectory("\(layers)/upper", mode: mode, owner: owner)
        try Files.makeDirectory("\(layers)/work", mode: 0o700)
        let overlay = try Mounts.create(
            "overlay",
            options: [("lowerdir", mapped), ("upperdir", "\(layers)/upper"), ("workdir", "\(layers)/work")],
            attributes: Self.writable)
        try Mounts.attach(overlay, at: place)
        try Mounts.detach(mapped)
    }

    private func show(_ source: String, at place: String) throws(SystemError) {
        let mount = try Mounts.clone(source, recursive: false)
        try Mounts.setAttributes(of: mount.raw, [.readOnly, .noSetuid, .noDevices], recursive: false)
        try Mounts.attach(mount, at: place)
    }
}
