// Writes the files of this folder: npm i parquet-wasm@0.8.0 apache-arrow hyparquet-writer@0.17.0, then node generate.mjs FOLDER
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const wasm = require('parquet-wasm')
const arrow = require('apache-arrow')
const { parquetWriteBuffer } = await import('hyparquet-writer')
const out = process.argv[2]; mkdirSync(out, { recursive: true })
// the rows every file holds: repeated values (dictionary), long ones, nulls, empty ones, several scripts
const rows = []
const words = ['river','stone','märz','漢字','🙂','lamp','winter','salt','open','quiet']
for (let i = 0; i < 300; i++) {
  if (i % 17 === 5) rows.push(null)
  else if (i % 23 === 7) rows.push('')
  else if (i % 5 === 0) rows.push('the same line again')
  else { let s = []; for (let k = 0; k < 3 + (i * 7) % 40; k++) s.push(words[(i * 31 + k * k * 17) % words.length]); rows.push(`row ${i}: ` + s.join(' ')) }
}
const solid = rows.map(r => r ?? 'no null here')
writeFileSync(`${out}/expected.json`, JSON.stringify({ optional: rows, required: solid }))
const names = rows.map((_, i) => `id-${i}`), numbers = rows.map((_, i) => BigInt(i))
// arrow-rs through parquet-wasm
function rs(file, texts, build) {
  const field = new arrow.Field('text', new arrow.Utf8(), texts.some(t => t === null))
  const table = new arrow.Table({ id: arrow.vectorFromArray(names.slice(0, texts.length), new arrow.Utf8()), number: arrow.vectorFromArray(numbers.slice(0, texts.length), new arrow.Int64()), text: arrow.vectorFromArray(texts, new arrow.Utf8()) })
  const w = wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream'))
  let b = new wasm.WriterPropertiesBuilder()
  b = build(b)
  writeFileSync(`${out}/${file}`, wasm.writeParquet(w, b.build()))
}
const C = wasm.Compression, V = wasm.WriterVersion
rs('rs-v1-snappy-dictionary.parquet', rows, b => b.setWriterVersion(V.V1).setCompression(C.SNAPPY).setMaxRowGroupSize(120))
rs('rs-v1-gzip-plain.parquet', rows, b => b.setWriterVersion(V.V1).setCompression(C.GZIP).setDictionaryEnabled(false))
rs('rs-v1-none-fallback.parquet', rows, b => b.setWriterVersion(V.V1).setCompression(C.UNCOMPRESSED).setDictionaryPageSizeLimit(2000).setDataPageSizeLimit(2000).setWriteBatchSize(16))
rs('rs-v2-snappy-dictionary.parquet', rows, b => b.setWriterVersion(V.V2).setCompression(C.SNAPPY).setDataPageSizeLimit(1000).setWriteBatchSize(16))
rs('rs-v2-gzip-dictionary.parquet', solid, b => b.setWriterVersion(V.V2).setCompression(C.GZIP))
rs('rs-v1-brotli.parquet', rows, b => b.setWriterVersion(V.V1).setCompression(C.BROTLI))
rs('rs-v1-zstd.parquet', rows.slice(0, 10), b => b.setWriterVersion(V.V1).setCompression(C.ZSTD))
rs('rs-v2-delta.parquet', rows.slice(0, 40), b => b.setWriterVersion(V.V2).setCompression(C.UNCOMPRESSED).setDictionaryEnabled(false))
// hyparquet-writer, an independent one in JavaScript
const hp = (file, texts, more) => writeFileSync(`${out}/${file}`, Buffer.from(parquetWriteBuffer({ columnData: [ { name: 'id', data: names.slice(0, texts.length), type: 'STRING' }, { name: 'text', data: texts, type: 'STRING', nullable: texts.some(t => t === null), ...(more.column ?? {}) } ], ...(more.file ?? {}) })))
hp('hp-snappy.parquet', rows, { file: { rowGroupSize: 100 } })
hp('hp-none-required.parquet', solid, { file: { codec: 'UNCOMPRESSED' }, column: { encoding: 'PLAIN' } })
// a list of texts, and a struct beside a flat column
{
  const list = new arrow.List(new arrow.Field('item', new arrow.Utf8(), true)), struct = new arrow.Struct([new arrow.Field('a', new arrow.Utf8(), true), new arrow.Field('b', new arrow.Int32(), true)])
  const table = new arrow.Table({ tags: arrow.vectorFromArray([['a', 'b'], ['c']], list), meta: arrow.vectorFromArray([{ a: 'x', b: 1 }, { a: 'y', b: 2 }], struct), text: arrow.vectorFromArray(['first', 'second'], new arrow.Utf8()) })
  writeFileSync(`${out}/rs-nested.parquet`, wasm.writeParquet(wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), new wasm.WriterPropertiesBuilder().setCompression(C.SNAPPY).build()))
}
