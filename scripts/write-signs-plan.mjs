// Writes a plan over few of the shipped photographs of traffic signs, for what checks it from outside.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const example = fileURLToPath(new URL('../examples/gtsrb', import.meta.url));
const labels = ['speed limit 80', 'road work', 'no passing'];
const roles = ['target', 'protected', 'steering', 'validation'];

/**
 * Writes `plan.yaml` and `signs.csv`: three classes with 30 photographs in each role, each a group of its own.
 *
 * @param sections of the plan, beside what every plan needs
 */
export function writeSignsPlan(folder, sections) {
  const lines = readFileSync(join(example, 'manifest.csv'), 'utf8').split('\n');
  const rows = lines.map((line) => line.split(','));
  const chosen = labels.flatMap((label) =>
    roles.flatMap((role) => rows.filter((row) => row[1] === label && row[3] === role).slice(0, 30)),
  );
  const manifest = chosen.map(([image, label, , role]) => `${image},${label},${role}`);
  writeFileSync(join(folder, 'signs.csv'), ['path,label,role', ...manifest].join('\n'));
  const plan = {
    ...{ model: join(example, 'model'), target: { class: 'speed limit 80' } },
    data: { root: example, manifest: 'signs.csv' },
    prompts: { templates: ['a photo of a {} sign.'] },
    engine: { threads: 1 },
    ...sections,
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'plan.yaml'), JSON.stringify(plan));
}
