#!/usr/bin/env bash
# Puna and llama.cpp on the same GGUF files of a model that Puna trained: perplexity, KL divergence in both directions, greedy continuations; and each program's own quantiser
# from the same F32 file. Prints Markdown tables. Needs the release build, and llama-perplexity, llama-quantize and llama-completion in LLAMA_CPP_BIN (built elsewhere):
#
#   LLAMA_CPP_BIN=folder TEXTS=folder benchmarks/interchange-against-llama-cpp.sh [run folder]
#
# TEXTS holds austen.txt and kjv.txt (Project Gutenberg, UTF-8). A run folder without a model is trained first, with recipes/austen-kjv.yaml (a quarter of an hour). The text
# measured on is the end of kjv.txt that the run held out. Files and figures are kept in WORK (default: interchange within the run folder): a second call goes on where the
# first one stopped. CHUNKS (default all), CONTEXT (default 256), THREADS (default all) and MORE (further types)
# are as they sound.
set -euo pipefail
run=${1:-runs/austen-kjv}
work=${WORK:-$run/interchange}
context=${CONTEXT:-256}
threads=${THREADS:-$(nproc)}
puna=artifacts/bin/Puna.Cli/release/puna
types=(q8_0 q4_0 q4_k_m q6_k)                 # run by both programs
read -ra more <<<"${MORE-q3_k_m q2_k q5_k_m}" # run by llama.cpp alone, for the quantisers' sake
prompts=("And it came to pass" "Mr. Darcy" "It is a truth universally acknowledged" "In the beginning God" "Emma was not" "And the LORD said unto" "She had never" "Blessed are")
tokens=64

missing() { echo "$0: $1" >&2; exit 2; }
[ -x $puna ] || missing "$puna is not there; run dotnet build -c Release"
for name in llama-perplexity llama-quantize llama-completion; do [ -x "${LLAMA_CPP_BIN:-}/$name" ] || missing "LLAMA_CPP_BIN must name the folder with llama.cpp's $name"; done
for name in austen kjv; do [ -f "${TEXTS:-}/$name.txt" ] || missing "TEXTS must name the folder with $name.txt"; done
[ -d "$run/model" ] || $puna pretrain recipes/austen-kjv.yaml --data "$TEXTS/austen.txt" "$TEXTS/kjv.txt" --output "$run"
mkdir -p "$work"

field() { grep -oE "\"$1\": ?[-0-9.e+E]+" "$2" | tail -1 | grep -oE '[-0-9.e+E]+$'; }
# a figure of llama-perplexity: the first number behind the words
figure() { grep -F "$1" "$2" | tail -1 | sed -E "s/.*: *(-?[0-9.]+) *±.*/\1/"; }
once() { # result, command …: its output, kept
    local result=$work/$1
    shift
    [ -s "$result" ] && return
    "$@" >"$result.part" 2>"$result.log" || { tail -3 "$result.log" >&2; exit 1; }
    mv "$result.part" "$result"
}
ours() { "$puna" evaluate "$1" --threads "$threads" --json "${@:2}"; }
theirs() { "$LLAMA_CPP_BIN/llama-perplexity" -m "$1" -c "$context" -b $((context * 8)) -t "$threads" "${@:2}" 2>&1; }
same() { if $puna diff "$1" "$2" >/dev/null 2>&1; then echo same; else echo different; fi; }
# llama.cpp keeps keys and values in 16 bits unless told otherwise
whole=(-ctk f32 -ctv f32 -fa off)

# the validation part in bytes of its text: nats over bits a byte; the line that it begins in is left out
bytes=$(awk -v loss="$(field val_loss "$run/result.json")" -v bits="$(field val_bits_per_byte "$run/result.json")" -v tokens="$(grep '"split":"validation"' "$run/metrics.jsonl" | tail -1 | grep -oE '"tokens":[0-9]+' | grep -oE '[0-9]+')" \
    'BEGIN { printf "%d", loss * tokens / (log(2) * bits) }')
text=$work/held-out.txt
[ -s "$text" ] || tail -c "$bytes" "$TEXTS/kjv.txt" | tail -n +2 >"$text"
limit=()
[ -z "${CHUNKS:-}" ] || limit=(--chunks "$CHUNKS")

