import { listModules, type PlanDraft } from '@holdfast/plan';
import {
  type BackEnd,
  BackEndName,
  Device,
  type TermServiceClient,
} from '@holdfast/proto/holdfast/term/v1/term';
import { moduleReason } from '@holdfast/run-store';
import { describeBackEnd as describeInWords } from '@holdfast/term-modules';

const names = {
  [BackEndName.BACK_END_NAME_NODE_GPU]: 'tfjs-node-gpu',
  [BackEndName.BACK_END_NAME_NODE]: 'tfjs-node',
  [BackEndName.BACK_END_NAME_WASM]: 'wasm',
} as const;

function nameBackEnd(name: BackEndName) {
  return names[name as keyof typeof names] ?? 'cpu';
}

/** `TensorFlow.js 4.22.0 on wasm, CPU` */
export function describeBackEnd({ name, version, libraryVersion, device }: BackEnd): string {
  return describeInWords({
    name: nameBackEnd(name),
    version,
    library: libraryVersion,
    device: device === Device.DEVICE_GPU ? 'GPU' : 'CPU',
  });
}

/** Where a plan's modules are computed, and why there, as parts of a run's environment; none where it has no modules. */
export async function describeModuleEnvironment(
  terms: TermServiceClient,
  plan: Pick<PlanDraft, 'objective' | 'constraints'>,
): Promise<Record<string, string>> {
  if (listModules(plan).length === 0) return {};
  const { backEnd, refused } = await terms.getInfo({});
  const reasons = refused.map(({ name, reason }) => `${nameBackEnd(name)}: ${reason}`);
  return {
    modules: describeBackEnd(backEnd!),
    [moduleReason]: reasons.join('; ') || 'it is the fastest',
  };
}
