// Makes variants.json beside this file: what Hugging Face's tokenizers (npm package «tokenizers») make of texts when parts of a tokenizer.json change.
// Run by hand, in a folder where the package is installed:  node generate.mjs BYTES.json CHARACTERS.json OUT
// BYTES.json is shared/data/tokenizers/torchtune/tiny_bpe_tokenizer.json, CHARACTERS.json what Puna writes from tests/golden/sentencepiece/bpe_512_llama.model.
import fs from 'fs';
import { createRequire } from 'module';

const { Tokenizer } = createRequire(`${process.cwd()}/`)('tokenizers');
const [, , bytesFile, charactersFile, output] = process.argv;
const bases = { bytes: JSON.parse(fs.readFileSync(bytesFile)), characters: JSON.parse(fs.readFileSync(charactersFile)) };

const level = (more) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false, ...more });
const sequence = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });
const split = (pattern, behavior, invert = false) => ({ type: 'Split', pattern, behavior, invert });
const steps = (...normalizers) => ({ type: 'Sequence', normalizers });
const added = (id, content, more) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...more });
const metaspace = (prepend_scheme, splits) => ({
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme, split: splits },
  decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme, split: splits },
});
const space = { String: ' ' };
const o200k = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const cl100k = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s*[\\r\\n]|\\s+(?!\\S)|\\s";

const variants = [
  ['bytes', 'as it is', {}],
  ['bytes', 'GPT-2 with a space before', { pre_tokenizer: level({ use_regex: true, add_prefix_space: true }) }],
  ['bytes', 'single digits', { pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, level({ use_regex: true })) }],
  ['bytes', 'runs of digits', { pre_tokenizer: sequence({ type: 'Digits', individual_digits: false }, level()) }],
  ['bytes', 'Falcon', { pre_tokenizer: sequence({ type: 'Punctuation', behavior: 'Contiguous' }, level({ use_regex: true }), { type: 'Digits', individual_digits: false }, split({ Regex: '[0-9][0-9][0-9]' }, 'Isolated')) }],
  ['bytes', 'single digits behind the bytes', { pre_tokenizer: sequence(level(), { type: 'Digits', individual_digits: true }) }],
  ...['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'].flatMap((behavior) => [
    ['bytes', `spaces ${behavior}`, { pre_tokenizer: sequence(split(space, behavior), level()) }],
    ['bytes', `letters ${behavior}, inverted`, { pre_tokenizer: sequence(split({ Regex: '\\p{L}+' }, behavior, true), level()) }],
    ['bytes', `punctuation ${behavior}`, { pre_tokenizer: sequence({ type: 'Punctuation', behavior }, level()) }],
  ]),
  ['bytes', 'o200k', { pre_tokenizer: sequence(split({ Regex: o200k }, 'Isolated'), level()) }],
  ['bytes', 'cl100k', { pre_tokenizer: sequence(split({ Regex: cl100k }, 'Isolated'), level()) }],
  ['bytes', 'Llama 3', { pre_tokenizer: sequence(split({ Regex: bases.bytes.pre_tokenizer.pretokenizers[0].pattern.Regex.replace('\\p{N}|', '\\p{N}{1,3}|') }, 'Isolated'), level()) }],
  ['bytes', 'words without white space', { pre_tokenizer: sequence({ type: 'WhitespaceSplit' }, level()) }],
  ['bytes', 'words without white space, each with a space before', { pre_tokenizer: sequence({ type: 'WhitespaceSplit' }, level({ add_prefix_space: true })) }],
  ['bytes', 'no split', { pre_tokenizer: level() }],
  ['bytes', 'ignored merges', { model: { ignore_merges: true } }],
  ...['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase'].map((type) => ['bytes', type, { normalizer: { type } }]),
  ['bytes', 'no accents', { normalizer: steps({ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }) }],
  ['bytes', 'stripped', { normalizer: { type: 'Strip', strip_left: true, strip_right: true } }],
  ['bytes', 'stripped at the left', { normalizer: { type: 'Strip', strip_left: true, strip_right: false } }],
  ['bytes', 'replaced', { normalizer: steps({ type: 'Replace', pattern: { String: 'a' }, content: 'bb' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '_' }) }],
  ['bytes', 'something before', { normalizer: { type: 'Prepend', prepend: '>' } }],
  ['bytes', 'added tokens', {
    added_tokens: [
      ...bases.bytes.added_tokens, added(2003, '<left>', { lstrip: true }), added(2004, '<right>', { rstrip: true }), added(2005, '<both>', { lstrip: true, rstrip: true, special: true }),
      added(2006, 'wurd', { single_word: true }), added(2007, 'wurdy'), added(2008, 'norm\u1ec7', { normalized: true }), added(2009, '<lef'),
    ],
    normalizer: steps({ type: 'NFC' }, { type: 'Lowercase' }),
  }],
  ['characters', 'as it is', {}],
  ['characters', 'ignored merges', { model: { ignore_merges: true } }],
  ['characters', 'unknown tokens', { model: { byte_fallback: false, fuse_unk: false, unk_token: '<unk>' } }],
  ['characters', 'unknown tokens, fused', { model: { byte_fallback: false, fuse_unk: true, unk_token: '<unk>' } }],
  ['characters', 'unknown characters dropped', { model: { byte_fallback: false, fuse_unk: false, unk_token: null } }],
  ...['always', 'first', 'never'].flatMap((scheme) => [true, false].map((splits) => ['characters', `Metaspace ${scheme}, ${splits ? 'split' : 'whole'}`, metaspace(scheme, splits)])),
  ['characters', 'words', { normalizer: null, pre_tokenizer: { type: 'Whitespace' } }],
];

