// SPDX-License-Identifier: Apache-2.0
// The submission's side of separate mode. It answers calls with data, and that is all that anybody believes it.
#pragma once

namespace nestbox_harness {

template <typename Signature> struct Server;

template <typename R, typename... A> struct Server<R(A...)> {
    template <typename Function> static void serve(Function function) {
        std::string text;
        while (receive_frame(text, UINT32_MAX)) send_frame(answer(function, text));
        std::fflush(nullptr);
        _exit(0);
    }

    template <typename Function> static std::string answer(Function& function, const std::string& text) {
        std::string reply(1, '\0');
        try {
            Reader from{text.data(), text.size()};
            auto items = Codec<std::tuple<std::decay_t<A>...>>::get(from);
            call(function, items, reply, std::index_sequence_for<A...>());
            return reply;
        } catch (const std::exception& error) {
            const char* kind = dynamic_cast<const std::invalid_argument*>(&error) ? "invalid_argument"
                : dynamic_cast<const std::out_of_range*>(&error)                   ? "out_of_range"
                : dynamic_cast<const std::logic_error*>(&error)                    ? "logic_error"
                : dynamic_cast<const std::runtime_error*>(&error)                  ? "runtime_error"
                                                                                   : "exception";
            return failure(kind, error.what());
        } catch (...) {
            return failure("", "an exception of another kind");
        }
    }

    static std::string failure(const std::string& kind, const std::string& what) {
        std::string reply(1, '\1');
        Codec<std::string>::put(reply, kind);
        Codec<std::string>::put(reply, what);
        return reply;
    }

    template <typename Function, typename Items, size_t... I>
    static void call(Function& function, Items& items, std::string& reply, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<R>) {
            function(static_cast<std::conditional_t<std::is_lvalue_reference_v<A>, A, A&&>>(std::get<I>(items))...);
        } else {
            std::decay_t<R> result = function(static_cast<std::conditional_t<std::is_lvalue_reference_v<A>, A, A&&>>(std::get<I>(items))...);
            Codec<std::decay_t<R>>::put(reply, result);
        }
        (put_changed<A>(reply, std::get<I>(items)), ...);
    }

    template <typename Argument, typename Item> static void put_changed(std::string& reply, const Item& item) {
        if constexpr (is_changed<Argument>) Codec<Item>::put(reply, item);
    }
};

}  // namespace nestbox_harness
