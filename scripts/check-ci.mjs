// Tries what deploy/ci has for pipelines: the action is valid and its gate ends as it says, for a model that is released, for
// one that is not, under a tolerance that few photographs cannot rule out, and for none; GitLab's job is valid and does the same.
//
//   node scripts/check-ci.mjs [ACTIONLINT]     # the program; without it the workflow of docs/platforms/ci.md is not linted
//
// Needs a built repository, and npm's registry for two tools. Exits with 1 if anything is wrong.
import { ok, strictEqual } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { writeSignsPlan } from './write-signs-plan.mjs';

const [actionlint] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const program = `node ${join(root, 'apps/cli/bin/holdfast.mjs')}`;
const model = join(root, 'examples/gtsrb/model');
const other = join(root, 'libs/testing/golden/gtsrb-speed80');
const strict = '--tolerance 0.05';
const folder = mkdtempSync(join(tmpdir(), 'holdfast-ci-'));
try {
  // Which rule out a drop of a quarter, and no smaller one.
  writeSignsPlan(folder, { gate: { tolerance: 0.25, judgementsMax: 20 } });
  checkAction();
  checkGitlab();
  console.log('the templates of deploy/ci gate as they say');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function checkAction() {
  const path = join(root, 'deploy/ci/gate/action.yml');
  npx('@action-validator/cli@0.6.0', [path]);
  const action = parse(readFileSync(path, 'utf8'));
  const { run, env } = action.runs.steps.find(({ id }) => id === 'gate');
  for (const [name, expected] of Object.entries({ NEW: 'inputs.new', TASKS: 'inputs.tasks' })) {
    strictEqual(env[name], `\${{ ${expected} }}`);
  }
  for (const [candidate, argv, code, outcome] of [
    [other, '', 0, 'RELEASED'],
    [other, strict, 2, 'NOT_RELEASED'],
    [join(folder, 'none'), '', 1, 'FAILED'],
  ]) {
    const [output, summary] = ['output', 'summary'].map((name) => join(folder, `${name}-${code}`));
    const { status } = spawnSync('bash', ['-c', run], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...{ GITHUB_ACTION_PATH: join(root, 'deploy/ci/gate'), GITHUB_OUTPUT: output },
        ...{ GITHUB_STEP_SUMMARY: summary, OLD: model, NEW: candidate, TASKS: 'plan.yaml' },
        ...{ HOLDFAST: program, ARGUMENTS: argv },
      },
    });
    strictEqual(status, code);
    strictEqual(readFileSync(output, 'utf8'), `outcome=${outcome}\n`);
    if (code === 1) continue;
    ok(readFileSync(summary, 'utf8').includes('| road work |'));
    ok(readFileSync(join(folder, 'holdfast-gate/report.html'), 'utf8').length > 0);
  }
  if (actionlint === undefined) return;
  const page = readFileSync(join(root, 'docs/platforms/ci.md'), 'utf8');
  const [, workflow] = /```yaml\n(on: pull_request[\s\S]*?)```/.exec(page);
  // Where it finds the action, its inputs are checked, too.
  const repository = join(folder, 'repository');
  mkdirSync(join(repository, '.github/workflows'), { recursive: true });
  cpSync(join(root, 'deploy/ci'), join(repository, 'deploy/ci'), { recursive: true });
  execFileSync('git', ['init', '--quiet'], { cwd: repository });
  const local = workflow.replace('OWNER/holdfast/deploy/ci/gate@v0.1.0', './deploy/ci/gate');
  ok(local !== workflow);
  writeFileSync(join(repository, '.github/workflows/gate.yml'), local);
  execFileSync(actionlint, ['-color'], { cwd: repository, stdio: 'inherit' });
}

function checkGitlab() {
  const repository = join(folder, 'gitlab');
  mkdirSync(repository);
  for (const name of ['plan.yaml', 'signs.csv']) cpSync(join(folder, name), join(repository, name));
  cpSync(join(root, 'deploy/ci/gitlab.yml'), join(repository, 'gitlab.yml'));
  const job = (argv) => ({
    extends: '.holdfast-gate',
    variables: { OLD: model, NEW: other, TASKS: 'plan.yaml', HOLDFAST: program, ARGUMENTS: argv },
    rules: [{ when: 'always' }],
  });
  const pipeline = { include: [{ local: 'gitlab.yml' }], loose: job(''), strict: job(strict) };
  writeFileSync(join(repository, '.gitlab-ci.yml'), JSON.stringify(pipeline));
  const git = (...argv) => execFileSync('git', argv, { cwd: repository });
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', 'git@gitlab.example:group/project.git');
  git('add', '.');
  git('-c', 'user.name=ci', '-c', 'user.email=ci@example.com', 'commit', '--quiet', '-m', 'Begin');
  for (const [name, isReleased] of Object.entries({ loose: true, strict: false })) {
    const { status } = npx('gitlab-ci-local@4.65.0', ['--force-shell-executor', name], {
      cwd: repository,
      mayFail: true,
    });
    strictEqual(status === 0, isReleased, `GitLab's job ${name} ended with ${status}`);
    const summary = join(repository, 'holdfast-gate/summary.md');
    ok(readFileSync(summary, 'utf8').includes(isReleased ? 'Released' : 'Not released'));
    rmSync(join(repository, 'holdfast-gate'), { recursive: true, force: true });
  }
}

/** Runs a tool of npm's registry. */
function npx(tool, argv, { cwd = root, mayFail = false } = {}) {
  const done = spawnSync('npx', ['--yes', tool, ...argv], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  ok(mayFail || done.status === 0, `${tool} ended with ${done.status}`);
  return done;
}
