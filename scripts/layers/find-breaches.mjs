import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readPackages } from '../read-packages.mjs';
import { drawFiles, drawFolders } from './draw-inside.mjs';
import { findCircle } from './find-circle.mjs';
import { findWay } from './find-way.mjs';
import { listImports } from './list-imports.mjs';
import { refuseForeign, refusePackage, refuseTags, tagOf } from './refuse-import.mjs';

/** Whether a path is of code that only tests use. */
const isTest = (path) => /\.test\.m?[jt]s$|\/test-support\//.test(path);

/**
 * Every import that crosses a layer, in the packages' sources and in their package.json, what
 * nothing imports, circles of packages, of a package's folders and of its files, and evaluation that needs training. Layers
 * are the tags of each package.json (`nx.tags`).
 *
 * @param root the workspace's folder
 * @returns one line for each: where, what, and the rule
 */
export function findBreaches(root) {
  const packages = readPackages(root);
  const untagged = packages.flatMap((from) => {
    const reason = refuseTags(from);
    return reason === undefined ? [] : [`${from.folder}/package.json: ${reason}`];
  });
  if (untagged.length > 0) return untagged;
  const byName = new Map(packages.map((one) => [one.manifest.name, one]));
  const breaches = packages.flatMap((from) => {
    const uses = listUses(root, from);
    const refused = uses.flatMap(({ where, specifier, ...use }) => {
      const reason = refuse(from, { specifier, ...use }, byName);
      return reason === undefined ? [] : [`${where}: ${specifier}: ${reason}`];
    });
    return [...refused, ...findUnused(from, uses, byName), ...findInnerCircles(from, uses)];
  });
  const circle = findCircle(drawArrows(packages, listNeeds));
  if (circle !== undefined) breaches.push(`package.json: a circle: ${circle.join(' -> ')}`);
  return [...breaches, ...findMixedSides(packages, byName)];
}

/** A circle of a package's folders and one of its files, as far as there are any. Tests go where they like. */
function findInnerCircles({ folder }, uses) {
  const own = uses.filter(({ path, inTest }) => path && !inTest);
  const circles = { folders: findCircle(drawFolders(own)), files: findCircle(drawFiles(own)) };
  return Object.entries(circles).flatMap(([what, circle]) =>
    circle === undefined ? [] : [`${folder}: a circle of ${what}: ${circle.join(' -> ')}`],
  );
}

/** What of this workspace a package names in its package.json and imports nowhere. */
function findUnused(from, uses, byName) {
  const imported = new Set(uses.filter(({ path }) => path).map((use) => packageOf(use.specifier)));
  return listNeeds(from)
    .filter((name) => byName.has(name) && !imported.has(name))
    .map((name) => `${from.folder}/package.json: ${name}: nothing imports it`);
}

/** Packages of evaluation that share code with training, through whatever other packages. */
function findMixedSides(packages, byName) {
  const arrows = drawArrows(packages, ({ manifest }) => Object.keys(manifest.dependencies ?? {}));
  return packages
    .filter((from) => tagOf(from, 'side') === 'evaluation')
    .flatMap(({ folder, manifest: { name } }) => {
      const way = findWay(arrows, name, (to) => tagOf(byName.get(to), 'side') === 'training');
      if (way === undefined) return [];
      return [
        `${folder}/package.json: ${way.join(' -> ')}: evaluation shares no code with training`,
      ];
    });
}

/** The packages' names to the names, of this workspace, that `list` gives. */
function drawArrows(packages, list) {
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  return new Map(packages.map((one) => [one.manifest.name, list(one).filter((n) => names.has(n))]));
}

/** What a package names in its package.json and imports in its sources; `path` is the file's, in the package. */
function listUses(root, from) {
  const { dependencies = {}, devDependencies = {} } = from.manifest;
  const where = `${from.folder}/package.json`;
  const declared = [
    ...Object.keys(dependencies).map((specifier) => ({ where, specifier, inTest: false })),
    ...Object.keys(devDependencies).map((specifier) => ({ where, specifier, inTest: true })),
  ];
  const imported = listSources(root, from.folder).flatMap((path) =>
    listImports(readFileSync(join(root, from.folder, path), 'utf8')).map(({ specifier, line }) => ({
      where: `${from.folder}/${path}:${line}`,
      specifier,
      inTest: isTest(path),
      path,
    })),
  );
  return [...declared, ...imported];
}

/** The rule that a use breaks, or undefined. */
function refuse(from, { specifier, inTest, path }, byName) {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    if (target.startsWith('../')) return 'a path stays in its package';
    return !inTest && isTest(target) ? "only tests import tests' code" : undefined;
  }
  if (!inTest && isTest(`${specifier}/`)) return "only tests import tests' code";
  const name = packageOf(specifier);
  const to = byName.get(name);
  const reason = to === undefined ? refuseForeign(from, inTest) : refusePackage(from, to, inTest);
  if (reason !== undefined || inTest) return reason;
  // Of a package that only tests use, every need is a test's: installing for production leaves it out.
  if (tagOf(from, 'kind') === 'test') return undefined;
  const { dependencies = {}, devDependencies = {} } = from.manifest;
  const isTestNeed = name in devDependencies && !(name in dependencies);
  return isTestNeed ? 'only tests import devDependencies' : undefined;
}

/** `@holdfast/clip` of `@holdfast/clip/prompts`, `zod` of `zod/mini`. */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function listNeeds({ manifest }) {
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
}

/** Paths of a package's sources, from the package's folder, with slashes. */
function listSources(root, folder) {
  const src = join(root, folder, 'src');
  if (!existsSync(src)) return [];
  return readdirSync(src, { recursive: true })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|mts|mjs|js)$/.test(path))
    .sort();
}
