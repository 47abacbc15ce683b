# SPDX-License-Identifier: Apache-2.0
import io
import json
import urllib.parse
import uuid

import e2b
from e2b import FileType
from e2b.sandbox.filesystem.watch_handle import FilesystemEventType

from support import IS_OLD, URL, SandboxCase, Zeros, fetch, since, to_port


class FileTests(SandboxCase):
    def setUp(self):
        self.place = uuid.uuid4().hex[:8]
        self.files = self.sandbox.files

    def test_write_and_read(self):
        info = self.files.write(f"{self.place}/deep/a.txt", "grüße")
        self.assertEqual(info.path, f"/home/user/{self.place}/deep/a.txt")
        self.assertEqual(self.files.read(info.path), "grüße")
        self.assertEqual(self.files.read(info.path, format="bytes"), "grüße".encode())
        self.files.write(info.path, b"\x00\xff")
        self.assertEqual(bytes(self.files.read(info.path, format="bytes")), b"\x00\xff")
        self.files.write(info.path, "")
        self.assertEqual(self.files.read(info.path), "")

    def test_entries(self):
        self.files.write(f"{self.place}/a.txt", "12345")
        entry = self.files.get_info(f"{self.place}/a.txt")
        self.assertEqual((entry.type, entry.size, entry.mode), (FileType.FILE, 5, 0o644))
        self.assertEqual((entry.owner, entry.group, entry.permissions), ("user", "user", "-rw-r--r--"))
        self.assertEqual(entry.modified_time.tzinfo is None, IS_OLD)
        self.assertEqual(self.files.get_info(self.place).permissions, "drwxr-xr-x")
        self.run_ok(f"ln -s a.txt {self.place}/link")
        link = self.files.get_info(f"{self.place}/link")
        self.assertEqual(link.symlink_target, f"/home/user/{self.place}/a.txt")
        root = self.files.write(f"/root/{self.place}", "x", user="root")
        self.assertEqual(self.files.get_info(root.path, user="root").owner, "root")
        self.assertFalse(self.files.exists(f"{self.place}/none"))

    def test_lists(self):
        for name in ["b/two", "a", "b/c/three", "b/c/d/four"]:
            self.files.write(f"{self.place}/{name}", "x")

        def names(depth):
            prefix = f"/home/user/{self.place}/"
            return [entry.path.removeprefix(prefix) for entry in self.files.list(self.place, depth=depth)]

        self.assertEqual(names(1), ["a", "b"])
        self.assertEqual(names(2), ["a", "b", "b/c", "b/two"])
        self.assertEqual(names(3), ["a", "b", "b/c", "b/c/d", "b/c/three", "b/two"])
        with self.assertRaises(e2b.InvalidArgumentException):
            self.files.list(f"{self.place}/a")
        with self.assertRaises(e2b.NotFoundException):
            self.files.list(f"{self.place}/none")

    def test_make_move_remove(self):
        self.assertTrue(self.files.make_dir(f"{self.place}/x/y"))
        self.assertFalse(self.files.make_dir(f"{self.place}/x/y"))
        self.files.write(f"{self.place}/a", "a")
        with self.assertRaises(e2b.InvalidArgumentException):
            self.files.make_dir(f"{self.place}/a")
        self.files.rename(f"{self.place}/a", f"{self.place}/x/b")
        self.assertEqual(self.files.read(f"{self.place}/x/b"), "a")
        self.files.remove(f"{self.place}/x")
        self.assertFalse(self.files.exists(f"{self.place}/x"))
        self.files.remove(f"{self.place}/x")
        with self.assertRaises(e2b.NotFoundException):
            self.files.rename(f"{self.place}/a", f"{self.place}/b")

    def test_errors(self):
        with self.assertRaises(e2b.NotFoundException):
            self.files.read(f"{self.place}/none")
        self.files.make_dir(self.place)
        with self.assertRaises(e2b.InvalidArgumentException):
            self.files.read(self.place)
        with self.assertRaises(e2b.InvalidArgumentException):
            self.files.write(self.place, "x")
        with self.assertRaises(e2b.AuthenticationException):
            self.files.write("x", "x", user="nobody-here")

    def test_many_files_at_once(self):
        from e2b.sandbox.filesystem.filesystem import WriteEntry

        entries = [WriteEntry(path=f"{self.place}/{index}.txt", data=f"text {index}") for index in range(10)]
        self.assertEqual(len(self.files.write_files(entries)), 10)
        for index in range(10):
            self.assertEqual(self.files.read(f"{self.place}/{index}.txt"), f"text {index}")

    def test_streams(self):
        data = bytes(range(256)) * 1200
        self.files.write(f"{self.place}/big", io.BytesIO(data))
        self.assertEqual(b"".join(self.files.read(f"{self.place}/big", format="stream")), data)
        # Left in the middle; the next one is whole all the same.
        next(iter(self.files.read(f"{self.place}/big", format="stream")))
        self.assertEqual(bytes(self.files.read(f"{self.place}/big", format="bytes")), data)

    @since("2.45.0", "gzip")
    def test_gzip_both_ways(self):
        data = "compress me " * 20_000
        self.files.write(f"{self.place}/z", data, gzip=True)
        self.assertEqual(self.files.read(f"{self.place}/z", gzip=True), data)

    @since("2.45.0", "metadata")
    def test_metadata(self):
        path = f"{self.place}/m"
        info = self.files.write(path, "x", metadata={"author": "me", "n": "1"})
        self.assertEqual(info.metadata, {"author": "me", "n": "1"})
        self.assertEqual(self.files.get_info(path).metadata, {"author": "me", "n": "1"})
        self.assertEqual(self.files.list(self.place)[0].metadata, {"author": "me", "n": "1"})
        moved = self.files.rename(path, path + "2")
        self.assertEqual(moved.metadata, {"author": "me", "n": "1"})
        self.files.write(path + "2", "y")
        self.assertFalse(self.files.get_info(path + "2").metadata)

    def test_signed_urls(self):
        self.files.write(f"{self.place}/s", "signed")
        self.assertEqual(fetch(self.sandbox.download_url(f"{self.place}/s")), (200, b"signed"))
        boundary = b"XX"
        body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nup\r\n--XX--\r\n"
        status, _ = fetch(
            self.sandbox.upload_url(f"{self.place}/u"), data=body,
            headers={"Content-Type": "multipart/form-data; boundary=" + boundary.decode()})
        self.assertEqual(status, 200)
        self.assertEqual(self.files.read(f"{self.place}/u"), "up")
        url = self.sandbox.download_url(f"{self.place}/s", use_signature_expiration=-10)
        status, body = fetch(url)
        self.assertEqual((status, json.loads(body)), (401, {"code": 401, "message": "signature is already expired"}))
        parts = urllib.parse.urlsplit(self.sandbox.download_url(f"{self.place}/s"))
        query = dict(urllib.parse.parse_qsl(parts.query)) | {"path": "/etc/passwd"}
        status, _ = fetch(URL + "/files?" + urllib.parse.urlencode(query))
        self.assertEqual(status, 401)
        status, _ = fetch(URL + f"/files?path={self.place}/s", headers=to_port(self.sandbox, 49983))
        self.assertEqual(status, 401)

    def test_a_large_upload_is_streamed(self):
        size = 100 << 20
        self.files.write(f"{self.place}/large", io.BufferedReader(Zeros(size)), request_timeout=300)
        self.assertEqual(self.files.get_info(f"{self.place}/large").size, size)
        self.files.remove(f"{self.place}/large")


