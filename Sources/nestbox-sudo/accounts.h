// SPDX-License-Identifier: Apache-2.0
#ifndef NESTBOX_SUDO_ACCOUNTS_H
#define NESTBOX_SUDO_ACCOUNTS_H

#include "freestanding.h"

/// A line of /etc/passwd (passwd(5)).
struct account {
    char *name;
    uint32_t uid;
    uint32_t gid;
    char *home;
    char *shell;
};

/// The account of a name, or of `#UID`; 0 when there is none.
int find_account(const char *name, struct account *account);
int find_account_by_uid(uint32_t uid, struct account *account);
/// The gid of a group's name, or of `#GID`; 0 when there is none.
int find_group(const char *name, uint32_t *gid);
/// Groups of `account`, its own first. Returns how many.
size_t groups_of(const struct account *account, uint32_t *groups, size_t room);

#endif
