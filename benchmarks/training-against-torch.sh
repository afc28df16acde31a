#!/usr/bin/env bash
# Training tokens/s of the bench recipes, Puna and PyTorch in turn, and Puna's utilisation of the machine's peak, measured just before and after
# each of its turns. ROUNDS (default 3) rounds. Needs the release build and a python3 with torch:
#
#   benchmarks/training-against-torch.sh [python]
#
# PyTorch runs in fp32, with bf16 autocast and with bf16 weights, on all threads and on one where that may be faster.
set -euo pipefail
python=${1:-python3}
export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-SkylakeX} # older OpenBLAS does not know newer AMD processors and falls back to slow code
puna=artifacts/bin/Puna.Cli/release/puna
field() { grep -oE "\"$1\": ?[0-9.e+-]+" | head -1 | grep -oE '[0-9.e+-]+$'; }
torch() { "$python" benchmarks/torch_training.py "$@" | field tokens_per_second; }
for round in $(seq "${ROUNDS:-3}"); do
    for recipe in bench-i bench-ii bench-110m; do
        case $recipe in
            bench-i) ours=() theirs=(--steps 150) ;;
            bench-ii) ours=() theirs=(--steps 5 --warm-up 2) ;;
            *) ours=(--steps 4) theirs=(--steps 2 --warm-up 1) ;;
        esac
        result=$($puna bench --train $recipe "${ours[@]}" --json 2>/dev/null)
        line="round $round $recipe: puna $(echo "$result" | field tokens_per_second), mfu $(echo "$result" | field mfu) of $(echo "$result" | field peak_flops_before) .. $(echo "$result" | field peak_flops_after); torch"
        for type in fp32 bf16 bf16-weights; do line+=" $type $(torch $recipe "${theirs[@]}" --dtype $type),"; done
        if [ $recipe = bench-i ]; then
            for type in fp32 bf16 bf16-weights; do line+=" $type on one thread $(torch $recipe "${theirs[@]}" --dtype $type --threads 1),"; done
        fi
        echo "${line%,} tokens/s"
    done
    echo "round $round bench-110m, accumulation of 8: $($puna bench --train bench-110m --steps 1 --set training.gradient_accumulation=8 --json 2>/dev/null | field mfu) of the peak"
done
