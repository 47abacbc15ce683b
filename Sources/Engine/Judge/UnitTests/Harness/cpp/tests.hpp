// SPDX-License-Identifier: Apache-2.0
// The tests' side of separate mode: the function that is asked for is one that asks the submission. Whatever the submission says is
// data; what is equal is decided here.
#pragma once

namespace nestbox_harness {

inline constexpr uint32_t most_bytes = 64u << 20;
inline std::string secret;

inline std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (unsigned char byte : text.substr(0, 2000)) {
        char escape[8];
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
            out.push_back(static_cast<char>(byte));
        } else {
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            out += escape;
        }
    }
    return out + "\"";
}

// Tells the verdict and ends, whatever goes on.
[[noreturn]] inline void end(const char* verdict, const std::string& message, int line = 0, const std::string& text = "") {
    std::fflush(nullptr);
    std::string told = "\n" + secret + "{\"verdict\":\"" + verdict + "\",\"message\":" + quoted(message);
    if (line > 0) told += ",\"line\":" + std::to_string(line) + ",\"text\":" + quoted(text);
    told += "}\n";
    send_all(2, told.data(), told.size());
    _exit(std::strcmp(verdict, "ok") == 0 ? 0 : 1);
}

[[noreturn]] inline void failed(const char* text, int line) {
    end("wrong_answer", std::string("assertion failed: ") + text, line, std::string("assert(") + text + ")");
}

struct Tests {
    Tests() {
        const char* given = std::getenv("NESTBOX_SECRET");
        secret = given ? given : "";
        unsetenv("NESTBOX_SECRET");
        std::signal(SIGPIPE, SIG_IGN);
        take_streams();
        std::signal(SIGABRT, [](int) { end("wrong_answer", "an assertion failed"); });
        std::set_terminate([] {
            try {
                std::rethrow_exception(std::current_exception());
            } catch (const std::exception& error) {
                end("runtime_error", error.what());
            } catch (...) {
                end("runtime_error", "an exception");
            }
        });
        // Only what is the tests' own runs here, so a good end is the tests' end.
        on_exit([](int status, void*) {
            if (status == 0) end("ok", "");
            end("runtime_error", "the tests ended with exit code " + std::to_string(status));
        }, nullptr);
    }
};
inline Tests tests;

template <typename Signature> struct Remote;

template <typename R, typename... A> struct Remote<R(A...)> {
    R operator()(A... items) const {
        std::string call;
        (Codec<std::decay_t<A>>::put(call, items), ...);
        std::string reply;
        try {
            if (!send_frame(call) || !receive_frame(reply, most_bytes)) end("ended", "the submission ended before the tests did");
            Reader from{reply.data(), reply.size()};
            char failure = 0;
            from.take(&failure, 1);
            if (failure) raise(from);
            if constexpr (std::is_void_v<R>) {
                (get_changed<A>(from, items), ...);
                complete(from);
            } else {
                static_assert(!std::is_reference_v<R>, "separate mode has no way to send a reference");
                R result = Codec<R>::get(from);
                (get_changed<A>(from, items), ...);
                complete(from);
                return result;
            }
        } catch (const Malformed&) {
            end("runtime_error", "the submission did not answer as it has to");
        } catch (const std::bad_alloc&) {
            end("runtime_error", "the submission answered more than there is memory for");
        }
    }

    static void complete(const Reader& from) {
        if (from.left != 0) throw Malformed();
    }

    template <typename Argument, typename Item> static void get_changed(Reader& from, Item& item) {
        if constexpr (is_changed<Argument>) item = Codec<std::decay_t<Item>>::get(from);
    }

    [[noreturn]] static void raise(Reader& from) {
        std::string kind = Codec<std::string>::get(from);
        std::string what = Codec<std::string>::get(from);
        if (kind == "invalid_argument") throw std::invalid_argument(what);
        if (kind == "out_of_range") throw std::out_of_range(what);
        if (kind == "logic_error") throw std::logic_error(what);
        throw std::runtime_error(what);
    }
};

}  // namespace nestbox_harness
