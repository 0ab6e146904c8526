const lengthMax = 150;

/**
 * Names of tasks as parts of metrics' names: what MLflow refuses there is `_`, and two that become the same are told
 * apart by their place, from 0.
 */
export function nameTasks(tasks: readonly string[]): string[] {
  const names = tasks.map(nameTask);
  return names.map((name, index) => (names.indexOf(name) === index ? name : `${name}-${index}`));
}

/** A class's name as a part of a metric's name. */
export function nameTask(task: string): string {
  const name = task.replaceAll(/[^\p{L}\p{N}_\-. ]/gu, '_').slice(0, lengthMax);
  // Such a part would be a folder above.
  return /^\.*$/.test(name) ? name.replaceAll('.', '_') || '_' : name;
}
