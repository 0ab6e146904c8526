import { expect, it } from 'vitest';
import { describeAdapter } from './describe-adapter.js';

const swiftshader = '/usr/lib/chromium/libvk_swiftshader.so';
const lavapipe = '/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so';
const radeon = '/usr/lib/x86_64-linux-gnu/libvulkan_radeon.so';
const nvidia = '/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.570.1';
const loader = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

it.each<[string, NodeJS.Platform, string[], string[], string, boolean]>([
  ['SwiftShader alone', 'linux', [loader, swiftshader], ['null'], 'SwiftShader', true],
  ['both software drivers', 'linux', [lavapipe, swiftshader], [], 'SwiftShader, lavapipe', true],
  ['a driver without its device', 'linux', [radeon, lavapipe], ['null'], 'lavapipe', true],
  ['software on a machine with a GPU', 'linux', [lavapipe], ['dri'], 'lavapipe', true],
  ['a GPU', 'linux', [radeon, lavapipe, radeon], ['dri'], 'libvulkan_radeon', false],
  ['another GPU', 'linux', [nvidia], ['nvidia0', 'nvidiactl'], 'libGLX_nvidia', false],
  ['nothing that is known', 'linux', [loader], ['dri'], 'unknown', true],
  ['another system', 'darwin', [], [], "the system's", false],
])('tells %s', (_, platform, mappedFiles, devices, name, isSoftware) => {
  expect(describeAdapter({ platform, mappedFiles, devices })).toEqual({ name, isSoftware });
});
