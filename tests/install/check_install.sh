#!/usr/bin/env bash
# An installed quantbench works from its own tree alone: it starts, runs framework pytorch where that was built, and where the
# plug-in or its libtorch is missing says what to install.
#   check_install.sh BUILD_DIRECTORY SOURCE_DIRECTORY
set -euo pipefail
build=$1 source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "check_install: $1" >&2; exit 1; }

cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }
program=$scratch/prefix/bin/quantbench
unset LD_LIBRARY_PATH QUANTBENCH_PLUGINS
"$program" --version >/dev/null || fail "the installed program does not start"
outside=$(ldd "$program" | grep '=>' | grep -vF "=> $scratch/prefix/" |
  grep -vE '^[[:space:]]*lib(c|m|dl|rt|pthread|resolv|stdc[+][+]|gcc_s)[.]so' || true)
[ -z "$outside" ] || fail "the installed program loads libraries from outside its tree: $outside"

run() {  # NAME: runs the demo's model on framework pytorch; what it printed is in NAME.log
  cp -r "$source/assets/demo" "$scratch/$1"
  "$program" run "$scratch/$1/spec.yaml" --out "$scratch/$1/out" --store "$scratch/$1.sqlite" --cache "$scratch/cache" \
    --set framework=pytorch --set 'framework_args={}' --set apply_quantization=false \
    --set 'batch_sizes=[1]' --set 'input_lengths=[8]' --set time_benchmark_args.duration=0.05 --set max_eval_samples=4 \
    >"$scratch/$1.log" 2>&1
}
says() {  # NAME TEXT
  grep -q -- "$2" "$scratch/$1.log" || { cat "$scratch/$1.log"; fail "it does not say '$2'"; }
}

plugin=$(find "$scratch/prefix" -name libquantbench_torch.so)
if [ -n "$plugin" ]; then
  run with || { cat "$scratch/with.log"; fail "framework pytorch does not run when installed"; }
  grep -q '"latency_50"' "$scratch/with/out/results.json" || fail "framework pytorch was not timed"
  grep -q '"blas"' "$scratch/with/out/results.json" || fail "results.json does not name libtorch's BLAS"
  rm "$plugin"
fi
run without || true  # the row is skipped, with the reason
grep -q '"latency_50"' "$scratch/without/out/results.json" && fail "framework pytorch was timed without its plug-in"
says without "framework pytorch needs libtorch"
says without "scripts/bootstrap --torch"
