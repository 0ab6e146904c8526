import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { describeProcess, isProcessGone } from './process-identity.js';

const hideOthers = 'mount -t proc -o hidepid=2 proc /proc';
const mayHide = spawnSync('unshare', ['-m', 'sh', '-c', hideOthers]).status === 0;

/** What a process says whose /proc shows its own user's processes alone: this user without root's capabilities, who can read the program. */
function askConfined(text: string): string {
  const index = new URL('../../dist/index.js', import.meta.url).href;
  const program = `import { isProcessGone } from '${index}'; console.log(await isProcessGone(process.argv[1]))`;
  // Group 0 sees all.
  const confined = 'setpriv --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all';
  const command = `${hideOthers} && exec ${confined} "$0" --input-type=module -e "$1" "$2"`;
  const parameters = ['-m', 'sh', '-c', command, process.execPath, program, text];
  const { stdout, stderr } = spawnSync('unshare', parameters, { encoding: 'utf8' });
  return stdout.trim() || stderr;
}

/** A process that has ended, described as if it had started when this one did. */
async function describeEnded(): Promise<string> {
  const { pid } = spawnSync('true');
  return JSON.stringify({ ...JSON.parse(await describeProcess()), processId: pid });
}

it.runIf(process.platform === 'linux')(
  'knows a process that ended from one that lives',
  async () => {
    expect(await isProcessGone(await describeProcess())).toBe(false);
    expect(await isProcessGone(await describeEnded())).toBe(true);
  },
);

it.runIf(mayHide)('takes no process for gone that the system hides from it', async () => {
  const stranger = spawn('sleep', ['60'], { uid: 65534, gid: 65534 });
  try {
    await once(stranger, 'spawn');
    const hidden = { ...JSON.parse(await describeProcess()), processId: stranger.pid };
    expect(askConfined(JSON.stringify(hidden))).toBe('false');
  } finally {
    stranger.kill();
  }
  expect(askConfined(await describeEnded())).toBe('true');
});
