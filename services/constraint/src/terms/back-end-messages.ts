import {
  type BackEnd as BackEndMessage,
  BackEndName,
  Device,
} from '@holdfast/proto/holdfast/term/v1/term';
import type { BackEnd } from '@holdfast/term-modules';

/** The enum's value of each back end. */
export const backEndNames: Readonly<Record<BackEnd['name'], BackEndName>> = {
  'tfjs-node-gpu': BackEndName.BACK_END_NAME_NODE_GPU,
  'tfjs-node': BackEndName.BACK_END_NAME_NODE,
  wasm: BackEndName.BACK_END_NAME_WASM,
  cpu: BackEndName.BACK_END_NAME_CPU,
};

/** The message of a back end. */
export function fromBackEnd({ name, version, library, device }: BackEnd): BackEndMessage {
  return {
    name: backEndNames[name],
    version,
    libraryVersion: library,
    device: device === 'GPU' ? Device.DEVICE_GPU : Device.DEVICE_CPU,
  };
}
