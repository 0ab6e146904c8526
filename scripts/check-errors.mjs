// Holds errors against gRPC's own clients in Python and Go: over a socket both must read the message, the
// reason, the service, the delay and every violation of each kind of fault.
//
//   node scripts/check-errors.mjs PYTHON GO     # an interpreter with grpcio and grpcio-status; Go 1.19 or newer
//
// Needs a built repository. Exits with 1 if a client reads anything else, or cannot read.
import { deepStrictEqual } from 'node:assert';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Fault } from '../libs/fault/dist/index.js';
import { defineService, startServer } from '../libs/service-kit/dist/index.js';
import { ControllerServiceDefinition } from '../proto/dist/holdfast/controller/v1/controller.js';

const [python, go] = process.argv.slice(2);
if (go === undefined) {
  console.error('usage: node scripts/check-errors.mjs PYTHON GO');
  process.exit(1);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const service = ControllerServiceDefinition.fullName;
const token = 'secret';

const violations = [
  { field: 'protected[2].tolerance', description: 'must be below 1' },
  { field: '', description: '限 and 100 %' },
];
const many = Array.from({ length: 5000 }, (_, i) => ({ field: `[${i}]`, description: 'is wrong' }));

/** What the server throws, and what both clients must read. */
const cases = [
  [new Fault('invalid', 'two lines:\nnäh 🚗 100 % ', { violations }), 3, 'INVALID'],
  [new Fault('not-found', 'no such run'), 5, 'NOT_FOUND'],
  [new Fault('not-open', 'the run is not open'), 5, 'RUN_NOT_OPEN'],
  [new Fault('precondition', 'close it first'), 9, 'PRECONDITION'],
  [new Fault('not-retained', 'encode it again'), 9, 'BATCH_NOT_RETAINED'],
  [new Fault('out-of-step', 'step 3 is next'), 9, 'OUT_OF_STEP'],
  [new Fault('aborted', 'two writers'), 10, 'ABORTED'],
  [new Fault('diverged', 'NaN'), 10, 'DIVERGED'],
  [new Fault('exhausted', 'too large'), 8, 'EXHAUSTED'],
  [new Fault('exhausted', 'full', { violations, retryAfterMs: 1500 }), 8, 'EXHAUSTED'],
  [new Fault('disk-full', 'no room is left'), 8, 'DISK_FULL'],
  [new Fault('unavailable', 'starting'), 14, 'UNAVAILABLE'],
  [new Fault('cancelled', 'stopped'), 1, 'CANCELLED'],
  [new Fault('internal', 'a broken invariant'), 13, 'INTERNAL'],
  // The most that a status carries: both must take its headers.
  [new Fault('invalid', '限'.repeat(3000), { violations: many }), 3, 'INVALID'],
];

/** One line of JSON for each call, as gRPC's client in another language reads its error. */
async function readErrors([program, ...args], { address, token, calls }) {
  const { stdout } = await promisify(execFile)(program, [...args, address, token, ...calls], {
    cwd: `${here}read-errors`,
    maxBuffer: 2 ** 24,
  });
  return stdout.trim().split('\n').map(JSON.parse);
}

/** An error of a call of GetRun as both clients print it. */
function describe(message, code, reason, { retryAfterMs, violations = [] } = {}) {
  return {
    ...{ code, message, reason, domain: 'holdfast', metadata: { service, method: 'GetRun' } },
    ...(retryAfterMs !== undefined && { retryMs: retryAfterMs }),
    ...(violations.length > 0 && { violations }),
  };
}

/** The violations that fitted, of which the last says how many did not. */
function cut(all, read) {
  if (all.length < 100) return all;
  const kept = Math.max(read.length - 1, 100);
  return [...all.slice(0, kept), { field: '', description: `and ${all.length - kept} more` }];
}

const refuse = ({ runId }) => {
  throw cases[Number(runId)][0];
};
const methods = Object.keys(ControllerServiceDefinition.methods);
const implementation = Object.fromEntries(methods.map((method) => [method, refuse]));
const server = await startServer({
  services: [defineService(ControllerServiceDefinition, implementation)],
  token,
});
try {
  const { address } = server;
  const calls = cases.map((_, index) => `/${service}/GetRun:${index}`);
  for (const client of [
    [python, `${here}read-errors.py`],
    [go, 'run', '.'],
  ]) {
    // A method that is not there is refused by the transport, which knows no details.
    const all = [...calls, `/${service}/Nothing:`];
    const read = await readErrors(client, { address, token, calls: all });
    const { code, reason } = read.pop();
    deepStrictEqual({ code, reason }, { code: 12, reason: undefined });
    const expected = cases.map(([fault, code, reason], index) => {
      const message = index === cases.length - 1 ? `${'限'.repeat(227)}...` : fault.message;
      const fitting = cut(fault.violations, read[index].violations ?? []);
      const { retryAfterMs } = fault;
      return describe(message, code, reason, { retryAfterMs, violations: fitting });
    });
    deepStrictEqual(read, expected);
    const [refused] = await readErrors(client, {
      address,
      token: 'wrong',
      calls: calls.slice(0, 1),
    });
    deepStrictEqual(refused, describe(refused.message, 16, 'UNAUTHENTICATED'));
    console.log(`${client[0]} reads ${read.length + 1} errors with message, reason and details`);
  }
} finally {
  await server.close();
}
