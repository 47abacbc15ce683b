// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Isolation

/// Toolchains and runtimes work under the `run` profile, doing what ordinary programs do: threads, children, pipes,
/// timers, files, loopback, terminals.
@Suite(.serialized, .needs(SeccompProbe.python))
struct SeccompLanguageTests {
    /// Runs commands one after the other; all must succeed, and the last one must print `output`.
    private func check(files: [(name: String, text: String)], commands: [[String]], output: String) throws {
        let probe = try SeccompProbe()
        for file in files { try probe.write(file.name, file.text) }
        var printed = ""
        for command in commands {
            let result = try probe.run(command)
            try #require(result.exitCode == 0, "\(command.joined(separator: " ")): \(result)")
            printed = result.output
        }
        #expect(printed == output)
    }

    /// With threads, children, shared memory, sockets, timers and a terminal.
    @Test(.needs("/usr/bin/python3"))
    func pythonRuns() throws {
        try check(
            files: [
                (
                    "main.py",
                    """
                    import asyncio, fcntl, mmap, os, pty, resource, select, signal, socket, socketserver, sqlite3, subprocess
                    import tempfile, termios, threading, time
                    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
                    from multiprocessing import Lock, Process, Queue, shared_memory

                    def square(x): return x * x

                    async def exchange():
                        server = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)
                        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                        end = await reader.read()
                        child = await asyncio.create_subprocess_exec('/bin/echo', 'child', stdout=subprocess.PIPE)
                        out, _ = await child.communicate()
                        return end == b'' and out == b'child\\n'

                    if __name__ == '__main__':
                        with ProcessPoolExecutor(2) as pool: assert list(pool.map(square, [2, 3])) == [4, 9]
                        with ThreadPoolExecutor(4) as pool: assert sum(pool.map(square, range(10))) == 285
                        queue = Queue(); child = Process(target=queue.put, args=(7,)); child.start()
                        assert queue.get() == 7; child.join()
                        block = shared_memory.SharedMemory(create=True, size=4096); block.close(); block.unlink()
                        assert asyncio.run(exchange())
                        assert subprocess.run('echo $((6*7)) | cat', shell=True, capture_output=True).stdout == b'42\\n'
                        pid, terminal = pty.fork()
                        if pid == 0: os.execv('/bin/sh', ['sh', '-c', 'test -t 0 && stty size >/dev/null; echo tty'])
                        assert os.read(terminal, 5) == b'tty\\r\\n'; os.waitpid(pid, 0)
                        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
                        signal.setitimer(signal.ITIMER_REAL, 0.01); signal.sigwait([signal.SIGALRM])
                        server = socket.socket(socket.AF_UNIX); server.bind('socket'); server.listen()
                        client = socket.socket(socket.AF_UNIX); client.connect('socket'); server.accept()[0].close()
                        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                        assert isinstance(socket.if_nameindex(), list)
                        assert socket.getaddrinfo('127.0.0.1', 80)
                        os.mkfifo('fifo'); os.setpriority(os.PRIO_PROCESS, 0, 5); os.sched_setaffinity(0, os.sched_getaffinity(0))
                        os.memfd_create('x'); os.pidfd_open(os.getpid()); os.eventfd(1); select.epoll().close()
                        with open('locked', 'w') as f: fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_UN)
                        os.setxattr('locked', 'user.x', b'y') if os.statvfs('.').f_namemax else None
                        database = sqlite3.connect('file.db'); database.execute('create table t(x)'); database.commit()
                        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                        try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
                        except PermissionError: print('fine')
                    """
                )
            ],
            commands: [["/usr/bin/python3", "-W", "error", "main.py"]], output: "fine\n")
    }

    @Test(.needs("/usr/bin/python3", "/usr/lib/python3/dist-packages/pandas/__init__.py"))
    func numpyAndPandasRun() throws {
        try check(
            files: [
                (
                    "main.py",
                    """
                    import numpy as np, pandas as pd
                    a = np.random.default_rng(1).random((400, 400)); assert abs((a @ np.linalg.inv(a)).trace() - 400) < 1e-6
                    frame = pd.DataFrame({'city': ['a', 'b', 'a'], 'salary': [1, 5, 3]})
                    frame.to_csv('out.csv'); pd.read_csv('out.csv').to_pickle('out.pkl')
                    print(frame.groupby('city').salary.mean().idxmax())
                    """
                )
            ],
            commands: [["/usr/bin/python3", "main.py"]], output: "b\n")
    }

    @Test(.needs("/usr/bin/python3", "/usr/lib/python3/dist-packages/matplotlib/__init__.py"))
    func matplotlibRuns() throws {
        try check(
            files: [
                (
                    "main.py",
                    """
                    import matplotlib; matplotlib.use('Agg')
                    import matplotlib.pyplot as plt
                    plt.plot([1, 2, 3]); plt.savefig('figure.png'); print(open('figure.png', 'rb').read(4))
                    """
                )
            ],
            commands: [["/usr/bin/python3", "main.py"]], output: "b'\\x89PNG'\n")
    }

