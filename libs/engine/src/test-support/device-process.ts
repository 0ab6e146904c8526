import type { Accelerator } from '../runtime/execution-provider.js';
import { answerCall, type DeviceCall } from './device-calls.js';

const provider = process.argv[2] as Accelerator;

// The entry of a process that computes on a device for tests.
process.on('message', async (call: DeviceCall) => {
  try {
    process.send!({ answer: await answerCall(call, provider) });
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.message : String(error) });
  }
});
