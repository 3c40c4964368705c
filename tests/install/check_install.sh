#!/usr/bin/env bash
# An installed quantbench works from its own tree alone: it starts, runs the frameworks whose plug-ins were built, and where a
# plug-in or its library is missing says what to install.
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

run() {  # NAME FRAMEWORK: runs the demo's model on a framework; what it printed is in NAME.log
  cp -r "$source/assets/demo" "$scratch/$1"
  "$program" run "$scratch/$1/spec.yaml" --out "$scratch/$1/out" --store "$scratch/$1.sqlite" --cache "$scratch/cache" \
    --set "framework=$2" --set 'framework_args={}' --set apply_quantization=false \
    --set 'batch_sizes=[1]' --set 'input_lengths=[8]' --set time_benchmark_args.duration=0.05 --set max_eval_samples=4 \
    >"$scratch/$1.log" 2>&1
}
says() {  # NAME TEXT
  grep -q -- "$2" "$scratch/$1.log" || { cat "$scratch/$1.log"; fail "it does not say '$2'"; }
}

check() {  # FRAMEWORK PLUG-IN LIBRARY OPTION FACT: with the plug-in, where it was built, and without it
  local plugin
  plugin=$(find "$scratch/prefix" -name "$2")
  if [ -n "$plugin" ]; then
    run "$1-with" "$1" || { cat "$scratch/$1-with.log"; fail "framework $1 does not run when installed"; }
    grep -q '"latency_50"' "$scratch/$1-with/out/results.json" || fail "framework $1 was not timed"
    grep -q "\"$5\"" "$scratch/$1-with/out/results.json" || fail "results.json does not have $1's $5"
    rm "$plugin"
  fi
  run "$1-without" "$1" || true  # the row is skipped, with the reason
  ! grep -q '"latency_50"' "$scratch/$1-without/out/results.json" || fail "framework $1 was timed without its plug-in"
  says "$1-without" "framework $1 needs $3"
  says "$1-without" "scripts/bootstrap $4"
}
check pytorch libquantbench_torch.so libtorch --torch blas
check openvino libquantbench_openvino.so OpenVINO --openvino inference_precision
