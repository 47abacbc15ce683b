// SPDX-License-Identifier: Apache-2.0
#include "accounts.h"

enum { most_fields = 7 };

/// Cuts the line at `*place` into fields at colons and moves `*place` behind it. Returns the number of fields, 0 at the end.
static int next_line(char **place, char *fields[most_fields]) {
    char *at = *place;
    if (*at == 0) return 0;
    int count = 1;
    fields[0] = at;
    while (*at != 0 && *at != '\n') {
        if (*at == ':' && count < most_fields) {
            *at = 0;
            fields[count++] = at + 1;
        }
        at++;
    }
    if (*at == '\n') *at++ = 0;
    *place = at;
    return count;
}

static int find_by(const char *name, const uint32_t *uid, struct account *account) {
    char *place = read_file("/etc/passwd");
    char *fields[most_fields];
    int count;
    while ((count = next_line(&place, fields)) > 0) {
        if (count < most_fields) continue;
        if (!parse(fields[2], length(fields[2]), &account->uid)) continue;
        if (!parse(fields[3], length(fields[3]), &account->gid)) continue;
        if (name != NULL ? !equal(fields[0], name) : account->uid != *uid) continue;
        account->name = fields[0];
        account->home = fields[5];
        account->shell = fields[6][0] != 0 ? fields[6] : "/bin/sh";
        return 1;
    }
    return 0;
}

int find_account(const char *name, struct account *account) {
    uint32_t uid;
    if (name[0] != '#') return find_by(name, NULL, account);
    return parse(name + 1, length(name + 1), &uid) && find_by(NULL, &uid, account);
}

int find_account_by_uid(uint32_t uid, struct account *account) { return find_by(NULL, &uid, account); }

int find_group(const char *name, uint32_t *gid) {
    if (name[0] == '#') return parse(name + 1, length(name + 1), gid);
    char *place = read_file("/etc/group");
    char *fields[most_fields];
    int count;
    while ((count = next_line(&place, fields)) > 0) {
        if (count >= 3 && equal(fields[0], name) && parse(fields[2], length(fields[2]), gid)) return 1;
    }
    return 0;
}

static int lists(const char *members, const char *name) {
    size_t wanted = length(name);
    while (*members != 0) {
        const char *end = find(members, ',');
        size_t count = end != NULL ? (size_t)(end - members) : length(members);
        if (count == wanted && after(name, members) != NULL) return 1;
        if (end == NULL) return 0;
        members = end + 1;
    }
    return 0;
}

size_t groups_of(const struct account *account, uint32_t *groups, size_t room) {
    size_t found = 0;
    groups[found++] = account->gid;
    char *place = read_file("/etc/group");
    char *fields[most_fields];
    int count;
    while ((count = next_line(&place, fields)) > 0 && found < room) {
        uint32_t gid;
        if (count < 4 || !parse(fields[2], length(fields[2]), &gid) || gid == account->gid) continue;
        if (lists(fields[3], account->name)) groups[found++] = gid;
    }
    return found;
}
