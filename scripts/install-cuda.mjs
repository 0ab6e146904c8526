// Installs the CUDA provider of exactly the onnxruntime-node that stands in node_modules, by the script that
// the package itself brings (npm runs no install scripts here). Needs Linux on x64 and the network, or a file:
//
//   npm run install-cuda
//   npm run install-cuda -- --from Microsoft.ML.OnnxRuntime.Gpu.Linux.nupkg
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);

/** What went wrong, for a person. */
class Problem extends Error {}

/** The package in node_modules, and what its metadata say of CUDA on this platform. */
export function describeProvider(platform = `${process.platform}/${process.arch}`) {
  const manifestPath = require.resolve('onnxruntime-node/package.json');
  const folder = dirname(manifestPath);
  const { version } = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const metadata = require(join(folder, 'script', 'install-metadata.js'));
  const name = (metadata.requirements[platform] ?? []).find((entry) => entry.startsWith('cuda'));
  if (name === undefined) {
    throw new Problem(
      `onnxruntime-node ${version} has no CUDA provider for ${platform}: only for linux/x64.`,
    );
  }
  const files = metadata.manifests[`${platform}:${name}`];
  return {
    ...{ version, script: join(folder, 'script', 'install.js') },
    binaries: join(folder, 'bin', 'napi-v6', ...platform.split('/')),
    source: metadata.packages[Object.values(files)[0].package].name,
    // TensorRT comes along from the network; nothing here asks for it.
    needed: Object.keys(files)
      .map((file) => basename(file))
      .filter((file) => !file.includes('tensorrt')),
  };
}

/** Runs the package's own script, which under npm does nothing unless it is forced. */
function download({ script, source, version }) {
  const { status, stderr } = spawnSync(process.execPath, [script, '--onnxruntime-node-install'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return;
  const reason = /(?:Error: .*|code: '.*')/.exec(stderr)?.[0] ?? stderr.trim().split('\n')[0];
  throw new Problem(
    `${source} ${version} could not be had from NuGet: ${reason}\n` +
      'Behind a proxy, set GLOBAL_AGENT_HTTPS_PROXY. Without a network, bring that package as a file and say\n' +
      '  npm run install-cuda -- --from FILE',
  );
}

/** Takes the libraries out of a package that was brought: a .nupkg or a .whl, both zip files. */
export function extract(file, { needed, binaries }) {
  const AdmZip = require('adm-zip');
  const entries = new AdmZip(file).getEntries();
  for (const name of needed) {
    const entry = entries.find(({ entryName }) => basename(entryName) === name);
    if (entry === undefined)
      throw new Problem(`${file} holds no ${name}: is it the right package?`);
    writeFileSync(join(binaries, name), entry.getData());
  }
}

/** Checks that the libraries stand there and are of this platform. */
export function verify({ needed, binaries }) {
  for (const name of needed) {
    const path = join(binaries, name);
    if (!existsSync(path)) throw new Problem(`${path} is missing`);
    const isElf = readFileSync(path).subarray(0, 4).equals(Buffer.from('\x7fELF'));
    if (!isElf) throw new Problem(`${path} is no library of this system`);
    console.log(`${name}: ${Math.ceil(statSync(path).size / 2 ** 20)} MiB in ${binaries}`);
  }
}

function install() {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  const provider = describeProvider();
  if (values.from === undefined) download(provider);
  else extract(values.from, provider);
  verify(provider);
  console.log(
    `\nThe CUDA provider of onnxruntime-node ${provider.version} is installed. It needs an NVIDIA driver, CUDA and cuDNN;\n` +
      'npx holdfast doctor says whether it works here. Removing node_modules removes it.',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    install();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exitCode = 1;
  }
}
