/** The values of a plan by the names of their fields, `training.steps`; lists are JSON. */
export function flattenPlan(value: unknown, field = ''): [string, string][] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [[field, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[field, JSON.stringify(value)]];
  }
  return Object.entries(value).flatMap(([key, child]) =>
    flattenPlan(child, field === '' ? key : `${field}.${key}`),
  );
}
