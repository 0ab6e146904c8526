import { describe, expect, it } from 'vitest';
import { findSwiftShader } from '../test-support/test-device.js';
import { createTryProvider, findRemedy } from './try-provider.js';

const timed = { measureSpeed: true };

describe('trying a provider', () => {
  it('says that CUDA is not installed, and how to install it', async () => {
    const trial = await createTryProvider({ threads: 1 })('cuda', timed);
    expect(trial).toMatchObject({ works: false, remedy: expect.stringMatching(/install|another/) });
  });

  it('says what the system lacks for WebGPU', async () => {
    const env = { ...process.env, VK_DRIVER_FILES: '/nowhere.json' };
    const trial = await createTryProvider({ threads: 1, env })('webgpu', timed);
    // Other systems bring a driver of their own.
    if (process.platform !== 'linux') return;
    expect(trial).toMatchObject({
      works: false,
      reason: 'Failed to get a WebGPU adapter: No supported adapters',
      remedy: expect.stringContaining('Vulkan driver'),
    });
  });

  it('sends nobody for a driver that is there and rounds', () => {
    expect(findRemedy('cuda', true)).toContain('NVIDIA_TF32_OVERRIDE');
    expect(findRemedy('cuda')).toContain('cuDNN');
  });

  const env = findSwiftShader();
  it.skipIf(env === undefined)(
    'tells a software adapter, and does not time it (needs chromium)',
    async () => {
      const trial = await createTryProvider({ threads: 1, env })('webgpu', timed);
      expect(trial).toEqual({ works: true, adapter: 'SwiftShader', isSoftware: true });
    },
  );
});
