#!/usr/bin/env python3
"""Documents in which a text is given again with one word changed: what prompt look-up is for.

    python3 benchmarks/copy_and_edit.py austen.txt copy-and-edit.jsonl --documents 20000
    python3 benchmarks/copy_and_edit.py austen.txt prompts.txt --prompts 20 --seed 2

A document of the training corpus is a text, then two to five times an edit and the whole text after it. A prompt ends before the last text.
"""
import argparse
import json
import random
import re


def sentences(words, chance, shuffled, least, most):
    length = chance.randint(least, most)
    if chance.random() < shuffled:
        return [chance.choice(words) for _ in range(length)]
    start = chance.randrange(len(words) - length)
    return words[start:start + length]


def document(words, common, chance, shuffled, edits, least, most):
    text = sentences(words, chance, shuffled, least, most)
    parts = ["Text: " + " ".join(text)]
    for _ in range(edits):
        old, new = chance.choice(text), chance.choice(common)
        text = [new if word == old else word for word in text]
        parts += [f"Change {old} to {new}.", "Text: " + " ".join(text)]
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("output")
    parser.add_argument("--documents", type=int, default=20000)
    parser.add_argument("--prompts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", type=int, default=400, help="only the most frequent words")
    parser.add_argument("--shuffled", type=float, default=0.5, help="share of texts that are words in no order, so that a model cannot do without looking back")
    parser.add_argument("--words", type=int, nargs=2, default=(12, 24), help="words of a text, at least and at most")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    words = re.findall(r"[a-z]+", open(arguments.text, encoding="utf-8").read().lower())
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    common = [word for word in sorted(counts, key=lambda word: (-counts[word], word)) if len(word) > 2][:arguments.vocabulary]
    kept = set(sorted(counts, key=lambda word: (-counts[word], word))[:arguments.vocabulary])
    words = [word for word in words if word in kept]
    with open(arguments.output, "w", encoding="utf-8") as output:
        if arguments.prompts:
            for _ in range(arguments.prompts):
                parts = document(words, common, chance, 0, 1, arguments.words[1] * 2 // 3, arguments.words[1])
                output.write(json.dumps({"prompt": "\n".join(parts[:-1]) + "\nText:", "answer": parts[-1][5:]}) + "\n")
            return
        for _ in range(arguments.documents):
            parts = document(words, common, chance, arguments.shuffled, chance.randint(2, 5), *arguments.words)
            output.write(json.dumps({"text": "\n".join(parts)}) + "\n")


main()
