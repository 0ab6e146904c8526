// Installs, builds, lints and runs every test, with one coverage report over libs/*/src.
import { run, runTarget, setup } from './setup.mjs';

setup();
runTarget('build');
run('npm', ['run', '--silent', 'lint']);
// `npm test -- some.test.ts` runs a part, whose coverage says nothing.
const selected = process.argv.slice(2);
run('npx', ['vitest', 'run', ...(selected.length === 0 ? ['--coverage'] : selected)]);