let seed = 20261121;
const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
const parts = [' ', '  ', '    ', '\n', '\r\n', '\t', "'s", "'LL", 'the', ' the', 'Hello', ' world', 'ing', '12', '345', '  return x;\n', '\u00e9', 'e\u0301', '\u00df', '\u8a9e', '\u6211\u60f3\u5728', '\uc548\ub155',
  '\u{1F999}', '\u{1F468}\u200D\u{1F469}', '\u00a0', '\u3000', '\u0085', '\u2028', '</s>', '<s>', '<|im_end|>', '<0x0A>', '_', '--', '!!!', 'http://', '{"a": [1, 2]}', '\ufffd', 'aaaaaaaa', '\u1ec7', "'\u017f", '\u2581',
  'a\u2581b', '\u00bd', '\u2163', '\u00b2', '\uff26', '\ufb01', '\u0130', '\u03a3', '$x+y=1$', '\u2026', '\u200b', '\u0300\u0301\u0323', '\u212b', '\u1100\u1161\u11a8', '<left>', ' <right> ', ' <both>\t', ' wurd ', 'wurds', 'wurdy', 'NORM\u1ec6', 'norme\u0323\u0302', '<lef'];
const text = () => Array.from({ length: 1 + Math.floor(random() * 10) }, () => {
  const kind = random();
  if (kind < 0.65) return parts[Math.floor(random() * parts.length)];
  if (kind < 0.85) return String.fromCharCode(32 + Math.floor(random() * 95));
  return kind < 0.96 ? String.fromCharCode(1 + Math.floor(random() * 0x33FE)) : String.fromCodePoint(0x10000 + Math.floor(random() * 0x20000));
}).join('');

const result = [];
for (const [base, name, change] of variants) {
  const { model = {}, ...rest } = change;
  const file = { ...bases[base], ...rest, model: { ...bases[base].model, ...model } };
  const tokenizer = Tokenizer.fromString(JSON.stringify(file));
  const cases = [];
  for (let i = 0; i < 150; i++) {
    const t = text();
    const ids = [...(await tokenizer.encode(t, null, { addSpecialTokens: false })).getIds()];
    cases.push([t, ids, await tokenizer.decode(ids, true)]);
  }
  result.push({ base, name, change, cases });
}
fs.writeFileSync(output, `[\n${result.map((variant) => JSON.stringify(variant)).join(',\n')}\n]\n`);
