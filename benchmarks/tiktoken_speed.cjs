// Times npm's tiktoken (WebAssembly) with a rank file and Llama 3's split rule on a text. One JSON object on standard output.
//   NODE_PATH=folder/node_modules node benchmarks/tiktoken_speed.cjs RANKS TEXT
const { readFileSync } = require("fs");
const { Tiktoken } = require("tiktoken");
const [ranks, path] = process.argv.slice(2);
const rule = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const bytes = readFileSync(path), text = bytes.toString(), lines = text.split("\n");
const encoder = new Tiktoken(readFileSync(ranks, "utf8"), {}, rule);
const since = (began) => Number(process.hrtime.bigint() - began) / 1e9;
let began = process.hrtime.bigint(), tokens = 0;
for (const line of lines) tokens += encoder.encode(line, [], []).length;
const byLine = bytes.length / since(began);
const start = bytes.subarray(0, 1000000);
const one = start.toString();
began = process.hrtime.bigint();
encoder.encode(one, [], []);
const oneMegabyte = start.length / since(began);
console.log(JSON.stringify({ tokens, by_line_bytes_per_second: byLine, one_megabyte_bytes_per_second: oneMegabyte }));
