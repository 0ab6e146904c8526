import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { findBreaches } from './find-breaches.mjs';

const roots = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A workspace on disk: each package's folder with its tags, what it needs, and its sources. */
function writeWorkspace(packages) {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-layers-'));
  roots.push(root);
  for (const [folder, { tags, needs = [], testNeeds = [], sources = {} }] of Object.entries(
    packages,
  )) {
    const versions = (names) => Object.fromEntries(names.map((name) => [name, '0.1.0']));
    const files = {
      'package.json': JSON.stringify({
        name: `@house/${folder.split('/').at(-1)}`,
        dependencies: versions(needs),
        devDependencies: versions(testNeeds),
        nx: { tags },
      }),
      // So that nothing is needed in vain.
      'src/needs.ts': needs.map((name) => `import '${name}';\n`).join(''),
      'src/needs.test.ts': testNeeds.map((name) => `import '${name}';\n`).join(''),
      ...Object.fromEntries(Object.entries(sources).map(([file, text]) => [`src/${file}`, text])),
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, folder, file)), { recursive: true });
      writeFileSync(join(root, folder, file), text);
    }
  }
  return root;
}

const pure = ['layer:lib', 'kind:pure'];
const io = ['layer:lib', 'kind:io'];

it('finds none in this repository', () => {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  expect(findBreaches(root)).toEqual([]);
});

it('finds none where every arrow points down', () => {
  const root = writeWorkspace({
    proto: { tags: ['layer:proto'] },
    'libs/sums': { tags: pure },
    'libs/files': { tags: io, needs: ['@house/sums', '@house/proto', 'zod'] },
    'services/judge': {
      tags: ['layer:service'],
      needs: ['@house/files'],
      testNeeds: ['@house/trainer', '@house/together'],
      sources: { 'judge.test.ts': "import { train } from '@house/trainer';\n" },
    },
    'services/trainer': { tags: ['layer:service'], needs: ['@house/files'] },
    'apps/together': { tags: ['layer:host'], needs: ['@house/trainer'] },
    'apps/program': { tags: ['layer:app'], needs: ['@house/judge', '@house/together'] },
  });
  expect(findBreaches(root)).toEqual([]);
});

it('guards a new package from its first line, also one without tags', () => {
  const root = writeWorkspace({ 'libs/new': { tags: undefined }, 'libs/half': { tags: io } });
  expect(findBreaches(root)).toEqual([
    'libs/new/package.json: nx.tags has no layer:proto, layer:lib, layer:service, layer:host, layer:app',
  ]);
});

it.each([
  ['a type', "import type { Open } from '@house/files';", 1],
  ['names over several lines', "import {\n  open,\n  type Read,\n} from '@house/files';", 4],
  ['a part of a package', "import { open } from '@house/files/open';", 1],
  ['what is passed on', "\nexport * from '@house/files';", 2],
  ['what is imported later', "const files = await import('@house/files');", 1],
  ['what has no name', "import '@house/files';", 1],
])('finds an import of the other kind: %s', (_, text, line) => {
  const root = writeWorkspace({
    'libs/sums': { tags: pure, sources: { 'sums.ts': text } },
    'libs/files': { tags: io },
  });
  const [specifier] = /@house[\w/]+/.exec(text);
  expect(findBreaches(root)).toEqual([
    `libs/sums/src/sums.ts:${line}: ${specifier}: kind:pure imports only kind:pure`,
  ]);
});

it('takes no text that speaks of imports for one', () => {
  const root = writeWorkspace({
    'libs/sums': {
      tags: pure,
      sources: {
        'sums.ts': "/** Does not import from 'zod'. */\nexport const from = 'node:fs';\n",
      },
    },
  });
  expect(findBreaches(root)).toEqual([]);
});

it.each([
  [
    'libraries import no service',
    'libs/files',
    io,
    '@house/judge',
    'lib does not import layer:service',
  ],
  [
    'services no app',
    'services/trainer',
    ['layer:service'],
    '@house/program',
    'service does not import layer:app',
  ],
  [
    'services no other',
    'services/trainer',
    ['layer:service'],
    '@house/judge',
    'service does not import layer:service',
  ],
])('finds that %s', (_, folder, tags, needed, rule) => {
  const root = writeWorkspace({
    'services/judge': { tags: ['layer:service'] },
    'apps/program': { tags: ['layer:app'] },
    [folder]: { tags, sources: { 'main.ts': `import { x } from '${needed}';` } },
  });
  expect(findBreaches(root)).toEqual([`${folder}/src/main.ts:1: ${needed}: layer:${rule}`]);
});

