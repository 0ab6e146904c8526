import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { confinePath } from '@holdfast/artifacts';
import { describeError, Fault, type FieldViolation } from '@holdfast/fault';
import type { Plugin, RolldownError } from 'rolldown';
import { limits } from '../limits.js';

/** A module and everything it imports, as one text. */
export interface BundledModule {
  /** Of the file, to be told from others in messages. */
  readonly name: string;
  /** One ES module, with a source map that leads to the author's lines. */
  readonly source: string;
  /** Of `source` in UTF-8, hexadecimal: the same files give the same, wherever they lie. */
  readonly sha256: string;
}

const extensions = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Reads a user's objective or constraint, TypeScript or JavaScript, with the files and packages that it imports.
 *
 * @param roots folders that it and what it imports lie in; default: anywhere
 * @throws Fault `not-found` if the file is not there; `invalid` with file and line of everything that cannot be read,
 *   and if it imports TensorFlow.js, a module of Node, or is larger than 1 MiB.
 */
export async function bundleModule(
  path: string,
  { roots }: { readonly roots?: readonly string[] } = {},
): Promise<BundledModule> {
  const file = resolve(path);
  const name = basename(file);
  if (!existsSync(file)) throw new Fault('not-found', `there is no module ${path}`);
  if (!extensions.includes(extname(file))) {
    throw new Fault('invalid', `${name} is no module: its name ends in ${extensions.join(', ')}`);
  }
  const source = await generate(file, roots).catch((error: unknown) => {
    throw explain(error, file);
  });
  const size = Buffer.byteLength(source);
  if (size > limits.sourceBytesMax) {
    const most = limits.sourceBytesMax;
    throw new Fault('invalid', `${name} has ${size} bytes with its imports, ${most} are allowed`);
  }
  return { name, source, sha256: createHash('sha256').update(source).digest('hex') };
}

async function generate(file: string, roots: readonly string[] | undefined): Promise<string> {
  const folder = dirname(file);
  // Its native addon is loaded only for a plan with modules.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: file,
    cwd: folder,
    platform: 'neutral',
    resolve: {
      mainFields: ['module', 'main'],
      extensionAlias: { '.js': ['.ts', '.js'], '.mjs': ['.mts', '.mjs'] },
    },
    logLevel: 'silent',
    plugins: [refuseImports, ...(roots === undefined ? [] : [confine(roots)])],
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      sourcemap: 'inline',
      sourcemapExcludeSources: true,
      codeSplitting: false,
      sourcemapPathTransform: (source) =>
        relative(folder, resolve(folder, 'dist', source)).replaceAll(sep, '/'),
    });
    return output[0].code;
  } finally {
    await build.close();
  }
}

/** What a pure function of its batch needs not, and the thread has otherwise. */
const refuseImports: Plugin = {
  name: 'refuse-imports',
  resolveId(id, importer) {
    const where = importer === undefined ? '' : `${basename(importer)} `;
    if (/^@tensorflow\/tfjs($|-)/.test(id)) {
      this.error(`${where}imports ${id}: use the tf that estimate is given, and import type alone`);
    }
    if (isBuiltin(id)) this.error(`${where}imports ${id}: a term is a function of its batch alone`);
  },
};

/** Refuses files outside some folders, links followed. */
const confine = (roots: readonly string[]): Plugin => ({
  name: 'confine',
  async load(id) {
    if (!isAbsolute(id)) return;
    await confinePath(id, roots).catch((error: unknown) => this.error(describeError(error)));
  },
});

/** One line a mistake, with its place. */
function explain(error: unknown, file: string): Fault {
  const errors = (error as { errors?: RolldownError[] }).errors ?? [error as RolldownError];
  const violations: FieldViolation[] = errors.map(({ message, loc, id }) => ({
    field: formatPlace(loc ?? { file: id }, file),
    description: shorten(message),
  }));
  const lines = violations.map(({ field, description }) => `${field}: ${description}`);
  return new Fault('invalid', `the module cannot be read: ${lines.join('; ')}`, {
    violations,
    cause: error,
  });
}

function formatPlace(
  place: { file?: string | undefined; line?: number; column?: number },
  entry: string,
): string {
  const file = relative(dirname(entry), place.file ?? entry).replaceAll(sep, '/');
  return place.line === undefined ? file : `${file}:${place.line}:${(place.column ?? 0) + 1}`;
}

/** Rolldown draws a picture of the place, in colours, under its first line. */
function shorten(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = message.replaceAll(/\u001b\[[\d;]*m/g, '').trim();
  return plain.split('\n')[0]!.replace(/^\[\w+\] /, '');
}
