import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const commands =
  'apt-get buildah containerd curl dpkg etcd go ip iptables mmdebstrap npm openssl podman runc tar unzip';

let folder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-get-tools-'));
  cpSync(import.meta.dirname, join(folder, 'deploy/test-cluster'), { recursive: true });
  for (const name of ['get-crds.sh', 'build-jobs.sh'])
    edit(`deploy/test-cluster/${name}`, () => '');
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(root, 'scripts/get-go.sh'), join(folder, 'scripts/get-go.sh'));
  mkdirSync(join(folder, 'bin'));
  for (const name of commands.split(' ')) {
    symlinkSync(join(import.meta.dirname, 'fixtures/stub.sh'), join(folder, 'bin', name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function edit(path, change) {
  writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
}

/** Gets the tools by stubs of what gets and builds them. @returns the calls that got or built one. */
function getTools(env = {}) {
  const calls = join(folder, 'calls');
  const tools = join(folder, 'tools');
  writeFileSync(calls, '');
  const { status, stderr } = spawnSync(join(folder, 'deploy/test-cluster/get-tools.sh'), [tools], {
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, CALLS: calls, TOOLS: tools, ...env },
    encoding: 'utf8',
  });
  const made = readFileSync(calls, 'utf8').match(/^(npm|curl|go build|go install).*/gm) ?? [];
  return { status, stderr, made };
}

it('gets each tool once', () => {
  const { status, stderr, made } = getTools();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(made).toHaveLength(5);
  expect(getTools()).toEqual({ status: 0, stderr: '', made: [] });
});

it.each([
  ['Helm', 'get-tools.sh', '@2.2.2', '@2.2.3'],
  ['Kubernetes', 'build-hyperkube.sh', 'v1.34.4', 'v1.34.5'],
  ['CoreDNS', 'build-hyperkube.sh', '@v1.12.4', '@v1.12.5'],
  ['Node', 'build-bases.sh', '20.20.2', '20.20.3'],
  ['npm', 'build-bases.sh', '10.9.9', '10.9.10'],
  ['program of Kubernetes', 'hyperkube/main.go', '// One binary', '// One'],
  ['pause image', 'hyperkube/pause.go', "// Holds a pod's", '// Holds the'],
])('gets another %s, and nothing else, once it is of another version', (_, file, from, to) => {
  edit(`deploy/test-cluster/${file}`, (text) => text.replace(from, to));
  expect(getTools().made).toEqual([
    expect.stringContaining(from.startsWith('//') ? 'go build' : to),
  ]);
});

it('builds anew what was not built to the end', () => {
  edit('deploy/test-cluster/build-hyperkube.sh', (text) => text.replace('v1.34.5', 'v1.34.6'));
  expect(getTools({ FAILS: 'go build' }).status).not.toBe(0);
  edit('deploy/test-cluster/build-hyperkube.sh', (text) => text.replace('v1.34.6', 'v1.34.5'));
  expect(getTools().made).toEqual([expect.stringContaining('v1.34.5')]);
});

it('puts another Go in the place of an older one', () => {
  // The machine's own is too old.
  const env = { GO_VERSION: '1.19.8' };
  getTools(env);
  edit('scripts/get-go.sh', (text) => text.replace('go1.26.0', 'go1.26.1'));
  expect(getTools(env).made).toEqual([expect.stringContaining('go1.26.1')]);
  expect(readdirSync(join(folder, 'tools/golang.org'))).toEqual([
    'toolchain@v0.0.1-go1.26.1.linux-amd64',
  ]);
});
