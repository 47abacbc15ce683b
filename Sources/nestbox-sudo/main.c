// SPDX-License-Identifier: Apache-2.0
//
// sudo(8) of a computer sandbox: the one setuid file in it. It asks for no password, because `user` may be root of its
// sandbox, and root there is nobody on the host. It understands what scripts pass to sudo, and changes into the program
// instead of watching it, so that signals and exit status are the program's own.
#include "accounts.h"
#include "options.h"

enum { owner_uid = 1000, most_groups = 64, most_recorded_command = 4096, not_executable_format = 8 /* ENOEXEC */ };

static const char secure_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static const char usage[] =
    "usage: sudo [-EHPiknsSv] [-g group] [-p prompt] [-u user] [-D directory] [--preserve-env[=list]] [VAR=value] [command]\n"
    "       sudo -l | -v | -k | -V | -h\n";

// MARK: Environment

struct variables {
    char **list;
    size_t count;
};

static size_t name_length(const char *variable) {
    const char *equals = find(variable, '=');
    return equals != NULL ? (size_t)(equals - variable) : length(variable);
}

static void set(struct variables *variables, char *variable) {
    size_t count = name_length(variable);
    char *name = copy(variable, count);
    for (size_t index = 0; index < variables->count; index++) {
        if (name_length(variables->list[index]) != count || after(name, variables->list[index]) == NULL) continue;
        variables->list[index] = variable;
        return;
    }
    variables->list[variables->count++] = variable;
}

static void set_value(struct variables *variables, const char *name, const char *value) {
    set(variables, join(name, "=", value, NULL));
}

/// What sudo keeps by itself: the terminal, the language, colours.
static int is_kept(const char *variable) {
    static const char *const names[] = {
        "COLORTERM=", "COLORS=", "DISPLAY=", "HOSTNAME=", "LANG=", "LANGUAGE=", "LC_", "LINGUAS=", "LS_COLORS=", "PS1=",
        "PS2=", "TERM=", "TZ=", "XAUTHORITY=",
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        if (after(names[index], variable) != NULL) return 1;
    }
    return 0;
}

static int is_listed(const char *variable, const char *list) {
    size_t count = name_length(variable);
    while (list != NULL && *list != 0) {
        const char *end = find(list, ',');
        size_t item = end != NULL ? (size_t)(end - list) : length(list);
        if (item == count && after(copy(list, item), variable) != NULL) return 1;
        list = end != NULL ? end + 1 : NULL;
    }
    return 0;
}

static struct variables make_environment(
    char **envp, const struct options *options, const struct account *target, const char *shell, const char *command
) {
    size_t present = 0;
    while (envp[present] != NULL) present++;
    struct variables result = {allocate(sizeof(char *) * (present + options->assignment_count + 16)), 0};
    int keeps_home = 0;
    for (size_t index = 0; index < present; index++) {
        char *variable = envp[index];
        // The loader ignores these in a setuid program; its child must not get them either.
        if (after("LD_", variable) != NULL || find(variable, '=') == NULL) continue;
        int kept = (options->keeps_environment && !options->is_login) || is_listed(variable, options->kept_variables);
        if (!kept && !(options->is_login ? after("TERM=", variable) != NULL : is_kept(variable))) continue;
        if (kept && after("HOME=", variable) != NULL) keeps_home = 1;
        set(&result, variable);
    }
    if (!keeps_home || options->sets_home || options->is_login) set_value(&result, "HOME", target->home);
    set_value(&result, "USER", target->name);
    set_value(&result, "LOGNAME", target->name);
    set_value(&result, "SHELL", shell);
    set_value(&result, "MAIL", join("/var/mail/", target->name, NULL, NULL));
    if (!is_listed("PATH=", options->kept_variables)) set_value(&result, "PATH", secure_path);
    struct account caller;
    int has_name = find_account_by_uid(sys_uid(), &caller);
    set_value(&result, "SUDO_USER", has_name ? caller.name : decimal(sys_uid()));
    set_value(&result, "SUDO_UID", decimal(sys_uid()));
    set_value(&result, "SUDO_GID", decimal(sys_gid()));
    set_value(&result, "SUDO_COMMAND", command);
    for (size_t index = 0; index < options->assignment_count; index++) set(&result, options->assignments[index]);
    return result;
}

// MARK: Command

/// The file that would be executed; NULL when the secure path has none of that name.
static char *look_up(char *name) {
    if (find(name, '/') != NULL) return name;
    const char *place = secure_path;
    while (place != NULL) {
        const char *end = find(place, ':');
        char *directory = copy(place, end != NULL ? (size_t)(end - place) : length(place));
        char *candidate = join(directory, "/", name, NULL);
        if (sys_is_executable(candidate)) return candidate;
        place = end != NULL ? end + 1 : NULL;
    }
    return NULL;
}

static int is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '$';
}

/// The command as one text for `sh -c`, escaped as sudo(8) does for -i and -s.
static char *escape(char **command) {
    size_t total = 1;
    for (char **word = command; *word != NULL; word++) total += 2 * length(*word) + 1;
    char *text = allocate(total);
    size_t at = 0;
    for (char **word = command; *word != NULL; word++) {
        if (word != command) text[at++] = ' ';
        for (const char *c = *word; *c != 0; c++) {
            if (!is_plain(*c)) text[at++] = '\\';
            text[at++] = *c;
        }
    }
    return text;
}

