// SPDX-License-Identifier: Apache-2.0
// Both sides of separate mode begin with this: frames of bytes, and values as data. What a type is follows from the declaration in
// the problem; what is read is checked against the bytes that are there.
#pragma once
#include <unistd.h>
#include <fcntl.h>
#include <any>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace nestbox_harness {

struct Malformed {};

inline int reads = 0, writes = 1;

// Takes standard input and output for the conversation; what is printed goes to standard error, and input is empty.
inline void take_streams() {
    reads = fcntl(0, F_DUPFD_CLOEXEC, 3);
    writes = fcntl(1, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    close(nothing);
    dup2(2, 1);
}

inline bool send_all(int to, const char* data, size_t size) {
    while (size > 0) {
        ssize_t count = write(to, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        data += count;
        size -= static_cast<size_t>(count);
    }
    return true;
}

inline bool send_frame(const std::string& text) {
    uint32_t size = static_cast<uint32_t>(text.size());
    return send_all(writes, reinterpret_cast<const char*>(&size), 4) && send_all(writes, text.data(), text.size());
}

inline bool read_all(char* data, size_t size) {
    while (size > 0) {
        ssize_t count = read(reads, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        data += count;
        size -= static_cast<size_t>(count);
    }
    return true;
}

// False at the end. Throws Malformed for more than `most` bytes.
inline bool receive_frame(std::string& text, uint32_t most) {
    uint32_t size = 0;
    if (!read_all(reinterpret_cast<char*>(&size), 4)) return false;
    if (size > most) throw Malformed();
    text.resize(size);
    return read_all(text.data(), size);
}

struct Reader {
    const char* at;
    size_t left;

    void take(void* to, size_t size) {
        if (size > left) throw Malformed();
        std::memcpy(to, at, size);
        at += size;
        left -= size;
    }

    // A count of things that each have a byte at least.
    size_t count() {
        uint64_t value = 0;
        take(&value, 8);
        if (value > left) throw Malformed();
        return static_cast<size_t>(value);
    }
};

inline void put_count(std::string& to, size_t count) {
    uint64_t value = count;
    to.append(reinterpret_cast<const char*>(&value), 8);
}

template <typename T> struct nestbox_not_supported : std::false_type {};

template <typename T, typename = void> struct Codec {
    static_assert(nestbox_not_supported<T>::value, "separate mode has no way to send a value of this type");
};

template <typename T> struct Codec<T, std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>>> {
    static void put(std::string& to, const T& value) { to.append(reinterpret_cast<const char*>(&value), sizeof(T)); }
    static T get(Reader& from) {
        if constexpr (std::is_same_v<T, bool>) {
            unsigned char byte = 0;
            from.take(&byte, 1);
            return byte != 0;
        } else {
            T value{};
            from.take(&value, sizeof(T));
            return value;
        }
    }
};

template <typename C> struct Codec<std::basic_string<C>> {
    static void put(std::string& to, const std::basic_string<C>& value) {
        put_count(to, value.size() * sizeof(C));
        to.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(C));
    }
    static std::basic_string<C> get(Reader& from) {
        size_t bytes = from.count();
        std::basic_string<C> value(bytes / sizeof(C), C());
        from.take(value.data(), value.size() * sizeof(C));
        return value;
    }
};

// Everything that is a row of values: elements are put at the end.
template <typename T> struct RowCodec {
    using Item = typename T::value_type;
    static void put(std::string& to, const T& value) {
        put_count(to, value.size());
        for (const auto& item : value) Codec<Item>::put(to, item);
    }
    static T get(Reader& from) {
        size_t count = from.count();
        T value;
        while (count-- > 0) value.insert(value.end(), Codec<Item>::get(from));
        return value;
    }
};
template <typename T> struct Codec<std::vector<T>> : RowCodec<std::vector<T>> {};
template <typename T> struct Codec<std::deque<T>> : RowCodec<std::deque<T>> {};
template <typename T> struct Codec<std::list<T>> : RowCodec<std::list<T>> {};
template <typename T> struct Codec<std::set<T>> : RowCodec<std::set<T>> {};
template <typename T> struct Codec<std::multiset<T>> : RowCodec<std::multiset<T>> {};
template <typename T> struct Codec<std::unordered_set<T>> : RowCodec<std::unordered_set<T>> {};

template <typename M> struct MapCodec {
    using Key = typename M::key_type;
    using Item = typename M::mapped_type;
    static void put(std::string& to, const M& value) {
        put_count(to, value.size());
        for (const auto& [key, item] : value) {
            Codec<Key>::put(to, key);
            Codec<Item>::put(to, item);
        }
    }
    static M get(Reader& from) {
        size_t count = from.count();
        M value;
        while (count-- > 0) {
            Key key = Codec<Key>::get(from);
            value.insert_or_assign(std::move(key), Codec<Item>::get(from));
        }
        return value;
    }
};
template <typename K, typename V> struct Codec<std::map<K, V>> : MapCodec<std::map<K, V>> {};
template <typename K, typename V> struct Codec<std::unordered_map<K, V>> : MapCodec<std::unordered_map<K, V>> {};

template <typename A, typename B> struct Codec<std::pair<A, B>> {
    static void put(std::string& to, const std::pair<A, B>& value) {
        Codec<A>::put(to, value.first);
        Codec<B>::put(to, value.second);
    }
    static std::pair<A, B> get(Reader& from) {
        A first = Codec<A>::get(from);
        return {std::move(first), Codec<B>::get(from)};
    }
};

template <typename... T> struct Codec<std::tuple<T...>> {
    static void put(std::string& to, const std::tuple<T...>& value) {
        std::apply([&](const auto&... item) { (Codec<std::decay_t<decltype(item)>>::put(to, item), ...); }, value);
    }
    // Braces keep the order.
    static std::tuple<T...> get(Reader& from) { return std::tuple<T...>{Codec<T>::get(from)...}; }
};

template <typename T, size_t N> struct Codec<std::array<T, N>> {
    static void put(std::string& to, const std::array<T, N>& value) {
        for (const auto& item : value) Codec<T>::put(to, item);
    }
    static std::array<T, N> get(Reader& from) {
        std::array<T, N> value{};
        for (auto& item : value) item = Codec<T>::get(from);
        return value;
    }
};

template <typename T> struct Codec<std::optional<T>> {
    static void put(std::string& to, const std::optional<T>& value) {
        Codec<bool>::put(to, value.has_value());
        if (value) Codec<T>::put(to, *value);
    }
    static std::optional<T> get(Reader& from) {
        if (!Codec<bool>::get(from)) return std::nullopt;
        return Codec<T>::get(from);
    }
};

template <> struct Codec<std::nullopt_t> {
    static void put(std::string&, const std::nullopt_t&) {}
    static std::nullopt_t get(Reader&) { return std::nullopt; }
};

template <typename... T> struct Codec<std::variant<T...>> {
    static void put(std::string& to, const std::variant<T...>& value) {
        to.push_back(static_cast<char>(value.index()));
        std::visit([&](const auto& item) { Codec<std::decay_t<decltype(item)>>::put(to, item); }, value);
    }
    static std::variant<T...> get(Reader& from) {
        unsigned char index = 0;
        from.take(&index, 1);
        return at<0>(index, from);
    }
    template <size_t I> static std::variant<T...> at(size_t index, Reader& from) {
        if constexpr (I < sizeof...(T)) {
            if (index != I) return at<I + 1>(index, from);
            return std::variant<T...>(std::in_place_index<I>, Codec<std::variant_alternative_t<I, std::variant<T...>>>::get(from));
        } else {
            throw Malformed();
        }
    }
};

// The kinds of values that problems have in a std::any.
template <> struct Codec<std::any> {
    using Kinds = std::variant<std::monostate, bool, char, int, long, long long, unsigned, unsigned long, float, double, std::string,
        std::vector<int>, std::vector<long>, std::vector<double>, std::vector<std::string>, std::map<std::string, std::string>,
        std::map<long, long>, std::map<int, int>, std::vector<std::any>>;
    static void put(std::string& to, const std::any& value) { put_as<0>(to, value); }
    template <size_t I> static void put_as(std::string& to, const std::any& value) {
        if constexpr (I < std::variant_size_v<Kinds>) {
            using Kind = std::variant_alternative_t<I, Kinds>;
            if (I == 0 ? value.has_value() : value.type() != typeid(Kind)) {
                if (I == 10 && value.type() == typeid(const char*)) {
                    to.push_back(static_cast<char>(I));
                    return Codec<std::string>::put(to, std::any_cast<const char*>(value));
                }
                return put_as<I + 1>(to, value);
            }
            to.push_back(static_cast<char>(I));
            if constexpr (I > 0) Codec<Kind>::put(to, std::any_cast<const Kind&>(value));
        } else {
            throw Malformed();
        }
    }
    static std::any get(Reader& from) {
        unsigned char index = 0;
        from.take(&index, 1);
        return get_as<0>(index, from);
    }
    template <size_t I> static std::any get_as(size_t index, Reader& from) {
        if constexpr (I < std::variant_size_v<Kinds>) {
            if (index != I) return get_as<I + 1>(index, from);
            if constexpr (I == 0) return std::any();
            else return std::any(Codec<std::variant_alternative_t<I, Kinds>>::get(from));
        } else {
            throw Malformed();
        }
    }
};

// Arguments that the function may change come back.
template <typename A>
inline constexpr bool is_changed = std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>;

}  // namespace nestbox_harness
