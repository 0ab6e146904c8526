import { spawnSync } from 'node:child_process';

/**
 * Whether metrics can be held against Prometheus's own rules: with promtool, or where tools are required, so that a
 * machine that must run every test fails without it.
 */
export const hasPromtool =
  spawnSync('promtool', ['--version']).status === 0 || 'HOLDFAST_REQUIRE_TOOLS' in process.env;

/** What promtool has to say, nothing where all is well, and how it ended. */
export function runPromtool(
  args: readonly string[],
  input = '',
): { readonly said: string; readonly code: number | null } {
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const { error, stdout, stderr, status } = spawnSync('promtool', args, options);
  if (error !== undefined) throw error;
  return { said: `${stdout}${stderr}`.trim(), code: status };
}

/** What `promtool check metrics` has to say of an exposition; empty: nothing. */
export function checkMetrics(exposition: string): string {
  const { said, code } = runPromtool(['check', 'metrics'], exposition);
  return code === 0 ? said : `${said} (ended with ${code})`;
}
