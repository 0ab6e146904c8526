import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeProcess, isProcessGone } from './process-identity.js';

const hideOthers = 'mount -t proc -o hidepid=2 proc /proc';
const mayHide = spawnSync('unshare', ['-m', 'sh', '-c', hideOthers]).status === 0;

/** What a process of another user says, whose /proc shows its own processes alone. */
function askStranger(text: string): string {
  const index = new URL('../../dist/index.js', import.meta.url).href;
  const program = `import { isProcessGone } from '${index}'; console.log(await isProcessGone(process.argv[1]))`;
  const user = 'setpriv --reuid 65534 --regid 65534 --clear-groups';
  const command = `${hideOthers} && exec ${user} "$0" --input-type=module -e "$1" "$2"`;
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
  expect(askStranger(await describeProcess())).toBe('false');
  expect(askStranger(await describeEnded())).toBe('true');
});
