#!/usr/bin/env bash
# Holds what `make demo` promises: the table, the answer, the card, results.json and report.html.
#   check_demo.sh DEMO-OUT LOG      LOG: what the command printed
set -euo pipefail
out=$1 log=$2
fail() { echo "check_demo: $1" >&2; exit 1; }

for file in README.md results.json report.html spec.yaml inputs/spec.yaml; do
  [ -s "$out/$file" ] || fail "$out/$file is missing or empty"
done
grep -q '^model-index:\|^benchmark:\|^---' "$out/README.md" || fail "README.md is not a model card"
grep -q 'vegaEmbed' "$out/report.html" || fail "report.html has no charts"
grep -q '"answer"' "$out/results.json" || fail "results.json has no answer"
! grep -q '"status": *"failed"' "$out/results.json" || fail "a row of the demo failed"
# What stands on the terminal at the end: the table, the answer, the file to open.
tr -d '\r' < "$log" | sed 's/\x1b\[[0-9;?]*[A-Za-z]//g' | sed -n '/[^[:space:]]/p' | tail -n 30 > "$log.end"
grep -qi 'speedup' "$log.end" || fail "the table is not among the last 30 lines"
grep -qE '^(best|near) ' "$log.end" || fail "the answer is not among the last 30 lines"
tail -n 1 "$log.end" | grep -q 'report.html' || fail "the last line does not name the file to open: $(tail -n 1 "$log.end")"
awk 'length($0) > 100 { exit 1 }' "$log.end" || fail "a line at the end is wider than the terminal"
echo "check_demo: the table, the answer, the card and the report are there"
