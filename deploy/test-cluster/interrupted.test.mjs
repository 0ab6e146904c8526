import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** What stands for the cluster and its tools. Each writes down what it does, and daemons which process they are. */
const stubs = {
  'bin/ip': `case "$1 $2" in
    'netns add') touch "$NETWORKS/$3" ;;
    'netns list') ls "$NETWORKS" ;;
    'netns del') rm "$NETWORKS/$3" ;;
  esac`,
  'bin/nsenter': 'shift; exec "$@"',
  'bin/ps': 'grep -q "down ends" "$CALLS" && echo "$LEFT"; exit 0',
  'bin/sysctl': '',
  'deploy/test-cluster/get-tools.sh': 'echo tools >>"$CALLS"; eval "$TOOLS_DO"',
  'deploy/test-cluster/cluster.sh': `echo "$1 begins" >>"$CALLS"
  case $1 in
    up) setsid sleep 600 >/dev/null 2>&1 & echo "daemon $!" >>"$CALLS" ;;
    down) sleep 1; kill "$(sed -n 's/daemon //p' "$CALLS")" ;;
  esac
  echo "$1 ends" >>"$CALLS"`,
  'tools/hyperkube': 'echo kubectl >>"$CALLS"; eval "$KUBECTL_DOES"',
};

let folder;
let child;
let output;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-interrupted-'));
  for (const name of ['networks', 'tmp', 'examples/gtsrb', 'apps/cli/dist']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  cpSync(import.meta.dirname, join(folder, 'deploy/test-cluster'), { recursive: true });
  for (const [path, script] of Object.entries(stubs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  for (const name of ['manifest.csv', 'plan.yaml']) {
    writeFileSync(join(folder, 'examples/gtsrb', name), '');
  }
  writeFileSync(join(folder, 'apps/cli/dist/main.js'), 'setInterval(() => {}, 1000);');
});
afterEach(async () => {
  if (child.exitCode === null && child.kill()) await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

const readCalls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
const untilCalled = (call) =>
  vi.waitUntil(() => readCalls().includes(call), { timeout: 30_000, interval: 20 });

/** Starts the test in a process group, as a shell does. */
function start({ toolsDo = '', kubectlDoes = 'exec sleep 600', left = '' } = {}) {
  writeFileSync(join(folder, 'calls'), '');
  const args = [
    'deploy/test-cluster/test.mjs',
    '--tools',
    join(folder, 'tools'),
    '--image',
    'none',
  ];
  child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      TMPDIR: join(folder, 'tmp'),
      CALLS: join(folder, 'calls'),
      NETWORKS: join(folder, 'networks'),
      TOOLS_DO: toolsDo,
      KUBECTL_DOES: kubectlDoes,
      LEFT: left,
    },
  });
  output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
}

/** A terminal's Ctrl-C reaches all processes of the group. */
const tellGroup = (signal) => process.kill(-child.pid, signal);

/** Waits for its end. Nothing that it started is there any longer. */
async function expectEnd(code, calls) {
  expect(await once(child, 'close')).toEqual([code, null]);
  expect(readCalls().filter((call) => !call.startsWith('daemon'))).toEqual(calls);
  expect(readdirSync(join(folder, 'networks'))).toEqual([]);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  const daemon = readCalls().find((call) => call.startsWith('daemon'));
  if (daemon === undefined) return;
  // A machine's first process may take a second to see that it has ended.
  await vi.waitUntil(() => !isThere(Number(daemon.split(' ')[1])), { timeout: 10_000 });
}

function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const untilDown = ['tools', 'up begins', 'up ends', 'kubectl', 'down begins', 'down ends'];

const ended = '   41 etcd            Zs';
const goesOn = '   42 etcd            Ssl';

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('takes the cluster down once, whole, where %s comes twice', async (signal, code) => {
  start({ left: ended });
  await untilCalled('kubectl');
  tellGroup(signal);
  await untilCalled('down begins');
  tellGroup(signal);
  await expectEnd(code, untilDown);
  expect(output).toContain('the machine is as it was');
});

it('takes nothing down where nothing was begun', async () => {
  start({ toolsDo: 'exec sleep 600' });
  await untilCalled('tools');
  tellGroup('SIGINT');
  await expectEnd(130, ['tools']);
});

it('kills what does not end when it is told to', async () => {
  start({ kubectlDoes: 'trap "" TERM; while :; do sleep 1; done' });
  await untilCalled('kubectl');
  tellGroup('SIGINT');
  await expectEnd(130, untilDown);
});

it('takes the cluster down where a step fails, and says what is left', async () => {
  start({ kubectlDoes: 'exit 1', left: goesOn });
  await expectEnd(1, [
    'tools',
    'up begins',
    'up ends',
    'kubectl',
    'kubectl',
    'down begins',
    'down ends',
  ]);
  expect(output).toContain('something is left:\n   42 etcd\n');
});
