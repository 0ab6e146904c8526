import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { locateBuilt } from '../locate-built.js';
import type { Accelerator } from '../runtime/execution-provider.js';
import type { DeviceAnswer, DeviceCall } from './device-calls.js';

/** Where distributions put chromium's software GPU, the Vulkan loader beside it. */
const drivers = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/**
 * Variables under which a process finds SwiftShader. Undefined on a machine without the chromium
 * package: tests skip there, unless tools are required.
 */
export function findSwiftShader(): NodeJS.ProcessEnv | undefined {
  const driver = drivers.find((path) => existsSync(path));
  if (driver === undefined && !('HOLDFAST_REQUIRE_TOOLS' in process.env)) return undefined;
  const found = driver ?? drivers[0]!;
  return { ...process.env, VK_DRIVER_FILES: found, LD_LIBRARY_PATH: dirname(found) };
}

/** Where tests of a device compute. */
export interface TestDevice {
  readonly name: string;
  readonly provider: Accelerator;
  readonly env: NodeJS.ProcessEnv;
}

/** SwiftShader, or this machine's own device where HOLDFAST_TEST_DEVICE is `webgpu` or `cuda`. */
export function findTestDevice(): TestDevice | undefined {
  const asked = process.env['HOLDFAST_TEST_DEVICE'];
  if (asked === 'webgpu' || asked === 'cuda') {
    return { name: `${asked} on this machine's device`, provider: asked, env: process.env };
  }
  if (asked !== undefined) throw new Error(`HOLDFAST_TEST_DEVICE is ${asked}: webgpu or cuda`);
  const env = findSwiftShader();
  return env && { name: 'webgpu on SwiftShader (needs chromium)', provider: 'webgpu', env };
}

/** A process that computes on a device: a loader reads its variables when a process starts. */
export interface DeviceProcess {
  call<Call extends DeviceCall>(call: Call): Promise<DeviceAnswer<Call>>;
  close(): void;
}

/** Starts one, from what is built. A crash of the native provider fails the call and nothing else. */
export function startDeviceProcess({ provider, env }: TestDevice): DeviceProcess {
  const child: ChildProcess = fork(locateBuilt('test-support/device-process.js'), [provider], {
    env,
    execArgv: [],
    serialization: 'advanced',
  });
  return {
    call: (call) =>
      new Promise((resolve, reject) => {
        const onExit = (code: number | null, signal: string | null) =>
          reject(new Error(`the process ended with ${signal ?? code}`));
        child.once('exit', onExit);
        child.once('message', ({ error, answer }: { error?: string; answer?: unknown }) => {
          child.off('exit', onExit);
          if (error === undefined) resolve(answer as DeviceAnswer<typeof call>);
          else reject(new Error(error));
        });
        child.send(call);
      }),
    close: () => child.kill(),
  };
}