    /// With workers, children, HTTP and file watching.
    @Test(.needs("/usr/bin/node"))
    func nodeRuns() throws {
        try check(
            files: [
                (
                    "main.js",
                    """
                    const { Worker } = require('worker_threads'), http = require('http'), fs = require('fs');
                    const { execFileSync, fork } = require('child_process'), os = require('os'), zlib = require('zlib');
                    if (process.argv[2] === 'child') { process.send('hello'); process.disconnect(); return; }
                    (async () => {
                      await new Promise(done => new Worker('0', { eval: true }).on('exit', done));
                      const server = http.createServer((_, response) => response.end('served'));
                      await new Promise(done => server.listen(0, '127.0.0.1', done));
                      const reply = await fetch(`http://127.0.0.1:${server.address().port}/`);
                      const text = await reply.text(); server.close(); server.closeAllConnections();
                      const message = await new Promise(done => fork(__filename, ['child']).on('message', done));
                      const watcher = fs.watch('.'); await fs.promises.writeFile('a', zlib.gzipSync('x')); watcher.close();
                      os.networkInterfaces(); os.cpus(); os.setPriority(0, 5);
                      console.log(text, message, execFileSync('/bin/echo', ['child']).toString().trim());
                    })();
                    """
                )
            ],
            commands: [["/usr/bin/node", "main.js"]], output: "served hello child\n")
    }

    /// With threads, POSIX and System V IPC, and a sanitizer.
    @Test(.needs("/usr/bin/gcc"))
    func cIsCompiledAndRuns() throws {
        try check(
            files: [
                (
                    "main.c",
                    """
                    #include <mqueue.h>
                    #include <pthread.h>
                    #include <semaphore.h>
                    #include <spawn.h>
                    #include <stdio.h>
                    #include <sys/ipc.h>
                    #include <sys/shm.h>
                    #include <sys/wait.h>
                    #include <time.h>
                    extern char **environ;
                    static void *work(void *cell) { *(int *)cell = 1; return 0; }
                    int main(void) {
                        pthread_t thread; int cell = 0, status = 1; pid_t child;
                        pthread_create(&thread, 0, work, &cell); pthread_join(thread, 0);
                        posix_spawn(&child, "/bin/true", 0, 0, (char *[]){"true", 0}, environ); waitpid(child, &status, 0);
                        int shm = shmget(IPC_PRIVATE, 4096, 0600); void *at = shmat(shm, 0, 0); shmctl(shm, IPC_RMID, 0); shmdt(at);
                        mqd_t queue = mq_open("/nestbox-seccomp", O_CREAT | O_RDWR, 0600, 0); mq_unlink("/nestbox-seccomp");
                        sem_t semaphore; sem_init(&semaphore, 1, 1); sem_wait(&semaphore);
                        timer_t timer; timer_create(CLOCK_MONOTONIC, 0, &timer); timer_delete(timer);
                        printf("%d %d %d %d\\n", cell, status, shm >= 0, queue >= 0);
                        return 0;
                    }
                    """
                )
            ],
            commands: [
                ["/usr/bin/gcc", "-O1", "-pthread", "-include", "fcntl.h", "main.c", "-o", "plain"],
                ["./plain"],
                ["/usr/bin/gcc", "-fsanitize=thread", "-include", "fcntl.h", "main.c", "-o", "checked"],
                ["./checked"],
                ["/usr/bin/gcc", "-fsanitize=address,undefined", "-include", "fcntl.h", "main.c", "-o", "checked"],
                ["/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0", "./checked"],
            ], output: "1 0 1 1\n")
    }

    /// With threads and file systems.
    @Test(.needs("/usr/bin/g++"))
    func cPlusPlusIsCompiledAndRuns() throws {
        try check(
            files: [
                (
                    "main.cpp",
                    """
                    #include <filesystem>
                    #include <future>
                    #include <iostream>
                    #include <memory_resource>
                    int main() {
                        namespace fs = std::filesystem;
                        fs::create_directories("a/b"); fs::copy("main.cpp", "a/b/copy"); fs::resize_file("a/b/copy", 3);
                        auto sum = std::async(std::launch::async, [] { return 40 + 2; });
                        std::cout << sum.get() << ' ' << fs::file_size("a/b/copy") << std::endl;
                    }
                    """
                )
            ],
            commands: [["/usr/bin/g++", "-std=c++20", "-pthread", "main.cpp", "-o", "main"], ["./main"]],
            output: "42 3\n")
    }

