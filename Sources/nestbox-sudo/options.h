// SPDX-License-Identifier: Apache-2.0
#ifndef NESTBOX_SUDO_OPTIONS_H
#define NESTBOX_SUDO_OPTIONS_H

#include "freestanding.h"

/// What the command line asks for.
struct options {
    const char *user;
    const char *group;
    const char *directory;
    /// --preserve-env=LIST, or NULL.
    const char *kept_variables;
    int keeps_environment;
    int sets_home;
    int is_login;
    int is_shell;
    int lists;
    int keeps_groups;
    /// -v, -k or -K: nothing needs to be run.
    int is_bookkeeping;
    int shows_help;
    int shows_version;
    /// What is left: VAR=VALUE assignments, then the command.
    char **assignments;
    size_t assignment_count;
    char **command;
};

/// Reads the command line. 0, with a message on standard error, when it cannot be understood.
int read_options(int argc, char **argv, struct options *options);

#endif
