import { readFile } from 'node:fs/promises';

const page = new URL('../../../../docs/monitoring.md', import.meta.url);

/** The page on monitoring, and the alerting rules in it. */
export async function readMonitoring(): Promise<{ readonly text: string; readonly rules: string }> {
  const text = await readFile(page, 'utf8');
  const rules = text.match(/```yaml\n(groups:[\s\S]*?)```/)?.[1];
  if (rules === undefined) throw new Error('the page has no rules');
  return { text, rules };
}