it('finds evaluation that shares code with training, also through others and before a line is written', () => {
  const root = writeWorkspace({
    'libs/gate': { tags: [...pure, 'side:evaluation'], needs: ['@house/sums'] },
    'libs/sums': { tags: pure, needs: ['@house/weights'] },
    'libs/weights': { tags: [...pure, 'side:training'] },
    'services/judge': {
      tags: ['layer:service', 'side:evaluation'],
      testNeeds: ['@house/weights'],
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/gate/package.json: @house/gate -> @house/sums -> @house/weights: evaluation shares no code with training',
  ]);
});

it('finds what a pure library takes from outside the workspace', () => {
  const root = writeWorkspace({
    'libs/sums': {
      tags: pure,
      sources: {
        'sums.ts': "import { readFileSync } from 'node:fs';",
        'sums.test.ts': "import { readFileSync } from 'node:fs';",
      },
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/sums/src/sums.ts:1: node:fs: kind:pure imports only kind:pure',
  ]);
});

it("finds tests' code and devDependencies outside tests", () => {
  const root = writeWorkspace({
    'libs/checks': {
      tags: ['layer:lib', 'kind:test'],
      testNeeds: ['vitest'],
      sources: { 'check.ts': "import { expect } from 'vitest';" },
    },
    'libs/writing': { tags: io },
    'libs/files': {
      tags: io,
      needs: ['@house/writing'],
      testNeeds: ['@house/checks', 'fast-check'],
      sources: {
        'a.ts': "import { check } from '@house/checks';",
        'b.ts': "import { write } from './test-support/write.js';",
        'c.ts': "import fc from 'fast-check';",
        'd.ts': "import { write } from '@house/writing/test-support';",
        'test-support/write.ts': "import { check } from '@house/checks';",
      },
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/files/src/a.ts:1: @house/checks: only tests import kind:test',
    "libs/files/src/b.ts:1: ./test-support/write.js: only tests import tests' code",
    'libs/files/src/c.ts:1: fast-check: only tests import devDependencies',
    "libs/files/src/d.ts:1: @house/writing/test-support: only tests import tests' code",
  ]);
});

it('finds paths into another package, and a package that imports itself by name', () => {
  const root = writeWorkspace({
    'libs/files': {
      tags: io,
      sources: {
        'a.ts': "import { sum } from '../../sums/src/sums.js';",
        'b/b.ts': "import { a } from '@house/files';",
      },
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/files/src/a.ts:1: ../../sums/src/sums.js: a path stays in its package',
    'libs/files/src/b/b.ts:1: @house/files: a package imports itself by paths',
  ]);
});

it('finds a need that nothing imports', () => {
  const root = writeWorkspace({
    'libs/a': { tags: pure },
    'libs/b': { tags: pure, needs: ['@house/a'], sources: { 'needs.ts': '' } },
  });
  expect(findBreaches(root)).toEqual(['libs/b/package.json: @house/a: nothing imports it']);
});

it("finds a circle of packages, also through tests' needs", () => {
  const root = writeWorkspace({
    'libs/a': { tags: pure, needs: ['@house/b'] },
    'libs/b': { tags: pure, testNeeds: ['@house/c'] },
    'libs/c': { tags: pure, needs: ['@house/b'] },
  });
  expect(findBreaches(root)).toEqual(['package.json: a circle: @house/b -> @house/c -> @house/b']);
});

it('finds folders of a package that need one another', () => {
  const root = writeWorkspace({
    'libs/house': {
      tags: pure,
      sources: {
        'index.ts': "import './kitchen/table.js';\n",
        'kitchen/table.ts': "import '../walls.js';\nimport './drawer/spoon.js';\n",
        'kitchen/drawer/spoon.ts': "import '../plate.js';\nimport '../../hall/door.js';\n",
        'hall/door.ts': "import '../garden/tree.js';\n",
        'garden/path.ts': "export type { Spoon } from '../kitchen/drawer/spoon.js';\n",
        'garden/path.test.ts': "import '../hall/door.js';\n",
      },
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/house: a circle of folders: src/garden -> src/kitchen/drawer -> src/hall -> src/garden',
  ]);
});

it('finds files that need one another, also by their types', () => {
  const root = writeWorkspace({
    'libs/house': {
      tags: pure,
      sources: {
        'door.ts': "import { hinge } from './hinge.js';\n",
        'hinge.ts': "import type { Door } from './door.js';\n",
      },
    },
  });
  expect(findBreaches(root)).toEqual([
    'libs/house: a circle of files: src/door.js -> src/hinge.js -> src/door.js',
  ]);
});
