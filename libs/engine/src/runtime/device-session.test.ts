import { afterEach, expect, it, vi } from 'vitest';
import { createDeviceLoader } from './device-session.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [undefined, '0'],
  ['1', '1'],
])('has CUDA multiply in float32, unless somebody decided (%s)', (set, left) => {
  vi.stubEnv('NVIDIA_TF32_OVERRIDE', set);
  createDeviceLoader('cuda');
  expect(process.env['NVIDIA_TF32_OVERRIDE']).toBe(left);
});

it('leaves the variable alone for others', () => {
  vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined);
  createDeviceLoader('webgpu');
  expect(process.env['NVIDIA_TF32_OVERRIDE']).toBeUndefined();
});
