# SPDX-License-Identifier: Apache-2.0
"""A machine of QEMU, with a vsock device that QEMU leaves to this process (vhost-user): what comes on a Unix socket as Firecracker's
"CONNECT PORT" goes to the guest's vsock. Formats: virtio 1.1, 5.10; QEMU, docs/interop/vhost-user.rst."""
import array
import mmap
import os
import socket
import struct
import subprocess

HOST, GUEST = 2, 3
HEADER = struct.Struct("<QQIIIHHIII")
REQUEST, RESPONSE, RST, SHUTDOWN, RW, CREDIT_UPDATE, CREDIT_REQUEST = range(1, 8)
BUFFER = 256 << 10
# VIRTIO_F_VERSION_1, VHOST_USER_F_PROTOCOL_FEATURES; of these VHOST_USER_PROTOCOL_F_CONFIG.
FEATURES, PROTOCOL = 1 << 32 | 1 << 30, 1 << 9


class Ring:
    def __init__(self):
        self.size = self.addresses = self.kick = self.call = None
        self.seen = 0


class Guest:
    def __init__(self, parts, log):
        boot, config = parts["boot"], parts["config"]
        device = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        device.bind("vhost")
        device.listen(1)
        self.regions, self.rings, self.waiting = [], [Ring(), Ring(), Ring()], []
        self.streams, self.opening, self.next_port = {}, [], 1 << 30
        # An emulated processor has nothing to measure its clock by, and no keyboard controller to reset.
        words = boot["boot_args"].replace("reboot=k", "reboot=t").replace("8250.nr_uarts=0", "console=ttyS0")
        memory = config["mem_size_mib"]
        self.console = f"{log}/console-{os.getuid()}"
        out = open(self.console, "wb")
        self.process = subprocess.Popen(
            ["/usr/bin/qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             "-machine", "microvm,rtc=on,isa-serial=on,memory-backend=memory", "-accel", "tcg,tb-size=64", "-cpu", "max",
             "-object", f"memory-backend-memfd,id=memory,size={memory}M,share=on", "-m", f"{memory}M",
             "-smp", str(config["vcpu_count"]), "-global", "virtio-mmio.force-legacy=false",
             "-kernel", boot["kernel_image_path"], "-initrd", boot["initrd_path"],
             "-append", f"tsc_early_khz={clock()} tsc=reliable no_timer_check mitigations=off {words}",
             "-chardev", "stdio,id=console", "-serial", "chardev:console",
             "-drive", f"id=root,file={parts['drive']['path_on_host']},format=raw,if=none,readonly=on",
             "-device", "virtio-blk-device,drive=root", "-device", "virtio-rng-device",
             "-chardev", "socket,id=vsock,path=vhost", "-device", "vhost-user-vsock-device,chardev=vsock"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.control = device.accept()[0]
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(parts["vsock"]["uds_path"])
        self.listener.listen(8)

    # What there is to wait for.

    def readable(self):
        kicks = [ring.kick for ring in self.rings[:2] if ring.kick is not None]
        streams = [stream for stream in self.streams.values() if stream.wants()]
        return [self.control, self.listener] + self.opening + kicks + streams

    def handle(self, ready):
        if ready is self.control:
            self.obey()
        elif ready is self.listener:
            self.opening.append(self.listener.accept()[0])
        elif isinstance(ready, Stream):
            ready.read()
        elif isinstance(ready, int):
            os.read(ready, 8)
            self.take()
            self.give()
        else:
            words = ready.recv(64)
            self.opening.remove(ready)
            if words.startswith(b"CONNECT ") and words.endswith(b"\n"):
                self.next_port += 1
                self.streams[self.next_port] = Stream(self, ready, self.next_port, int(words[8:]))
                self.send(self.streams[self.next_port], REQUEST)
            else:
                ready.close()

    # QEMU's orders.

    def obey(self):
        descriptors = array.array("i")
        head, ancillary, _, _ = self.control.recvmsg(12, socket.CMSG_SPACE(8 * 4))
        if not head:
            with open(self.console, "rb") as console:
                raise SystemExit(f"QEMU has ended: {console.read()[-400:]!r}")
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        order, _, size = struct.unpack("<III", head)
        body = self.control.recv(size, socket.MSG_WAITALL) if size else b""
        number = struct.unpack_from("<Q", body)[0] if size >= 8 else 0
        if order in (1, 15, 17):
            self.reply(order, struct.pack("<Q", {1: FEATURES, 15: PROTOCOL, 17: 3}[order]))
        elif order == 5:
            for index, descriptor in enumerate(descriptors):
                guest, length, user, offset = struct.unpack_from("<QQQQ", body, 8 + 32 * index)
                self.regions.append((guest, user, length, mmap.mmap(descriptor, length, offset=offset)))
        elif order in (8, 10):
            index, value = struct.unpack("<II", body)
            setattr(self.rings[index], "size" if order == 8 else "seen", value)
        elif order == 9:
            index, _, table, used, available, _ = struct.unpack("<IIQQQQ", body)
            self.rings[index].addresses = (table, used, available)
        elif order == 11:
            index = struct.unpack_from("<I", body)[0]
            self.rings[index].kick = None
            self.reply(order, struct.pack("<II", index, self.rings[index].seen))
        elif order in (12, 13):
            setattr(self.rings[number & 0xFF], "kick" if order == 12 else "call", descriptors[0] if descriptors else None)
            if order == 12:
                self.take()
                self.give()
        elif order == 24:
            self.reply(order, body[:12] + struct.pack("<Q", GUEST)[:struct.unpack_from("<I", body, 4)[0]])

    def reply(self, order, body):
        self.control.sendall(struct.pack("<III", order, 1 | 4, len(body)) + body)

    # Rings.

    def place(self, address, by_user):
        for guest, user, length, memory in self.regions:
            start = user if by_user else guest
            if start <= address < start + length:
                return memory, address - start
        raise SystemExit("an address that is not the guest's")

    def next_chain(self, ring):
        """The buffers that the guest offers next: (memory, place, length, whether it is to be written), and their number."""
        if ring.kick is None or ring.addresses is None:
            return None
        memory, available = self.place(ring.addresses[2], True)
        if struct.unpack_from("<H", memory, available + 2)[0] == ring.seen:
            return None
        head = struct.unpack_from("<H", memory, available + 4 + 2 * (ring.seen % ring.size))[0]
        chain, index = [], head
        while True:
            table, start = self.place(ring.addresses[0], True)
            address, length, flags, following = struct.unpack_from("<QIHH", table, start + 16 * index)
            chain.append((*self.place(address, False), length))
            if not flags & 1:
                return head, chain
            index = following

    def use(self, ring, head, written):
        ring.seen = (ring.seen + 1) & 0xFFFF
        memory, used = self.place(ring.addresses[1], True)
        index = struct.unpack_from("<H", memory, used + 2)[0]
        struct.pack_into("<II", memory, used + 4 + 8 * (index % ring.size), head, written)
        struct.pack_into("<H", memory, used + 2, (index + 1) & 0xFFFF)
        if ring.call is not None:
            os.write(ring.call, struct.pack("<Q", 1))

    def take(self):
        while offer := self.next_chain(self.rings[1]):
            head, chain = offer
            packet = b"".join(memory[place:place + length] for memory, place, length in chain)
            self.use(self.rings[1], head, 0)
            _, _, guest_port, port, length, _, operation, _, room, taken = HEADER.unpack_from(packet)
            stream = self.streams.get(port)
            if stream is None:
                if operation != RST:
                    self.waiting.append(HEADER.pack(HOST, GUEST, port, guest_port, 0, 1, RST, 0, 0, 0))
                continue
            stream.room, stream.taken = room, taken
            if operation == RESPONSE:
                stream.open()
            elif operation == RW:
                stream.write(packet[HEADER.size:HEADER.size + length])
            elif operation in (RST, SHUTDOWN):
                if operation == SHUTDOWN:
                    self.send(stream, RST)
                stream.close()
            elif operation == CREDIT_REQUEST:
                self.send(stream, CREDIT_UPDATE)

    def give(self):
        while self.waiting and (offer := self.next_chain(self.rings[0])):
            head, chain = offer
            packet = self.waiting.pop(0)
            rest = packet
            for memory, place, length in chain:
                memory[place:place + min(length, len(rest))] = rest[:length]
                rest = rest[length:]
            self.use(self.rings[0], head, len(packet))

    def send(self, stream, operation, content=b"", flags=0):
        self.waiting.append(
            HEADER.pack(HOST, GUEST, stream.port, stream.guest_port, len(content), 1, operation, flags, BUFFER, stream.got)
            + content)
        self.give()


class Stream:
    def __init__(self, guest, client, port, guest_port):
        self.guest, self.client, self.port, self.guest_port = guest, client, port, guest_port
        self.got = self.sent = self.room = self.taken = 0
        self.is_open = False

    def fileno(self):
        return self.client.fileno()

    def credit(self):
        return self.room - ((self.sent - self.taken) & 0xFFFFFFFF)

    def wants(self):
        return self.is_open and self.credit() > 0

    def open(self):
        self.is_open = True
        self.tell(f"OK {self.port}\n".encode())

    def read(self):
        content = self.client.recv(min(3584, self.credit()))
        if content:
            self.sent += len(content)
            self.guest.send(self, RW, content)
        else:
            self.guest.send(self, SHUTDOWN, flags=3)
            self.is_open = False

    def write(self, content):
        self.got += len(content)
        if self.tell(content):
            self.guest.send(self, CREDIT_UPDATE)

    def tell(self, content):
        try:
            self.client.sendall(content)
        except OSError:
            # It has hung up.
            self.guest.send(self, RST)
            self.close()
            return False
        return True

    def close(self):
        self.guest.streams.pop(self.port, None)
        self.client.close()


def clock():
    """Of the host's processor, in ticks per millisecond."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("cpu MHz"):
                return int(float(line.split(":")[1]) * 1000)
    return 2_000_000
