// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

static int argument_count;
static char **arguments;

// glibc hands argc and argv to constructors, in static executables too. Swift's own way reads /proc/self/cmdline, which
// a guest may not have.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}

const char *nb_argument(int index) { return index >= 0 && index < argument_count ? arguments[index] : NULL; }

ssize_t nb_list_attributes(const char *path, char *names, size_t size) { return listxattr(path, names, size); }

ssize_t nb_get_attribute(const char *path, const char *name, void *value, size_t size) {
    return getxattr(path, name, value, size);
}

int nb_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
    return fsetxattr(descriptor, name, value, size, 0);
}

int nb_remove_attribute(int descriptor, const char *name) { return fremovexattr(descriptor, name); }

int nb_set_times(int directory, const char *path, int64_t seconds, long nanoseconds) {
    struct timespec time = {seconds, nanoseconds};
    struct timespec both[2] = {time, time};
    return utimensat(directory, path, both, AT_SYMLINK_NOFOLLOW);
}

int nb_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int nb_inotify_add(int inotify, const char *path, uint32_t mask) { return inotify_add_watch(inotify, path, mask); }

int nb_inotify_remove(int inotify, int watch) { return inotify_rm_watch(inotify, watch); }

int nb_available(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) < 0 ? -1 : count;
}

int nb_connect_loopback(int six, uint16_t port) {
    struct sockaddr_in four_address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 six_address = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr *address = six ? (const struct sockaddr *)&six_address : (const struct sockaddr *)&four_address;
    socklen_t length = six ? sizeof six_address : sizeof four_address;
    int descriptor = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, address, length) == 0 || errno == EINPROGRESS) return descriptor;
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int nb_socket_error(int socket) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int nb_shutdown_write(int socket) { return shutdown(socket, SHUT_WR); }

int nb_listen_loopback(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (descriptor < 0) return -1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0 && listen(descriptor, 16) == 0) {
        return descriptor;
    }
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int nb_accept(int socket, int seconds) {
    struct timeval patience = {.tv_sec = seconds};
    int descriptor = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    if (descriptor < 0) return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return descriptor;
}

int nb_connect_local(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int nb_listen_vsock(uint32_t port) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_port = port, .svm_cid = VMADDR_CID_ANY};
    int descriptor = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0 && listen(descriptor, 1) == 0) {
        return descriptor;
    }
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int nb_accept_vsock(int socket) {
    struct sockaddr_vm address = {0};
    socklen_t length = sizeof address;
    int descriptor = accept4(socket, (struct sockaddr *)&address, &length, SOCK_CLOEXEC);
    if (descriptor < 0 || address.svm_cid == VMADDR_CID_HOST) return descriptor;
    close(descriptor);
    errno = ECONNRESET;
    return -1;
}

ssize_t nb_peek(int socket) {
    char byte;
    return recv(socket, &byte, 1, MSG_PEEK);
}
