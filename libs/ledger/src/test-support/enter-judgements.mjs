// A process of its own that enters judgements at 0.01 each until it is refused or done.
import { createHash } from 'node:crypto';
import { describeJudgedData, openLedger } from '../../dist/index.js';

const [path, name, count] = process.argv.slice(2);
const hash = (text) => createHash('sha256').update(text).digest('hex');
const ledger = await openLedger(
  path,
  describeJudgedData([{ sha256: hash('a'), label: 'stop', group: 'a' }]),
);
for (let i = 0; i < Number(count); i += 1) {
  const judgement = { key: hash(`${name} ${i}`), level: 0.01, candidate: name, command: 'test' };
  const models = { reference: hash('old'), plan: hash('plan') };
  await ledger.enter({ ...judgement, ...models }, 0.05).catch(() => {});
}
