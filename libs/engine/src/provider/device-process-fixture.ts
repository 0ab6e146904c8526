import { answerCall, type DeviceCall } from './device-calls-fixture.js';

// The entry of a process that computes on WebGPU for tests.
process.on('message', async (call: DeviceCall) => {
  try {
    process.send!({ answer: await answerCall(call, 'webgpu') });
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.message : String(error) });
  }
});
