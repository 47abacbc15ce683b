// SPDX-License-Identifier: Apache-2.0

/// What runs inside, as root, to save and restore files.
///
/// A computer's root is one file system of its own, with the system's trees (`/usr`, parts of `/etc`) as overlays on it. What was
/// changed in an overlay shows by its status change time, which nobody can set: the file's, and that of every directory above it,
/// as those were copied up with it. So only directories that were changed are looked into. What was deleted there does not show.
/// Everything else that is mounted is not the computer's.
enum ArchiveScript {
    /// tar's 1: a file changed while it was read, which happens in a computer that goes on.
    static let mostGoodCode: UInt8 = 1

    /// Where things are mounted: `mounts overlay`, or everything else with `mounts other`.
    private static let mounts = """
        mounts() {
            while read -r _ _ _ _ place rest; do
                case "$rest" in *" - overlay "*) kind=overlay ;; *) kind=other ;; esac
                [ "$place" = / ] || [ $kind != "$1" ] || echo ".$place"
            done </proc/self/mountinfo
        }
        """

    /// Writes the archive to stdout. `SINCE` is a moment before the sandbox was made, in seconds.
    static let save = """
        \(mounts)
        cd / || exit 2
        set --
        overlays=" $(mounts overlay | tr '\\n' ' ')"
        # Below an overlay there is a mount of the same place.
        for place in $(mounts other); do case $overlays in *" $place "*) ;; *) set -- "$@" "--exclude=$place" ;; esac; done
        for tree in ./* ./.[!.]*; do
            case $tree in ./bin | ./dev | ./lib* | ./proc | ./run | ./sbin | ./sys | ./usr) continue ;; esac
            if [ -e "$tree" ] || [ -L "$tree" ]; then set -- "$@" "$tree"; fi
        done
        for place in $overlays; do
            find "$place" -xdev -type d ! -newerct "@$SINCE" -prune -o -newerct "@$SINCE" -print0 2>/dev/null
        done |
        tar --create --file=- --anchored --no-wildcards --numeric-owner --one-file-system --sparse \\
            --xattrs --xattrs-include='user.*' "$@" --no-recursion --null --files-from=-
        """

    /// Empties what a computer begins with, where it may be emptied, and unpacks the archive from stdin.
    static let restore = """
        cd / || exit 2
        find ./home ./media ./mnt ./opt ./root ./srv ./tmp ./var -xdev -mindepth 1 -depth -delete 2>/dev/null
        exec tar --extract --file=- --numeric-owner --same-owner --preserve-permissions --xattrs --xattrs-include='user.*'
        """
}
