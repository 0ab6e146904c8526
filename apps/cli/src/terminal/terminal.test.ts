import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** How a program ends that writes lines of results and of progress, and then says 2. */
function endOf(redirected: string): number | null {
  const built = new URL('../../dist/terminal/terminal.js', import.meta.url).href;
  const program = `
    import { createTerminal } from '${built}';
    const { output, progress } = createTerminal();
    for (let i = 0; i < 20; i += 1) {
      output.write('line\\n');
      progress.write('step\\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.exitCode = 2;`;
  const script = `"$0" --input-type=module -e "$1" ${redirected}; exit \${PIPESTATUS[0]}`;
  return spawnSync('bash', ['-c', script, process.execPath, program]).status;
}

it.runIf(process.platform !== 'win32')('ends by who reads to the end', () => {
  expect(endOf('2>/dev/null | cat')).toBe(2);
  // Nobody has to follow progress; results that are left are somebody's loss.
  expect(endOf('2>&1 >/dev/null | true')).toBe(2);
  expect(endOf('2>/dev/null | true')).toBe(141);
});
