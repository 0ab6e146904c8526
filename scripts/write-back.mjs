// Reads a CLIP directory, changes its weights a little, writes it, and embeds random inputs with what was written.
//
//   node scripts/write-back.mjs MODEL FOLDER
//
// FOLDER/model is the directory that Holdfast wrote; FOLDER/embeddings.safetensors has `pixels` [3, 3, size, size],
// `ids` [3, context], and Holdfast's `image_embeds` and `text_embeds` [3, d] for them. For check-formats.py.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createParameterLayout,
  openClipDirectory,
  readClipParameters,
  writeClipDirectory,
} from '@holdfast/clip';
import { createLocalEngine } from '@holdfast/engine';
import { createRandom } from '@holdfast/random';
import { fromFloat32, serializeSafetensors } from '@holdfast/safetensors';

const [model, folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/write-back.mjs MODEL FOLDER');
  process.exit(1);
}
const target = join(folder, 'model');
const count = 3;
// Of several lengths: the engine takes texts of one length together.
const texts = ['a photo of a sign.', 'a sign, '.repeat(12), 'x'.repeat(300)];

async function writeBack() {
  const source = await openClipDirectory(model);
  const layout = createParameterLayout(source.config);
  const parameters = new Float32Array(layout.length);
  await readClipParameters(source, layout, parameters);
  for (let i = 0; i < parameters.length; i += 1) parameters[i] *= 1.01;
  await writeClipDirectory({ source, layout, parameters, target });
}

async function embed() {
  const { config, tokenizer } = await openClipDirectory(target);
  const { imageSize } = config.vision;
  const random = createRandom(1);
  const pixels = Float32Array.from({ length: count * 3 * imageSize ** 2 }, () => random.normal());
  const tokens = Int32Array.from(texts.flatMap((text) => [...tokenizer.encode(text)]));
  const engine = createLocalEngine({ threads: 2, activationBudgetBytes: 0 });
  const runId = 'written';
  await engine.openModel({ runId, path: target });
  await engine.prepareEncoding({ runId });
  const { imageEmbeddings, textEmbeddings } = await engine.encode({
    ...{ runId, step: 0, array: 'parameters', retain: false },
    images: { count, pixels: pixels.slice() },
    texts: { count, tokens: tokens.slice(), heads: new Int32Array(count).fill(-1) },
  });
  const tensor = (shape, values) => ({ dtype: 'F32', shape, data: fromFloat32('F32', values) });
  return new Map([
    ['pixels', tensor([count, 3, imageSize, imageSize], pixels)],
    ['ids', tensor([count, config.text.contextLength], Float32Array.from(tokens))],
    ['image_embeds', tensor([count, config.projectionSize], imageEmbeddings)],
    ['text_embeds', tensor([count, config.projectionSize], textEmbeddings)],
  ]);
}

await writeBack();
await writeFile(join(folder, 'embeddings.safetensors'), serializeSafetensors(await embed()));