# the two programs in F32
f32=$work/f32.gguf
[ -s "$f32" ] || $puna convert --from "$run/model" --to "$f32" --type f32 >/dev/null 2>&1
once puna-f32.json ours "$f32" --data "$text" --context-length "$context" "${limit[@]}" --kl-divergence-base "$work/puna.kld" --overwrite
once llama-f32.txt theirs "$f32" -f "$text" "${limit[@]}" --kl-divergence-base "$work/llama.kld"
once puna-reads-llama.json ours "$f32" --kl-divergence-base "$work/llama.kld" --kl-divergence
once llama-reads-puna.txt theirs "$f32" --kl-divergence-base "$work/puna.kld" --kl-divergence
once llama-reads-puna-whole.txt theirs "$f32" "${whole[@]}" --kl-divergence-base "$work/puna.kld" --kl-divergence
chunks=$(field chunks "$work/puna-f32.json")
scored=$(field tokens "$work/puna-f32.json")
cmp -n $((20 + (4 * context * chunks))) "$work/puna.kld" "$work/llama.kld" >/dev/null && encoded="the same ids" || encoded="DIFFERENT ids"

# greedy continuations; llama.cpp's ids stand in its session file behind two words and their number, with the end symbol, which ours leave out
agree=0 ids=0 whole_agree=0
greedy() { # number, prompt, name, options …: how many ids agree, and of how many
    local found=$work/greedy-$1.json session=$work/greedy-$1-$3.session first count good=0 i
    once "greedy-$1.json" "$puna" generate "$f32" --prompt "$2" --temperature 0 --max-tokens $tokens --threads "$threads" --json
    [ -s "$session" ] || "$LLAMA_CPP_BIN/llama-completion" -m "$f32" -p "$2" -n $tokens --temp 0 -no-cnv -c $((context * 2)) -t "$threads" --prompt-cache "$session" --prompt-cache-all "${@:4}" >"$work/greedy-$1-$3.txt" 2>&1 </dev/null
    first=$(field prompt_tokens "$found")
    count=$(od -An -td4 -j8 -N4 "$session")
    local our their
    read -ra our <<<"$(grep -oE '"tokens":\[[0-9,]*' "$found" | grep -oE '[0-9,]*$' | tr ',' ' ')"
    read -ra their <<<"$(od -An -v -td4 -j$((12 + (4 * first))) -N$((4 * (count - first))) "$session" | tr '\n' ' ')"
    ! grep -q '"finish_reason":"stop"' "$found" || our+=("$(field eos_token_id "$run/model/config.json")")
    for i in "${!our[@]}"; do [ "${our[$i]}" != "${their[$i]:-}" ] || good=$((good + 1)); done
    echo "$good $((${#our[@]} > ${#their[@]} ? ${#our[@]} : ${#their[@]}))"
}
for i in "${!prompts[@]}"; do
    read -r good all <<<"$(greedy "$i" "${prompts[$i]}" usual)"
    agree=$((agree + good)) ids=$((ids + all))
    read -r good all <<<"$(greedy "$i" "${prompts[$i]}" whole "${whole[@]}")"
    whole_agree=$((whole_agree + good))
done

