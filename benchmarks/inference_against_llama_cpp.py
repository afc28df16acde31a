#!/usr/bin/env python3
"""Prefill and decode of Puna beside llama.cpp and ik_llama.cpp, on the same GGUF files, in turn.

    LLAMA_CPP_BIN=…/bin IK_LLAMA_CPP_BIN=…/bin python3 benchmarks/inference_against_llama_cpp.py [--rounds 3] [--shapes tinyllama-1.1b,…] [--types q8_0,…] [--work FOLDER]

Files of random weights are made by `puna init` in the work folder. Every program runs each cell once a round, one after the other: prefill of 512 tokens and decoding of 128 (32 for the
large shapes). Results are appended to results.jsonl in the work folder and cells that are there are not run again, so that a run that was stopped goes on. The peers run at their best
settings: flash attention; repacking (llama.cpp by itself, ik_llama.cpp with -rtr 1). At the end a Markdown table: medians, and Puna over the faster of the two.
`puna doctor --json` before each round gives peak and bandwidth. None of the peers is part of this repository; without the variables they are left out.
"""
import argparse, json, os, platform, statistics, subprocess, sys

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--shapes", default="tinyllama-1.1b,llama-3.2-1b,stories110m,stories15m")
parser.add_argument("--types", default="q8_0,q4_0,q4_k_m,bf16")
parser.add_argument("--threads", default="2")
parser.add_argument("--work", default=os.path.expanduser("~/.cache/puna-benchmarks"))
options = parser.parse_args()

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
puna = ["dotnet", os.path.join(root, "artifacts/bin/Puna.Cli/release/puna.dll")]
programs = {"puna": puna + ["bench", "--model"]}
for name, variable in (("llama.cpp", "LLAMA_CPP_BIN"), ("ik_llama.cpp", "IK_LLAMA_CPP_BIN")):
    if os.environ.get(variable):
        programs[name] = [os.path.join(os.environ[variable], "llama-bench"), "-m"]
extra = {"puna": [], "llama.cpp": ["-fa", "1"], "ik_llama.cpp": ["-fa", "1", "-rtr", "1"]}
os.makedirs(options.work, exist_ok=True)
results_file = os.path.join(options.work, "results.jsonl")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def results():
    if not os.path.exists(results_file):
        return []
    with open(results_file) as lines:
        return [json.loads(line) for line in lines]


def save(entry):
    with open(results_file, "a") as lines:
        lines.write(json.dumps(entry) + "\n")


done = {(r["round"], r["shape"], r["type"], r["program"]) for r in results() if "program" in r}
for round_number in range(options.rounds):
    for shape in options.shapes.split(","):
        for kind in options.types.split(","):
            cells = [p for p in programs if (round_number, shape, kind, p) not in done]
            if not cells:
                continue
            path = os.path.join(options.work, f"{shape}-{kind}.gguf")
            if not os.path.exists(path):
                run(puna + ["init", shape, "--type", kind, "--output", path])
            generated = "128" if shape.startswith("stories") else "32"
            prompt = "128" if shape == "stories15m" else "512"
            doctor = json.loads(run(puna + ["doctor", "--json"]))
            for program in cells:
                output = run(programs[program] + [path, "-t", options.threads, "-p", prompt, "-n", generated, "-r", "3", "-o", "json"] + extra[program])
                tests = {("prefill" if test["n_prompt"] else "decode"): test["avg_ts"] for test in json.loads(output[output.index("["):])}
                save({"round": round_number, "shape": shape, "type": kind, "program": program, "prefill": tests["prefill"], "decode": tests["decode"], "doctor": doctor})
                print(f"round {round_number} {shape} {kind} {program}: prefill {tests['prefill']:.1f}, decode {tests['decode']:.2f} tokens/s", file=sys.stderr)

print("| shape | type | " + " | ".join(f"{what} {p}" for what in ("prefill", "decode") for p in programs) + " | prefill: Puna / best | decode: Puna / best |")
print("|---" * (4 + 2 * len(programs)) + "|")
for shape in options.shapes.split(","):
    for kind in options.types.split(","):
        row, ratios = [], []
        for what in ("prefill", "decode"):
            medians = {}
            for program in programs:
                values = [r[what] for r in results() if r.get("program") == program and r["shape"] == shape and r["type"] == kind]
                if values:
                    medians[program] = statistics.median(values)
                row.append(f"{medians[program]:.1f}" if program in medians else "")
            peers = [value for program, value in medians.items() if program != "puna"]
            ratios.append(f"{medians['puna'] / max(peers):.2f}" if peers and "puna" in medians else "")
        print(f"| {shape} | {kind} | " + " | ".join(row + ratios) + " |")
