// Copies what runs of this built workspace to /app below a folder, which becomes an image, and writes its SBOM.
//
//   npm ci && npm run build && npm prune --omit=dev && node deploy/images/collect.mjs /image
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackages } from '../../scripts/read-packages.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const runtime = join('onnxruntime-node', 'bin', 'napi-v6');

/** Types, source maps, tests' code, sources and modules for bundlers, and libraries for another C library than glibc: nothing loads them. */
const needless =
  /\.map$|\.d\.[cm]?ts$|\.tsbuildinfo$|[._]test\.js$|[\\/]test-support([\\/]|$)|[\\/](@aws-sdk|@smithy)[\\/].*[\\/]dist-(es|types)([\\/]|$)|[\\/]@opentelemetry[\\/].*[\\/]build[\\/](esm|esnext)([\\/]|$)|[\\/](zod[\\/]src|bintrees[\\/]test)([\\/]|$)|linuxmusl/;

/** Whether a file, by its path in the workspace, is one that runs here: onnxruntime-node brings the libraries of five platforms. */
function runs(path) {
  const [, rest] = path.split(runtime + sep);
  const isForeign = rest !== undefined && !`${rest}${sep}`.startsWith(process.platform + sep);
  const isOtherChip = rest?.includes(sep) && rest.split(sep)[1] !== process.arch;
  return !needless.test(path) && !isForeign && !isOtherChip;
}

function copy(path, to) {
  cpSync(join(root, path), join(to, path), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (from) => runs(relative(root, from)),
  });
}

/** CycloneDX of the packages that run. A number of its own for each making, and the time, would make each image another one. */
function describePackages() {
  const text = execFileSync(
    'npm',
    ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx'],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const { serialNumber: _, ...sbom } = JSON.parse(text);
  const date = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1000);
  sbom.metadata.timestamp = date.toISOString();
  sbom.metadata.component.name = 'holdfast';
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

const [image] = process.argv.slice(2);
if (image === undefined) throw new Error('name the folder to copy to');
const app = join(image, 'app');
rmSync(app, { recursive: true, force: true });
for (const folder of ['app/bin', 'data', 'usr/local/bin']) {
  mkdirSync(join(image, folder), { recursive: true });
}
for (const path of ['package.json', 'LICENSE', 'node_modules']) copy(path, app);
for (const { folder, manifest } of readPackages(root)) {
  if (manifest.nx?.tags.includes('kind:test')) continue;
  for (const part of ['package.json', 'dist', 'gen', 'bin', 'python', 'node_modules']) {
    const path = join(folder, part);
    if (existsSync(join(root, path))) copy(path, app);
  }
}
writeFileSync(join(app, 'sbom.cdx.json'), describePackages());
writeFileSync(
  join(app, 'bin', 'check-health.mjs'),
  readFileSync(join(root, 'deploy/images/check-health.mjs')),
);
symlinkSync('../apps/cli/bin/holdfast.mjs', join(app, 'bin', 'holdfast'));
