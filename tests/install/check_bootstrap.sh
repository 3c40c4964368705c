#!/usr/bin/env bash
# scripts/bootstrap and scripts/progress say what they do.
#   check_bootstrap.sh SOURCE_DIRECTORY
set -euo pipefail
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "check_bootstrap: $1" >&2; exit 1; }

# A user without sudo, on a machine where nothing is installed: the line for the administrator.
mkdir -p "$scratch/bin" "$scratch/checkout/scripts"
for tool in bash cat cut dirname env git grep head mktemp printf python3 rm sed sort tail; do
  ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
done
fake() { printf '#!/bin/bash\n%s\n' "$2" > "$scratch/bin/$1"; chmod +x "$scratch/bin/$1"; }
fake id 'echo 1000'
fake dpkg-query 'exit 1'
fake apt-get 'echo "apt-get was called" >&2; exit 1'
fake apt-cache 'echo "  Candidate: 0.66.0+ds1-1"'
cp "$source"/scripts/* "$scratch/checkout/scripts/"
status=0
env -i PATH="$scratch/bin" HOME="$scratch" bash "$scratch/checkout/scripts/bootstrap" > "$scratch/log" 2>&1 || status=$?
[ "$status" = 1 ] || { cat "$scratch/log"; fail "without sudo it ends with status $status"; }
grep -q 'apt-get update && apt-get install --no-install-recommends .*g++ .*cargo-web' "$scratch/log" ||
  { cat "$scratch/log"; fail "without sudo it does not print the line for an administrator"; }
! grep -q 'command not found' "$scratch/log" || { cat "$scratch/log"; fail "it calls a program that is missing"; }
[ ! -e "$scratch/checkout/third_party" ] || fail "it went on without its packages"

# Progress: steps of ninja and of apt, a command that is silent, other output, the exit status.
progress() { "$source/scripts/progress" "$@" > "$scratch/progress" 2>&1; }
progress build bash -c 'echo "[3/7] Building CXX object x.o"; echo "x.cpp:1: warning: y"; sleep 11' || fail "progress fails"
grep -q '^build: 3 of 7 steps, 1[0-9] s$' "$scratch/progress" || { cat "$scratch/progress"; fail "a silent build is not reported"; }
grep -q '^x.cpp:1: warning: y$' "$scratch/progress" || fail "a warning is lost"
! grep -q 'Building CXX' "$scratch/progress" || fail "steps are printed one by one"
progress --quiet apt bash -c 'echo secret; exit 0' || fail "progress --quiet fails"
! grep -q secret "$scratch/progress" || fail "--quiet prints what a command says that succeeds"
status=0
progress --quiet apt bash -c 'echo reason; exit 5' || status=$?
[ "$status" = 5 ] || fail "the exit status is lost"
grep -q '^reason$' "$scratch/progress" || fail "--quiet hides why a command fails"
