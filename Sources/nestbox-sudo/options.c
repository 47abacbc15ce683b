// SPDX-License-Identifier: Apache-2.0
#include "options.h"

struct long_option {
    const char *name;
    char letter;
};

static const struct long_option long_options[] = {
    {"askpass", 'A'}, {"bell", 'B'}, {"chdir", 'D'}, {"close-from", 'C'}, {"command-timeout", 'T'}, {"group", 'g'},
    {"help", 'h'}, {"list", 'l'}, {"login", 'i'}, {"no-update", 'N'}, {"non-interactive", 'n'}, {"other-user", 'U'},
    {"preserve-env", 'E'}, {"preserve-groups", 'P'}, {"prompt", 'p'}, {"remove-timestamp", 'K'},
    {"reset-timestamp", 'k'}, {"set-home", 'H'}, {"shell", 's'}, {"stdin", 'S'}, {"user", 'u'}, {"validate", 'v'},
    {"version", 'V'}, {NULL, 0},
};

static int takes_value(char letter) { return find("CDTUgpu", letter) != NULL; }

/// 0 for a letter that is no option.
static int apply(char letter, const char *value, struct options *options) {
    switch (letter) {
    case 'u': options->user = value; return 1;
    case 'g': options->group = value; return 1;
    case 'D': options->directory = value; return 1;
    case 'E':
        if (value != NULL) options->kept_variables = value;
        else options->keeps_environment = 1;
        return 1;
    case 'H': options->sets_home = 1; return 1;
    case 'i': options->is_login = 1; return 1;
    case 's': options->is_shell = 1; return 1;
    case 'l': options->lists = 1; return 1;
    case 'P': options->keeps_groups = 1; return 1;
    case 'v':
    case 'k':
    case 'K': options->is_bookkeeping = 1; return 1;
    case 'h': options->shows_help = 1; return 1;
    case 'V': options->shows_version = 1; return 1;
    // About passwords, of which there are none, and limits that mean nothing here.
    case 'A':
    case 'B':
    case 'N':
    case 'S':
    case 'n':
    case 'p':
    case 'C':
    case 'T':
    case 'U': return 1;
    default: return 0;
    }
}

static int read_long(int argc, char **argv, int *index, struct options *options) {
    const char *text = argv[*index] + 2;
    const char *equals = find(text, '=');
    size_t count = equals != NULL ? (size_t)(equals - text) : length(text);
    for (const struct long_option *option = long_options; option->name != NULL; option++) {
        if (length(option->name) != count || after(option->name, text) == NULL) continue;
        const char *value = equals != NULL ? equals + 1 : NULL;
        if (takes_value(option->letter) && value == NULL) {
            if (*index + 1 >= argc) break;
            value = argv[++*index];
        }
        return apply(option->letter, value, options);
    }
    return 0;
}

static int read_short(int argc, char **argv, int *index, struct options *options) {
    for (const char *letter = argv[*index] + 1; *letter != 0; letter++) {
        const char *value = NULL;
        if (takes_value(*letter)) {
            value = letter[1] != 0 ? letter + 1 : *index + 1 < argc ? argv[++*index] : NULL;
            if (value == NULL) return 0;
        }
        if (!apply(*letter, value, options)) return 0;
        if (value != NULL) return 1;
    }
    return 1;
}

static int is_assignment(const char *text) {
    const char *equals = find(text, '=');
    const char *slash = find(text, '/');
    return equals != NULL && equals != text && (slash == NULL || slash > equals);
}

int read_options(int argc, char **argv, struct options *options) {
    int index = 1;
    options->assignments = allocate(sizeof(char *) * (size_t)(argc + 1));
    for (; index < argc; index++) {
        char *text = argv[index];
        if (equal(text, "--")) {
            index++;
            break;
        }
        if (is_assignment(text) && text[0] != '-') {
            options->assignments[options->assignment_count++] = text;
            continue;
        }
        if (text[0] != '-' || text[1] == 0) break;
        if (!(text[1] == '-' ? read_long(argc, argv, &index, options) : read_short(argc, argv, &index, options))) {
            complain("sudo: invalid option: ", text, "\n", NULL);
            return 0;
        }
    }
    while (index < argc && is_assignment(argv[index])) options->assignments[options->assignment_count++] = argv[index++];
    options->command = argv + index;
    return 1;
}
