/**
 * The values of a wire's enum by the names that plans and libraries give them: `PENALTY_SQUARED_HINGE` is `squaredHinge`.
 *
 * What is not set, and what only another release knows, has no name.
 */
export function listEnumNames<Value extends number>(
  values: Readonly<Record<string, Value>>,
  prefix: string,
): ReadonlyMap<string, Value> {
  const named = Object.entries(values).filter(
    ([key]) => key.startsWith(`${prefix}_`) && !key.endsWith('_UNSPECIFIED'),
  );
  return new Map(named.map(([key, value]) => [toCamelCase(key.slice(prefix.length + 1)), value]));
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
