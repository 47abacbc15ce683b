// SPDX-License-Identifier: Apache-2.0

import Testing

/// A program that prints what would differ from run to run.
struct SameProgram: Sendable, CustomTestStringConvertible {
    let language: String
    let code: String

    var testDescription: String { language }

    static let all = [
        SameProgram(
            language: "python",
            code: """
                import datetime, os, random, sys, time
                try:
                    import numpy
                    print(numpy.random.rand(3))
                except ImportError:
                    pass
                print(time.time(), time.time_ns(), datetime.datetime.now(), time.strftime("%c"), os.cpu_count())
                print(random.random(), hash("a"), {"x", "y", "z", "words"}, os.sched_getaffinity(0))
                print(id(object()), object(), hash(object()), [id(type), id(sys)], lambda: 0)
                """),
        SameProgram(
            language: "javascript",
            code: """
                const os = require("os");
                console.log(Date.now(), new Date(), Math.random(), [3, 1, 2].sort(() => Math.random() - 0.5), os.availableParallelism?.());
                """),
        SameProgram(language: "typescript", code: "console.log(Date.now(), Math.random() as number, new Date());"),
        SameProgram(
            language: "ruby", code: "puts Time.now.to_f, rand, [1, 2, 3, 4].shuffle.inspect"),
        SameProgram(
            language: "perl",
            code:
                "print time, ' ', rand(), ' ', join(' ', keys %{{map { $_ => 1 } 'a'..'z'}}), ' ', \\my @list, qq{\\n};"
        ),
        SameProgram(
            language: "cpp",
            code: """
                #include <chrono>
                #include <iostream>
                #include <random>
                #include <thread>
                int main() {
                    int local = 0;
                    std::mt19937 generator(std::chrono::system_clock::now().time_since_epoch().count());
                    srand(time(nullptr));
                    std::cout << generator() << ' ' << rand() << ' ' << &local << ' ' << new int << ' ' << (void *)&main << ' '
                              << std::thread::hardware_concurrency() << __TIME__ << '\\n';
                }
                """),
        SameProgram(
            language: "java",
            code: """
                import java.util.*;
                public class Main {
                    public static void main(String[] arguments) {
                        System.out.println(System.currentTimeMillis() + " " + new Date() + " " + new Random(5).nextInt());
                        System.out.println(Runtime.getRuntime().availableProcessors() + " " + Set.of(1).size());
                    }
                }
                """),
    ]
}

/// Programs that wait until moments of the wall clock, and say so when each wait was as long as it should be.
enum WaitProgram {
    static let python = """
        import queue, threading, time
        began = time.monotonic()
        threading.Event().wait(0.05)
        lock = threading.Lock()
        lock.acquire()
        lock.acquire(timeout=0.05)
        try: queue.Queue().get(timeout=0.05)
        except queue.Empty: pass
        end = time.time() + 0.05
        condition = threading.Condition()
        with condition: condition.wait(end - time.time())
        print("waited" if time.monotonic() - began >= 0.199 else "did not wait")
        """

    static let cpp = """
        #include <chrono>
        #include <condition_variable>
        #include <cstdio>
        #include <future>
        #include <mutex>
        #include <pthread.h>
        #include <semaphore.h>
        #include <sys/timerfd.h>
        #include <threads.h>
        #include <time.h>
        #include <unistd.h>
        using namespace std::chrono;

        static timespec moment(clockid_t clock) {
            timespec time;
            clock_gettime(clock, &time);
            time.tv_nsec += 50000000;
            if (time.tv_nsec >= 1000000000) { time.tv_sec++; time.tv_nsec -= 1000000000; }
            return time;
        }
        static steady_clock::time_point began;
        static bool failed;
        static void check(const char *name, bool timedOut) {
            if (!timedOut || steady_clock::now() - began < 50ms) { printf("%s\\n", name); failed = true; }
            began = steady_clock::now();
        }

        int main() {
            pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, mutex = PTHREAD_MUTEX_INITIALIZER;
            pthread_cond_t condition = PTHREAD_COND_INITIALIZER, steady;
            pthread_condattr_t attributes;
            pthread_condattr_init(&attributes);
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
            pthread_cond_init(&steady, &attributes);
            pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
            pthread_rwlock_rdlock(&lock);
            sem_t semaphore;
            sem_init(&semaphore, 0, 0);
            pthread_mutex_lock(&held);
            pthread_mutex_lock(&mutex);
            began = steady_clock::now();
            timespec time = moment(CLOCK_REALTIME);
            check("pthread_cond_timedwait", pthread_cond_timedwait(&condition, &mutex, &time) == ETIMEDOUT);
            time = moment(CLOCK_MONOTONIC);
            check("pthread_cond_timedwait, steady", pthread_cond_timedwait(&steady, &mutex, &time) == ETIMEDOUT);
            time = moment(CLOCK_REALTIME);
            check("pthread_cond_clockwait", pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &time) == ETIMEDOUT);
            time = moment(CLOCK_REALTIME);
            check("pthread_mutex_timedlock", pthread_mutex_timedlock(&held, &time) == ETIMEDOUT);
            time = moment(CLOCK_REALTIME);
            check("pthread_rwlock_timedwrlock", pthread_rwlock_timedwrlock(&lock, &time) == ETIMEDOUT);
            time = moment(CLOCK_REALTIME);
            check("sem_timedwait", sem_timedwait(&semaphore, &time) < 0 && errno == ETIMEDOUT);
            time = moment(CLOCK_REALTIME);
            check("clock_nanosleep", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, nullptr) == 0);
            int timer = timerfd_create(CLOCK_REALTIME, 0);
            itimerspec wanted{{0, 0}, moment(CLOCK_REALTIME)};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &wanted, nullptr);
            long count = 0;
            check("timerfd_settime", read(timer, &count, sizeof count) == sizeof count);
            std::promise<int> promise;
            auto future = promise.get_future();
            check("future", future.wait_until(system_clock::now() + 50ms) == std::future_status::timeout);
            std::condition_variable waiter;
            std::mutex guard;
            std::unique_lock<std::mutex> taken(guard);
            // Whether it was long enough it asks the clock once more, which may stand still.
            waiter.wait_until(taken, system_clock::now() + 50ms);
            check("condition_variable", true);
            check("wait_for", waiter.wait_for(taken, 50ms) == std::cv_status::timeout);
            if (!failed) puts("waited");
        }
        """
}
