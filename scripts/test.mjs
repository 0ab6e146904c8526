// Installs, builds, lints and runs every test, with one coverage report over libs/*/src.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runTarget, setup } from './setup.mjs';

setup();
runTarget('build');
run('npm', ['run', '--silent', 'lint']);
// Tests leave models and runs behind, gigabytes of them, and those that are killed must: they go with this folder.
const temporary = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
// `npm test -- some.test.ts` runs a part, whose coverage says nothing.
const selected = process.argv.slice(2);
run('npx', ['vitest', 'run', ...(selected.length === 0 ? ['--coverage'] : selected)], {
  env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary },
});
