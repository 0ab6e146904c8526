// Installs the native back end of TensorFlow.js for users' objectives and constraints, beside node_modules, in
// libs/term-modules/native: tfjs-node-gpu as npm has it, built here against a TensorFlow library. Needs Linux on x64, a
// C++ compiler, Python with pip, and package registries or files. `--help` has examples.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const help = `Installs the native back end of TensorFlow.js, which runs users' objectives and constraints.

  npm run install-tfjs                          with the TensorFlow of PyPI's tensorflow_cpu, by pip
  npm run install-tfjs -- --from tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl
  npm run install-tfjs -- --from libtensorflow.tar.gz --sha256 HASH     another library, also one for CUDA
  npm run install-tfjs -- --remove

Does nothing where the same stands already. Takes about 1.2 GB of disk and half a minute beside the downloads. Wheels and
tarballs of TensorFlow 2.9 and newer fit: they hold libtensorflow*.so.2 and include/tensorflow/c.
`;

/** What went wrong, for a person. */
class Problem extends Error {}

/** The library that is taken unless a file is given, as PyPI has it. */
export const wheel = {
  requirement: 'tensorflow_cpu==2.21.0',
  python: '3.12',
  platform: 'manylinux_2_27_x86_64',
  sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
};
const addon = '@tensorflow/tfjs-node-gpu@4.22.0';

/** Files of a wheel or tarball that the addon is built from and runs with. */
const isNeeded = (path) =>
  /(^|\/)libtensorflow(_cc|_framework)?\.so[.\d]*$/.test(path) ||
  /(^|\/)include\/(tensorflow\/(c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h$/.test(path);

/** Runs a program; its output is shown only if it fails. */
function run(command, args, { cwd, env = {} } = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, ...env },
  });
  if (error) throw new Problem(`${command} does not run: ${error.message}`);
  if (status === 0) return;
  const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Problem(`${command} ${args.slice(0, 3).join(' ')} failed:\n${lines}`);
}

/** Lets pip fetch the wheel from the index that this machine is set up with. */
function download(folder) {
  console.log(`fetching ${wheel.requirement}, about 270 MB`);
  const choice = ['--python-version', wheel.python, '--platform', wheel.platform];
  const only = ['--only-binary', ':all:', '--no-deps', '--quiet', '--dest', folder];
  run('python3', ['-m', 'pip', 'download', wheel.requirement, ...only, ...choice]);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.whl')),
  );
}

async function hashFile(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Refuses a file that is not the one that was meant. */
async function verify(file, expected) {
  const found = await hashFile(file);
  if (expected !== undefined && found !== expected) {
    throw new Problem(`${file} has the sha256 ${found}, not ${expected}`);
  }
  return found;
}

/** Takes library and headers out of a wheel or a tarball into lib/ and include/ of `target`. */
export function extract(file, target) {
  const unpacked = join(target, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  if (file.endsWith('.whl')) {
    const AdmZip = createRequire(import.meta.url)('adm-zip');
    for (const entry of new AdmZip(file).getEntries()) {
      if (!isNeeded(entry.entryName)) continue;
      const path = join(unpacked, entry.entryName);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, entry.getData());
    }
  } else {
    run('tar', ['-xf', file, '-C', unpacked]);
  }
  const paths = readdirSync(unpacked, { recursive: true }).filter(isNeeded);
  const header = paths.find((path) => path.endsWith('include/tensorflow/c/c_api.h'));
  const libraries = paths.filter((path) => /\.so[.\d]*$/.test(path));
  if (header === undefined || libraries.length === 0) {
    throw new Problem(`${file} holds no libtensorflow.so with include/tensorflow/c/c_api.h`);
  }
  renameSync(
    join(unpacked, header.replace(/\/?tensorflow\/c\/c_api\.h$/, '')),
    join(target, 'include'),
  );
  mkdirSync(join(target, 'lib'));
  for (const path of libraries) {
    renameSync(join(unpacked, path), join(target, 'lib', path.split('/').at(-1)));
  }
  rmSync(unpacked, { recursive: true });
  nameLibraries(join(target, 'lib'));
}

/** The names that the addon is linked by. */
function nameLibraries(folder) {
  const names = readdirSync(folder);
  for (const [wanted, pattern] of [
    ['libtensorflow.so', /^libtensorflow(_cc)?\.so\.2$/],
    ['libtensorflow_framework.so', /^libtensorflow_framework\.so\.2$/],
  ]) {
    const name = names.find((candidate) => pattern.test(candidate));
    if (!names.includes(wanted) && name !== undefined) symlinkSync(name, join(folder, wanted));
  }
}

/** Installs the package without its scripts, which would fetch a library of 2022, and builds its addon. */
function build(folder, library) {
  const modules = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  console.log(`installing ${addon}`);
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', addon], { cwd: folder });
  rmSync(join(modules, 'deps'), { recursive: true, force: true });
  mkdirSync(join(modules, 'deps'));
  extract(library, join(modules, 'deps'));
  console.log('building the addon');
  // Headers of the Node that runs, where it brought them; else node-gyp fetches them.
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  run('npx', ['node-pre-gyp', 'install', '--build-from-source'], {
    cwd: modules,
    env: hasHeaders ? { npm_config_nodedir: prefix } : {},
  });
}

/** Loads what was built, and lets it multiply. */
function check(folder) {
  const program = `
    util = require('node:util');
    util.isNullOrUndefined ??= (v) => v == null; util.isArray ??= Array.isArray;
    const tf = require('@tensorflow/tfjs-node-gpu');
    const [value] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
    if (value !== 11) throw new Error('1 * 3 + 2 * 4 is ' + value);`;
  run(process.execPath, ['-e', program], { cwd: folder, env: { TF_CPP_MIN_LOG_LEVEL: '3' } });
}

async function install() {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      sha256: { type: 'string' },
      remove: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void console.log(help);
  const folder = fileURLToPath(new URL('../libs/term-modules/native/', import.meta.url));
  if (values.remove) return rmSync(folder, { recursive: true, force: true });
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Problem(`only for linux/x64, this is ${process.platform}/${process.arch}`);
  }
  const stamp = join(folder, 'installed.json');
  const given = values.from && (await verify(resolve(values.from), values.sha256));
  const wanted = JSON.stringify({ addon, library: given ?? wheel.sha256 });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return console.log(`${addon} stands already`);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  const library = values.from ? resolve(values.from) : download(scratch);
  if (!values.from) await verify(library, wheel.sha256);
  build(folder, library);
  check(folder);
  rmSync(scratch, { recursive: true });
  writeFileSync(stamp, wanted);
  console.log(`${addon} works. npx holdfast doctor says which back end is taken, and why.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await install();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exitCode = 1;
  }
}
