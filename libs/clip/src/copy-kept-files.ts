import { chmod, copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Fault } from '@holdfast/fault';
import type { ClipDirectory } from './clip-directory.js';
import { openClipConfigName } from './read-model-format.js';

/** Extensions of weights in any format: beside new weights, old ones would mislead a loader. */
const weightExtensions = new Set([
  '.bin',
  '.ckpt',
  '.engine',
  '.gguf',
  '.h5',
  '.msgpack',
  '.npz',
  '.onnx',
  '.onnx_data',
  '.ot',
  '.pkl',
  '.pt',
  '.pth',
  '.safetensors',
  '.tflite',
]);

/** What is said of the source's weights alone: a verdict, and what they were merged from. */
const aboutWeights = ['verdict.json', 'merge.json'];
const depthMax = 8;
const filesMax = 10_000;

/**
 * Copies everything in a model's directory that is not weights: configuration, tokenizer,
 * preprocessing, model card, and files that Holdfast does not know. Hidden files stay behind; links
 * are followed, because caches of models consist of them.
 * So does the configuration of open_clip, unless the weights are open_clip's.
 *
 * @throws Fault `invalid` if the directory has more than 10,000 files: it is not a model's.
 */
export async function copyKeptFiles(source: ClipDirectory, target: string): Promise<void> {
  const left = new Set(aboutWeights);
  if (source.naming === 'transformers') left.add(openClipConfigName);
  await copyFolder({ source: source.path, target, left, depth: 0, copied: { count: 0 } });
}

interface CopySettings {
  readonly source: string;
  readonly target: string;
  /** Names of files that stay behind. */
  readonly left: ReadonlySet<string>;
  readonly depth: number;
  readonly copied: { count: number };
}

async function copyFolder({ source, target, left, depth, copied }: CopySettings): Promise<void> {
  for (const name of (await readdir(source)).sort()) {
    if (left.has(name) || isLeftOut(name)) continue;
    const from = join(source, name);
    const to = join(target, name);
    const entry = await stat(from).catch(() => undefined);
    if (entry?.isDirectory() && depth < depthMax) {
      await mkdir(to, { recursive: true });
      await copyFolder({ source: from, target: to, left, depth: depth + 1, copied });
    } else if (entry?.isFile()) {
      copied.count += 1;
      if (copied.count > filesMax) {
        throw new Fault('invalid', `${source} has more than ${filesMax} files: is it a model?`);
      }
      await copyFile(from, to);
      // A copy of a read-only file is read-only, and then cannot be flushed or replaced.
      await chmod(to, 0o644);
    }
  }
}

function isLeftOut(name: string): boolean {
  return (
    name.startsWith('.') ||
    weightExtensions.has(extname(name)) ||
    // Lists of shards; the one of our own shards stays, for they keep their names.
    (name.endsWith('.index.json') && name !== 'model.safetensors.index.json')
  );
}