class WatchTests(SandboxCase):
    def setUp(self):
        self.place = uuid.uuid4().hex[:8]
        self.sandbox.files.make_dir(self.place)

    def events(self, handle):
        return [(event.name, event.type) for event in handle.get_new_events()]

    def test_a_new_file_is_three_events(self):
        handle = self.sandbox.files.watch_dir(self.place)
        self.sandbox.files.write(f"{self.place}/a", "x")
        self.assertEqual(
            self.events(handle), [
                ("a", FilesystemEventType.CREATE), ("a", FilesystemEventType.CHMOD), ("a", FilesystemEventType.WRITE),
            ])
        self.sandbox.files.remove(f"{self.place}/a")
        self.assertEqual(self.events(handle), [("a", FilesystemEventType.REMOVE)])
        handle.stop()
        with self.assertRaises(e2b.SandboxException):
            handle.get_new_events()

    def test_below_folders_too(self):
        handle = self.sandbox.files.watch_dir(self.place, recursive=True)
        self.sandbox.files.write(f"{self.place}/new/b", "x")
        names = [name for name, _ in self.events(handle)]
        self.assertIn("new", names)
        self.assertIn("new/b", names)
        handle.stop()

    def test_errors(self):
        with self.assertRaises(e2b.NotFoundException):
            self.sandbox.files.watch_dir(f"{self.place}/none")
        self.sandbox.files.write(f"{self.place}/file", "x")
        with self.assertRaises(e2b.InvalidArgumentException):
            self.sandbox.files.watch_dir(f"{self.place}/file")
