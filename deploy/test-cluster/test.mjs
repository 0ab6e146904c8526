// Runs the steps of the test on this machine, and leaves the machine as it was, also where it is told to end before.
// Needs Linux, root, and registries of packages.
//
//   npm run test:cluster -- [--tools FOLDER] [--image FILE] [--steps N]
//
// FOLDER keeps what was built for the next time. FILE is an image that build-image.sh wrote; without it the image is built.
// A machine that does much else takes longer for a step, and needs fewer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, say, state } from './cluster.mjs';

/** The exit code of the first signal. Further ones change nothing. */
const told = new Promise((resolve) => {
  process.on('SIGINT', () => resolve(130));
  process.on('SIGTERM', () => resolve(143));
  // The terminal is gone: what is said to it has nobody to read it.
  process.on('SIGHUP', () => {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
    resolve(129);
  });
});

/** Ends all processes of a group. Who takes longer than five seconds is killed. */
async function endGroup(leader) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(-leader, tries === 0 ? 'SIGTERM' : tries < 50 ? 0 : 'SIGKILL');
    } catch {
      return; // None is left.
    }
    await sleep(100);
  }
}

// Apart, because the steps wait for most commands without hearing a signal, and a terminal's Ctrl-C would end these one by one.
const args = [
  join(import.meta.dirname, 'steps.mjs'),
  ...process.argv.slice(2),
  ...['--state', state],
];
const steps = spawn(process.execPath, args, {
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit'],
});
const ended = once(steps, 'exit').then(([code]) => code ?? 1);
told.then(() => say('told to end: takes down what was started'));
let code = await Promise.race([told, ended]);
await endGroup(steps.pid);
try {
  down();
} catch (error) {
  console.error(error);
  code ||= 1;
}
process.exitCode = code;