    /// With goroutines, a child and TCP.
    @Test(.needs("/usr/bin/go"))
    func goIsCompiledAndRuns() throws {
        try check(
            files: [
                (
                    "main.go",
                    """
                    package main
                    import ("fmt"; "io"; "net"; "os"; "os/exec"; "os/signal"; "runtime"; "sync"; "syscall"; "time")
                    func main() {
                        var group sync.WaitGroup
                        for i := 0; i < 50; i++ { group.Add(1); go func() { defer group.Done(); runtime.LockOSThread(); time.Sleep(time.Millisecond) }() }
                        group.Wait()
                        listener, err := net.Listen("tcp", "127.0.0.1:0"); if err != nil { panic(err) }
                        go func() { c, _ := listener.Accept(); io.WriteString(c, "served"); c.Close() }()
                        connection, err := net.Dial("tcp", listener.Addr().String()); if err != nil { panic(err) }
                        text, _ := io.ReadAll(connection)
                        out, err := exec.Command("/bin/echo", "child").Output(); if err != nil { panic(err) }
                        signals := make(chan os.Signal, 1); signal.Notify(signals, syscall.SIGUSR1)
                        syscall.Kill(os.Getpid(), syscall.SIGUSR1); <-signals
                        fmt.Printf("%s %s", text, out)
                    }
                    """
                )
            ],
            commands: [["/usr/bin/go", "build", "-o", "main", "main.go"], ["./main"]], output: "served child\n")
    }

    /// With threads and a child.
    @Test(.needs("/usr/bin/rustc"))
    func rustIsCompiledAndRuns() throws {
        try check(
            files: [
                (
                    "main.rs",
                    """
                    use std::{io::Read, net, process::Command, thread};
                    fn main() {
                        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
                        let address = listener.local_addr().unwrap();
                        let server = thread::spawn(move || { listener.accept().unwrap(); });
                        let mut text = String::new();
                        net::TcpStream::connect(address).unwrap().read_to_string(&mut text).unwrap();
                        server.join().unwrap();
                        let out = Command::new("/bin/echo").arg("child").output().unwrap();
                        print!("{}{}", thread::available_parallelism().unwrap().get() > 0, String::from_utf8(out.stdout).unwrap());
                    }
                    """
                )
            ],
            commands: [["/usr/bin/rustc", "-O", "main.rs"], ["./main"]], output: "truechild\n")
    }

    /// With threads, a child, sockets and file watching.
    @Test(.needs("/usr/bin/javac", "/usr/bin/java"))
    func javaIsCompiledAndRuns() throws {
        try check(
            files: [
                (
                    "Main.java",
                    """
                    import java.net.*;
                    import java.nio.file.*;
                    import java.util.concurrent.*;
                    public class Main {
                        public static void main(String[] arguments) throws Exception {
                            ExecutorService pool = Executors.newFixedThreadPool(8);
                            int sum = pool.submit(() -> 40 + 2).get(); pool.shutdown();
                            ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                            Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                            client.setTcpNoDelay(true); client.setSoLinger(true, 1); server.accept().close();
                            NetworkInterface.networkInterfaces().forEach(i -> { try { i.getMTU(); i.isUp(); } catch (SocketException e) { throw new RuntimeException(e); } });
                            WatchService watch = Path.of(".").getFileSystem().newWatchService(); watch.close();
                            Process child = new ProcessBuilder("/bin/echo", "child").start();
                            String text = new String(child.getInputStream().readAllBytes()); child.waitFor();
                            System.out.print(sum + " " + text);
                        }
                    }
                    """
                )
            ],
            commands: [
                ["/usr/bin/javac", "-J-XX:TieredStopAtLevel=1", "Main.java"],
                ["/usr/bin/java", "-XX:+UseParallelGC", "-XX:+UseTransparentHugePages", "Main"],
                ["/usr/bin/java", "-XX:+UseNUMA", "-Xshare:auto", "-XX:+UseG1GC", "-Xlog:disable", "Main"],
            ], output: "42 child\n")
    }

    @Test(.needs("/usr/bin/ruby"))
    func rubyRuns() throws {
        try check(
            files: [
                (
                    "main.rb",
                    """
                    require 'socket'; require 'tempfile'; require 'io/console'; require 'pty'; require 'etc'
                    a, b = IO.pipe; pid = fork { b.puts 'forked' }; Process.wait pid
                    s, c = UNIXSocket.pair; Thread.new { s.puts 'thread' }.join
                    Tempfile.create { |f| f.flock(File::LOCK_EX) }; Socket.getifaddrs; Etc.nprocessors; IO.console
                    PTY.spawn('/bin/true') { |r, w, p| Process.wait p }
                    print a.gets, c.gets, `echo child`
                    """
                )
            ],
            commands: [["/usr/bin/ruby", "main.rb"]], output: "forked\nthread\nchild\n")
    }

