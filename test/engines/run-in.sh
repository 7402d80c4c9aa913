#!/bin/sh
# run-in.sh ROOT SHARE COMMAND...: runs a command with ROOT as "/" and SHARE as /x, in a mount namespace that ends with it (a chroot is
# not enough: dockerd wants "/" to be a mount point). It is exec all the way: the process id is the command's.
root=$(readlink -f "$1")
share=$(readlink -f "$2")
shift 2
exec unshare -m --propagation private sh -c '
  root=$1; share=$2; shift 2
  mount --bind "$root" "$root" && cd "$root" || exit 1
  for name in proc sys dev; do mount --rbind "/$name" "$name"; done
  mount --bind "$share" x
  mount -t tmpfs tmpfs run
  mount -t tmpfs tmpfs tmp
  pivot_root . .old && umount -l /.old && cd / && exec "$@"' sh "$root" "$share" "$@"
