// SPDX-License-Identifier: Apache-2.0
import Glibc

/// CLOCK_MONOTONIC (clock_gettime(2)): what every limit is measured on, so that a jump of the wall clock changes nothing.
public enum MonotonicClock {
    /// Nanoseconds since some fixed point.
    public static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// CLOCK_REALTIME: the time of the day, for telling it and nothing else.
public enum WallClock {
    /// Unix time.
    public static var now: (seconds: Int, nanoseconds: Int) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (time.tv_sec, time.tv_nsec)
    }
}

extension MonotonicClock {
    /// Blocks the calling thread; for start-up and clean-up code that is not on any request's path.
    public static func sleep(milliseconds: Int) {
        usleep(UInt32(milliseconds) * 1000)
    }
}
