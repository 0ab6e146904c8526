// Compiles kernels/*.wat into gen/*.wasm.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import wabt from 'wabt';

const sources = new URL('../kernels/', import.meta.url);
const target = new URL('../gen/', import.meta.url);
const compiler = await wabt();

mkdirSync(target, { recursive: true });
for (const file of readdirSync(sources).filter((name) => name.endsWith('.wat'))) {
  const module = compiler.parseWat(file, readFileSync(new URL(file, sources), 'utf8'), {
    simd: true,
    bulk_memory: true,
  });
  module.validate();
  const { buffer } = module.toBinary({});
  writeFileSync(new URL(`${basename(file, '.wat')}.wasm`, target), buffer);
}
