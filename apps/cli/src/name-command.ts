import type { Environment } from './terminal/terminal.js';

/** How a person calls this program: through npx where npm started it, else by its name. */
export function nameCommand({ npm_command }: Pick<Environment, 'npm_command'>): string {
  return npm_command === 'exec' || npm_command === 'run-script' ? 'npx holdfast' : 'holdfast';
}
