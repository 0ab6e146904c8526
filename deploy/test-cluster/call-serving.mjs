// Calls a serving encoder from four places at once, one call after the other, until it is told to end, and says what came of it.
//
//   node deploy/test-cluster/call-serving.mjs ADDRESS SERVER-NAME AUTHORITY-FILE TOKEN-FILE MODEL
//
// No call is repeated: one that is cut off counts as failed.
import { readFileSync } from 'node:fs';
import { createRemoteClient } from '../../libs/service-kit/dist/index.js';
import { ServingServiceDefinition } from '../../proto/dist/holdfast/serving/v1/serving.js';

const [address, serverName, authority, tokenFile, model] = process.argv.slice(2);
const request = { model, texts: { texts: ['a photo of a stop sign.', 'a photo of a truck.'] } };
const outcome = { answered: 0, failures: [] };
let ends = false;
process.on('SIGTERM', () => {
  ends = true;
});

async function call() {
  const { client, close } = createRemoteClient(ServingServiceDefinition, {
    address,
    serverName,
    tls: { authority: readFileSync(authority) },
    token: readFileSync(tokenFile, 'utf8').trim(),
    attemptsMax: 1,
  });
  while (!ends) {
    try {
      await client.embed(request);
      outcome.answered++;
    } catch (error) {
      outcome.failures.push(error.message);
    }
  }
  close();
}

await Promise.all([call(), call(), call(), call()]);
console.log(JSON.stringify(outcome));
