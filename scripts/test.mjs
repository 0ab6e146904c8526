// Installs, builds, lints and runs every test, with one coverage report over libs/*/src.
import { run, runTarget, setup } from './setup.mjs';

setup();
runTarget('build');
run('npm', ['run', '--silent', 'lint']);
run('npx', ['vitest', 'run', '--coverage', ...process.argv.slice(2)]);