    @Test(.needs("/usr/bin/php"))
    func phpRuns() throws {
        try check(
            files: [
                (
                    "main.php",
                    """
                    <?php
                    $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0); fwrite($pair[0], "pair\\n");
                    $server = stream_socket_server('tcp://127.0.0.1:0'); $client = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
                    $file = tmpfile(); flock($file, LOCK_EX); usleep(1000); random_bytes(8); getrusage(); sys_getloadavg();
                    echo fgets($pair[1]), is_resource($client) ? "tcp\\n" : '', shell_exec('echo child');
                    """
                )
            ],
            commands: [["/usr/bin/php", "main.php"]], output: "pair\ntcp\nchild\n")
    }

    @Test(.needs("/usr/bin/perl"))
    func perlRuns() throws {
        try check(
            files: [
                (
                    "main.pl",
                    """
                    use strict; use warnings; use IO::Socket::INET; use POSIX; use Time::HiRes qw(usleep); use File::Temp 'tempfile'; use IPC::Open3;
                    my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
                    my $client = IO::Socket::INET->new(PeerAddr => $server->sockhost, PeerPort => $server->sockport) or die $!;
                    $> = $<; $( = $(; usleep 10; my ($handle) = tempfile(UNLINK => 1); flock $handle, 2 or die $!; POSIX::mkfifo('f', 0600) or die $!;
                    if (!fork) { POSIX::_exit(3) } wait; print $? >> 8, ' ', `echo child`;
                    """
                )
            ],
            commands: [["/usr/bin/perl", "main.pl"]], output: "3 child\n")
    }

    @Test(.needs("/usr/bin/lua"))
    func luaRuns() throws {
        try check(
            files: [("main.lua", "local f = io.popen('echo child'); io.write(f:read('a'), os.tmpname() and 'ok\\n')")],
            commands: [["/usr/bin/lua", "main.lua"]], output: "child\nok\n")
    }

    @Test(.needs("/usr/bin/Rscript"))
    func rRuns() throws {
        try check(
            files: [
                (
                    "main.R",
                    """
                    library(parallel); squares <- unlist(mclapply(1:3, function(x) x^2, mc.cores = 2))
                    fit <- lm(dist ~ speed, cars); pdf('plot.pdf'); plot(cars); invisible(dev.off())
                    cat(squares, round(coef(fit)[[2]], 2), system('echo child', intern = TRUE), '\\n')
                    """
                )
            ],
            commands: [["/usr/bin/Rscript", "main.R"]], output: "1 4 9 3.93 child \n")
    }

    /// With jobs, process substitution and common tools.
    @Test(.needs("/usr/bin/bash"))
    func bashAndCommonToolsRun() throws {
        try check(
            files: [
                (
                    "main.sh",
                    """
                    set -euo pipefail
                    set -m; sleep 0.01 & wait; set +m
                    mkdir -p a/b; echo x > a/b/c; cp -a a d; mv d e; ln -s e f; ln e/b/c g; touch -d yesterday g; chmod 750 e; rm -r a
                    tar cf x.tar e; tar xf x.tar -C /tmp --to-stdout e/b/c; sync; nice -n 5 true; timeout 5 true; nohup true 2>/dev/null
                    diff <(sort <<< $'b\\na') <(printf 'a\\nb\\n'); mkfifo p; cat p & echo y > p; wait; find . -name c | wc -l; df . > /dev/null
                    ls -la > /dev/null; stat g > /dev/null; truncate -s 1M big; dd if=/dev/zero of=big bs=4k count=2 conv=fsync status=none; id -u > /dev/null
                    trap 'echo end' EXIT; flock big true; taskset 1 true || true; ionice -c3 true; setsid true; script -qec 'test -t 0' /dev/null
                    """
                )
            ],
            commands: [["/usr/bin/bash", "main.sh"]], output: "x\ny\n1\nend\n")
    }

    @Test(.needs("/usr/bin/sqlite3"))
    func sqliteRuns() throws {
        try check(
            files: [],
            commands: [
                [
                    "/usr/bin/sqlite3", "x.db",
                    "pragma journal_mode=wal; create table t(x); insert into t values (42); select x from t",
                ]
            ],
            output: "wal\n42\n")
    }

    @Test(.needs("/usr/bin/esbuild", "/usr/bin/node"))
    func esbuildRuns() throws {
        try check(
            files: [("main.ts", "const answer: number = 42; console.log(answer)")],
            commands: [
                ["/usr/bin/esbuild", "--log-level=error", "main.ts", "--outfile=main.js"],
                ["/usr/bin/node", "main.js"],
            ],
            output: "42\n")
    }

    @Test(.needs("/usr/bin/file"))
    func programsMayInstallFiltersOfTheirOwn() throws {
        try check(
            files: [("picture", "GIF89a")],
            commands: [["/usr/bin/file", "--brief", "--mime-type", "picture"]], output: "image/gif\n")
    }
}