/// For SUDO_COMMAND: the program and its arguments, cut where sudo cuts.
static char *record(const char *path, char **arguments) {
    char *text = allocate(most_recorded_command + 1);
    size_t at = 0;
    for (const char *c = path; *c != 0 && at < most_recorded_command; c++) text[at++] = *c;
    for (char **word = arguments; *word != NULL; word++) {
        if (at < most_recorded_command) text[at++] = ' ';
        for (const char *c = *word; *c != 0 && at < most_recorded_command; c++) text[at++] = *c;
    }
    return text;
}

static size_t count_of(char **list) {
    size_t count = 0;
    while (list[count] != NULL) count++;
    return count;
}

static const char *variable(char **envp, const char *name) {
    for (; *envp != NULL; envp++) {
        const char *value = after(name, *envp);
        if (value != NULL && *value == '=') return value + 1;
    }
    return NULL;
}

/// argv of the shell that -i and -s start.
static char **shell_arguments(char *shell, char **command, int is_login) {
    char **arguments = allocate(sizeof(char *) * 4);
    const char *name = shell;
    for (const char *c = shell; *c != 0; c++) {
        if (*c == '/') name = c + 1;
    }
    arguments[0] = is_login ? join("-", name, NULL, NULL) : shell;
    if (command[0] != NULL) {
        arguments[1] = "-c";
        arguments[2] = escape(command);
    }
    return arguments;
}

static int become(const struct account *target, const struct options *options) {
    uint32_t groups[most_groups];
    uint32_t gid = target->gid;
    if (options->group != NULL && !find_group(options->group, &gid)) {
        complain("sudo: unknown group ", options->group, "\n", NULL);
        return 0;
    }
    size_t count = groups_of(target, groups, most_groups);
    if ((!options->keeps_groups && sys_set_groups(count, groups) < 0) || sys_set_group_ids(gid) < 0
        || sys_set_user_ids(target->uid) < 0) {
        complain("sudo: unable to change to user ", target->name, "\n", NULL);
        return 0;
    }
    return 1;
}

static int run(char *path, char **arguments, char **environment) {
    long error = -sys_exec(path, arguments, environment);
    if (error == not_executable_format) {
        // A script without #!, which shells and sudo give to sh.
        size_t count = count_of(arguments);
        char **script = allocate(sizeof(char *) * (count + 2));
        script[0] = "sh";
        script[1] = path;
        for (size_t index = 1; index < count; index++) script[index + 1] = arguments[index];
        sys_exec("/bin/sh", script, environment);
    }
    complain("sudo: unable to execute ", path, error == 2 ? ": No such file or directory\n" : error == 13 ? ": Permission denied\n" : NULL, NULL);
    if (error != 2 && error != 13) complain(": errno ", decimal((uint32_t)error), "\n", NULL);
    return error == 2 ? 127 : 126;
}

static int list(const struct options *options) {
    struct account caller;
    char host[65];
    sys_hostname(host);
    if (options->command[0] != NULL) {
        char *path = look_up(options->command[0]);
        if (path == NULL) return 1;
        char *line = join(record(path, options->command + 1), "\n", NULL, NULL);
        sys_write(1, line, length(line));
        return 0;
    }
    const char *name = find_account_by_uid(sys_uid(), &caller) ? caller.name : decimal(sys_uid());
    char *text = join("User ", name, " may run the following commands on ", host);
    text = join(text, ":\n    (ALL : ALL) NOPASSWD: ALL\n", NULL, NULL);
    sys_write(1, text, length(text));
    return 0;
}

int sudo_main(int argc, char **argv, char **envp) {
    struct options options = {.user = "root"};
    if (argc < 1 || !read_options(argc, argv, &options)) {
        complain(usage, NULL, NULL, NULL);
        return 1;
    }
    if (options.shows_help || options.shows_version) {
        const char *text = options.shows_help ? usage : "Sudo version 1.9, as Nestbox has it\n";
        sys_write(1, text, length(text));
        return 0;
    }
    if (sys_effective_uid() != 0) {
        complain("sudo: must be owned by uid 0, have the setuid bit set, and a kernel that honours it; where none does, start the command as root\n", NULL, NULL, NULL);
        return 1;
    }
    if (sys_uid() != 0 && sys_uid() != owner_uid) {
        complain("sudo: uid ", decimal(sys_uid()), " may not use sudo\n", NULL);
        return 1;
    }
    if (options.lists) return list(&options);
    int wants_shell = options.is_login || options.is_shell;
    if (options.command[0] == NULL && !wants_shell) {
        if (options.is_bookkeeping) return 0;
        complain(usage, NULL, NULL, NULL);
        return 1;
    }
    struct account target;
    if (!find_account(options.user, &target)) {
        complain("sudo: unknown user ", options.user, "\n", NULL);
        return 1;
    }

    const char *wanted = variable(envp, "SHELL");
    char *shell = options.is_shell && !options.is_login && wanted != NULL && wanted[0] == '/' ? (char *)wanted : target.shell;
    char *path = wants_shell ? shell : look_up(options.command[0]);
    char **arguments = wants_shell ? shell_arguments(shell, options.command, options.is_login) : options.command;
    if (path == NULL) {
        complain("sudo: ", options.command[0], ": command not found\n", NULL);
        return 1;
    }
    struct variables environment =
        make_environment(envp, &options, &target, wants_shell ? shell : target.shell, record(path, arguments + 1));
    if (!become(&target, &options)) return 1;
    const char *directory = options.directory != NULL ? options.directory : options.is_login ? target.home : NULL;
    if (directory != NULL && sys_chdir(directory) < 0) {
        complain("sudo: unable to change directory to ", directory, "\n", NULL);
        if (options.directory != NULL) return 1;
    }
    return run(path, arguments, environment.list);
}
