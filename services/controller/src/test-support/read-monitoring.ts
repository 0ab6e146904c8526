import { readFile } from 'node:fs/promises';

const root = new URL('../../../../', import.meta.url);
const files = new URL('deploy/helm/holdfast/files/', root);

/** The page on monitoring, the alerting rules, and the queries of the dashboard. */
export async function readMonitoring(): Promise<{
  readonly text: string;
  readonly rules: string;
  readonly queries: readonly string[];
}> {
  const text = await readFile(new URL('docs/monitoring.md', root), 'utf8');
  const rules = await readFile(new URL('alerts.yaml', files), 'utf8');
  const { panels } = JSON.parse(await readFile(new URL('dashboard.json', files), 'utf8'));
  const queries = panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
    targets.map(({ expr }) => expr),
  );
  return { text, rules, queries };
}