# a type from the same F32 file by each program, and what comes of it
quantised() {
    local type=$1 by result
    [ -s "$work/puna-$type.gguf" ] || $puna quantize --model "$f32" --type "$type" --output "$work/puna-$type.gguf" >/dev/null 2>&1
    [ -s "$work/llama-$type.gguf" ] || { "$LLAMA_CPP_BIN/llama-quantize" "$f32" "$work/llama.part" "$type" "$threads" >"$work/llama-$type.log" 2>&1 && mv "$work/llama.part" "$work/llama-$type.gguf"; }
    once "diff-$type.txt" same "$work/puna-$type.gguf" "$work/llama-$type.gguf"
    for by in puna llama; do
        # a file with the same tensors gives the same figures
        if [ $by = llama ] && [ "$(cat "$work/diff-$type.txt")" = same ]; then
            for result in "$work"/*-runs-puna-$type.*; do cp "$result" "${result/runs-puna/runs-llama}"; done
        fi
        once "llama-runs-$by-$type.txt" theirs "$work/$by-$type.gguf" --kl-divergence-base "$work/puna.kld" --kl-divergence
        [[ " ${types[*]} " != *" $type "* ]] || once "puna-runs-$by-$type.json" ours "$work/$by-$type.gguf" --kl-divergence-base "$work/puna.kld" --kl-divergence
    done
}
for type in "${types[@]}"; do quantised "$type"; done
# what is left where llama.cpp does not round what it multiplies with to 8 bits: our Q4_0 file unpacked to F32
[ -s "$work/unpacked.gguf" ] || $puna convert --from "$work/puna-q4_0.gguf" --to "$work/unpacked.gguf" --type f32 >/dev/null 2>&1
once llama-runs-unpacked.txt theirs "$work/unpacked.gguf" --kl-divergence-base "$work/puna.kld" --kl-divergence
for type in "${more[@]}"; do quantised "$type"; done

percent() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%+.4f %%", 100 * (a / b - 1) }'; }
echo "$chunks chunks of $context tokens ($((chunks * context)) held-out tokens, $scored scored), $encoded; $threads threads; $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
echo
echo "| F32 | Puna | llama.cpp | |"
echo "|---|---|---|---|"
perplexity=$(field perplexity "$work/puna-f32.json")
their=$(figure "Mean PPL(Q) " "$work/llama-reads-puna.txt")
echo "| perplexity | $(printf %.5f "$perplexity") ± $(printf %.3f "$(field perplexity_error "$work/puna-f32.json")") | $their | $(percent "$their" "$perplexity") |"
echo "| mean KL divergence from the other's log-probabilities | $(printf %.2e "$(field kld_mean "$work/puna-reads-llama.json")") | $(figure "Mean    KLD" "$work/llama-reads-puna.txt") | with an F32 cache $(figure "Mean    KLD" "$work/llama-reads-puna-whole.txt") |"
echo "| greedy ids that agree | $agree of $ids | | with an F32 cache $whole_agree of $ids |"
echo
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.5f", a / b }'; }
echo "| type | file by | bytes | perplexity, Puna | llama.cpp | difference | KL divergence from F32, Puna | llama.cpp | ours ÷ theirs, Puna | llama.cpp |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for type in "${types[@]}" "${more[@]}"; do
    for by in puna llama; do
        b=$(figure "Mean PPL(Q) " "$work/llama-runs-$by-$type.txt")
        a="" divergence="" apart="" our="" their=""
        [ $by = llama ] || their=$(ratio "$b" "$(figure "Mean PPL(Q) " "$work/llama-runs-llama-$type.txt")")
        if [ -s "$work/puna-runs-$by-$type.json" ]; then
            a=$(field perplexity "$work/puna-runs-$by-$type.json")
            divergence=$(printf %.6f "$(field kld_mean "$work/puna-runs-$by-$type.json")")
            apart=$(percent "$b" "$a")
            [ $by = llama ] || our=$(ratio "$a" "$(field perplexity "$work/puna-runs-llama-$type.json")")
            a=$(printf %.4f "$a")
        fi
        file=$([ $by = puna ] && echo Puna || echo llama.cpp)$([ "$(cat "$work/diff-$type.txt")" = different ] || echo " (the same tensors)")
        echo "| ${type^^} | $file | $(stat -c %s "$work/$by-$type.gguf") | ${a:-–} | $(printf %.4f "$b") | ${apart:-–} | ${divergence:-–} | $(figure "Mean    KLD" "$work/llama-runs-$by-$type.txt") | $our | $their |"
    done
done
echo
a=$(field perplexity "$work/puna-runs-puna-q4_0.json")
echo "Our Q4_0 file unpacked to F32, so that llama.cpp rounds no activations: $(printf %.4f "$(figure "Mean PPL(Q) " "$work/llama-runs-unpacked.txt")") with llama.cpp, $(percent "$(figure "Mean PPL(Q) " "$work/llama-runs-unpacked.txt")" "$a") from Puna on the Q4_0 file."
