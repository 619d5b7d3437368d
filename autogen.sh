#!/bin/sh
# Makes ./configure in a checkout (a release has it already).
cd "$(dirname "$0")" && mkdir -p m4 && exec autoreconf --install --force "$@"
