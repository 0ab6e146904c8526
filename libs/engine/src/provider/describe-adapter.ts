import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What computes behind WebGPU. */
export interface Adapter {
  /** Of its driver, as far as the system shows it. */
  readonly name: string;
  /** Whether a program on the processor stands in for a GPU. */
  readonly isSoftware: boolean;
}

/** What this process and this machine show of their graphics drivers. */
export interface DriverTraces {
  readonly platform: NodeJS.Platform;
  /** Files mapped into a process that holds a WebGPU session. */
  readonly mappedFiles: readonly string[];
  /** Names in /dev. */
  readonly devices: readonly string[];
}

const softwareDrivers = new Map([
  ['libvk_swiftshader', 'SwiftShader'],
  ['libvulkan_lvp', 'lavapipe'],
]);
const driver = /^(libvk_swiftshader|libvulkan_\w+|libGLX_nvidia|libnvidia-glcore)\b.*\.so/;
const devices = {
  webgpu: /^(dri|nvidia\d+|dxg|mali\d*|kgsl.*)$/,
  cuda: /^(nvidia\d+|dxg)$/,
};

/**
 * Says what stands behind a WebGPU session. onnxruntime does not tell; on Linux the Vulkan drivers
 * that it loaded do, and where the machine has no device for them, only a software one can answer.
 * Elsewhere the system brings the driver, and is taken at its word.
 */
export function describeAdapter({ platform, mappedFiles, devices: names }: DriverTraces): Adapter {
  if (platform !== 'linux') return { name: "the system's", isSoftware: false };
  const stems = mappedFiles
    .map((path) => driver.exec(basename(path))?.[1])
    .filter((stem) => stem !== undefined);
  const drivers = [...new Set(stems)].sort();
  const hardware = drivers.filter((stem) => !softwareDrivers.has(stem));
  if (hardware.length > 0 && names.some((name) => devices.webgpu.test(name))) {
    return { name: hardware.join(', '), isSoftware: false };
  }
  const software = drivers.flatMap((stem) => softwareDrivers.get(stem) ?? []);
  return { name: software.join(', ') || 'unknown', isSoftware: true };
}

/** Reads the traces of this process. */
export function readDriverTraces(): DriverTraces {
  const { platform } = process;
  if (platform !== 'linux') return { platform, mappedFiles: [], devices: [] };
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {
    platform,
    mappedFiles: maps.map((line) => line.trim().split(/\s+/)[5] ?? ''),
    devices: readdirSync('/dev'),
  };
}

/** Whether this machine shows a device that a provider could use; other systems than Linux do not tell. */
export function hasDevice(provider: 'webgpu' | 'cuda'): boolean {
  if (process.platform !== 'linux') return provider === 'webgpu';
  return readdirSync('/dev').some((name) => devices[provider].test(name));
}
