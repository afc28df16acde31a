#!/usr/bin/env python3
"""Decoding with look-up of the prompt beside decoding without it, greedily, in turn, on prompts whose answers are known.

    dotnet run -c Release benchmarks/CopyAndEdit.cs austen.txt FOLDER
    python3 benchmarks/lookup_speed.py FOLDER/model FOLDER/prompts.jsonl

Prints, for each round, tokens a second of both and their ratio (tokens of all prompts over the seconds of all prompts), the share of drafted tokens that were taken, and how many
answers were right; the texts with and without look-up must be the same.
"""
import argparse, json, os, statistics, subprocess, sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model")
parser.add_argument("prompts")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--max-tokens", type=int, default=128)
parser.add_argument("--threads", default="2")
options = parser.parse_args()
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
program = ["dotnet", os.path.join(root, "artifacts/bin/Puna.Cli/release/puna.dll"), "generate", "--model", options.model, "--temperature", "0", "--stop", " .", "--max-tokens",
           str(options.max_tokens), "--threads", options.threads, "--json"]
with open(options.prompts, encoding="utf-8") as lines:
    prompts = [json.loads(line) for line in lines]


def answer(prompt, *more):
    done = subprocess.run([*program, "--prompt", prompt["prompt"], *more], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


ratios = []
for number in range(options.rounds):
    tokens, plain_seconds, seconds, drafted, accepted, right = 0, 0.0, 0.0, 0, 0, 0
    for prompt in prompts:
        plain, looked_up = answer(prompt), answer(prompt, "--lookup")
        if plain["tokens"] != looked_up["tokens"]:
            sys.exit(f"another answer with look-up to: {prompt['prompt']}")
        tokens += plain["generated_tokens"]
        plain_seconds += plain["generated_tokens"] / plain["tokens_per_second"]
        seconds += looked_up["generated_tokens"] / looked_up["tokens_per_second"]
        drafted, accepted = drafted + looked_up["drafted_tokens"], accepted + looked_up["accepted_tokens"]
        right += plain["text"].strip() == prompt["answer"]
    ratios.append(plain_seconds / seconds)
    print(f"round {number + 1}: {tokens / plain_seconds:.1f} and with look-up {tokens / seconds:.1f} tokens a second, {ratios[-1]:.2f} times; {accepted} of {drafted} drafted tokens taken "
          f"({accepted / max(drafted, 1):.1%}); {right} of {len(prompts)} answers right", flush=True)
print(f"median {statistics.median(ratios):.2f} times")
