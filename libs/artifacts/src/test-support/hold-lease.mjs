// A process of its own that takes a lease, and says for every line that it reads whether it still holds it.
import { createInterface } from 'node:readline';
import { createFolderLeaseStore, takeLease } from '../../dist/index.js';

const [path, lengthMs] = process.argv.slice(2);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const lease = await takeLease(createFolderLeaseStore(path), { lengthMs: Number(lengthMs) });
if ('holder' in lease) say({ refused: lease.holder.name });
else {
  say({ term: lease.term, processId: process.pid });
  for await (const _ of createInterface({ input: process.stdin })) {
    say(
      await lease.requireHeld().then(
        () => ({ held: true }),
        ({ message }) => ({ message }),
      ),
    );
  }
}
process.exit();
