// What each layer may import. The order is docs/architecture.md's: proto <- libs <- services <- host <- apps.
const below = new Map([
  ['proto', []],
  ['lib', ['proto', 'lib']],
  ['service', ['proto', 'lib']],
  ['host', ['proto', 'lib', 'service']],
  ['app', ['proto', 'lib', 'service', 'host']],
]);

/** The value of a package's tag: `lib` for the name `layer` where package.json has `layer:lib`. */
export function tagOf({ manifest }, name) {
  const tag = manifest.nx?.tags?.find((candidate) => candidate.startsWith(`${name}:`));
  return tag?.slice(name.length + 1);
}

/** Why a package's tags say too little to guard it, or undefined. */
export function refuseTags(from) {
  const layer = tagOf(from, 'layer');
  if (!below.has(layer)) return `nx.tags has no layer:${[...below.keys()].join(', layer:')}`;
  if (layer === 'lib' && !['pure', 'io', 'test'].includes(tagOf(from, 'kind'))) {
    return 'nx.tags has no kind:pure, kind:io or kind:test';
  }
  return undefined;
}

/**
 * Why a package may not import another one of the workspace, or undefined if it may.
 *
 * @param from the package that imports
 * @param to the package that is imported
 * @param inTest whether only tests import it: they may use packages of the other kind, and those of
 *   services other services and what hosts them
 */
export function refusePackage(from, to, inTest) {
  if (from === to) return 'a package imports itself by paths';
  const [layer, other] = [tagOf(from, 'layer'), tagOf(to, 'layer')];
  const hosted = inTest && layer === 'service' && ['service', 'host'].includes(other);
  if (!below.get(layer).includes(other) && !hosted) {
    return `layer:${layer} does not import layer:${other}`;
  }
  if (inTest) return undefined;
  if (tagOf(to, 'kind') === 'test' && tagOf(from, 'kind') !== 'test') {
    return 'only tests import kind:test';
  }
  if (tagOf(from, 'kind') === 'pure' && tagOf(to, 'kind') !== 'pure') {
    return 'kind:pure imports only kind:pure';
  }
  return undefined;
}

/** Why a package may not import what is not of the workspace (`node:fs`, `zod`), or undefined. */
export function refuseForeign(from, inTest) {
  if (inTest || tagOf(from, 'kind') !== 'pure') return undefined;
  return 'kind:pure imports only kind:pure';
}
