// Makes the code of clients/python and clients/go that follows from the protos, or says whether it is what they give.
//
//   node scripts/generate-clients.mjs PYTHON            # writes
//   node scripts/generate-clients.mjs PYTHON --check    # exits with 1 if what stands there is anything else
//
// PYTHON is an interpreter with grpcio-tools 1.74.0, whose protoc serves both. Go's plugins are those that clients/go/go.mod
// names as tools, at its versions.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [python, mode] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/generate-clients.mjs PYTHON [--check]');
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const goFolder = join(root, 'clients/go');
const goModule = /^module (\S+)$/m.exec(readFileSync(join(goFolder, 'go.mod'), 'utf8'))[1];

/** What clients call, and what that imports. The other services are the controller's own affair. */
const packages = ['controller', 'encoder', 'evaluator', 'model', 'serving', 'tensor'];
const protos = packages.map((name) => `holdfast/${name}/v1/${name}.proto`);

/** Runs protoc over the protos. */
function generate(flags) {
  const paths = ['schema', 'third_party'].map((name) => `-I${join(root, 'proto', name)}`);
  execFileSync(python, ['-m', 'grpc_tools.protoc', ...paths, ...flags, ...protos], {
    stdio: 'inherit',
  });
}

/** Where one of Go's plugins lies once it is built. */
function buildPlugin(path) {
  return execFileSync('go', ['tool', '-n', path], { cwd: goFolder, encoding: 'utf8' }).trim();
}

function generatePython(out) {
  generate([`--python_out=${out}`, `--pyi_out=${out}`]);
}

function generateGo(out) {
  const options = [
    `module=${goModule}`,
    ...protos.map((path) => `M${path}=${nameGoPackage(path)}`),
  ];
  const messages = buildPlugin('google.golang.org/protobuf/cmd/protoc-gen-go');
  const services = buildPlugin('google.golang.org/grpc/cmd/protoc-gen-go-grpc');
  generate([
    `--plugin=protoc-gen-go=${messages}`,
    `--plugin=protoc-gen-go-grpc=${services}`,
    ...['go', 'go-grpc'].flatMap((name) => [
      `--${name}_out=${out}`,
      ...options.map((option) => `--${name}_opt=${option}`),
    ]),
  ]);
}

/** `holdfast/serving/v1/serving.proto` as `<module>/wire/serving/v1;servingv1`. */
function nameGoPackage(path) {
  const [, name, version] = path.split('/');
  return `${goModule}/wire/${name}/${version};${name}${version}`;
}

const readTree = (folder) =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(_pb2\.pyi?|\.pb\.go)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );

const made = mkdtempSync(join(tmpdir(), 'holdfast-clients-'));
let isSame = true;
try {
  for (const [name, home, make] of [
    ['python', 'clients/python/src', generatePython],
    ['go', 'clients/go', generateGo],
  ]) {
    const out = join(made, name);
    mkdirSync(out);
    make(out);
    const [wanted, found] = [readTree(out), readTree(join(root, home))];
    const odd = [...new Set([...wanted.keys(), ...found.keys()])].filter(
      (path) => wanted.get(path) !== found.get(path),
    );
    if (mode === '--check') {
      for (const path of odd) console.error(`${home}${path} is not what the protos give`);
      isSame &&= odd.length === 0;
      continue;
    }
    for (const path of odd) {
      const to = join(root, home, path);
      rmSync(to, { force: true });
      mkdirSync(dirname(to), { recursive: true });
      if (wanted.has(path)) cpSync(join(out, path), to);
    }
    console.log(`${home}: ${odd.length} of ${wanted.size} files written`);
  }
} finally {
  rmSync(made, { recursive: true });
}
if (!isSame) {
  console.error('make it anew: node scripts/generate-clients.mjs PYTHON');
  process.exit(1);
}
