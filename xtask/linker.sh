#!/bin/sh
# The linker that Cargo calls: the system's C compiler. Where there is none (a machine with Rust and nothing else), it is installed if that can be done
# without asking, and named if not.
if ! command -v cc >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing a C and C++ compiler (build-essential)" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq build-essential; } >&2 || exit 1
  else
    echo "no C compiler: run 'sudo apt-get install build-essential' (or your system's equivalent), then repeat" >&2
    exit 1
  fi
fi
exec cc "$@"
