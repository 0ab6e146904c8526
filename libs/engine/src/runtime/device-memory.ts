import { findRole, type Revision } from '../memory/tensor-role.js';
import type { Tensor } from '../native/onnxruntime.js';

/** What stays on the device from one call to the next, by the host's tensors. */
export interface DeviceMemory {
  /** What to feed for a tensor: its copy on the device, or the tensor itself. */
  feed(host: Tensor): Promise<Tensor>;
  /** Whether an output for this tensor is to stay on the device. */
  keeps(host: Tensor): boolean;
  /** Takes such an output; it stands for the tensor until the next one. */
  hold(host: Tensor, device: Tensor): void;
  /** Brings sums back to the host, and frees them here. */
  settle(): Promise<void>;
}

/** How tensors travel. */
export interface DeviceTransfers {
  upload(host: Tensor): Promise<Tensor>;
  download(device: Tensor, host: Tensor): Promise<void>;
}

/**
 * Holds, by a tensor's role,
 *
 * - the weights of one array at a time: every micro-batch of a step reads the same ones. Another array,
 *   or a write to this one, frees them;
 * - the weights of one run that do not train;
 * - what forward keeps for backward, until it is kept anew;
 * - sums, as long as their array is not written on the host, until they are settled.
 *
 * The host's tensors are not kept alive, except for sums: a run that is closed frees gigabytes.
 */
export function createDeviceMemory({ upload, download }: DeviceTransfers): DeviceMemory {
  const weights = createResidentWeights(upload);
  const frozen = createResidentWeights(upload);
  const outputs = new WeakMap<Tensor, { device: Tensor; revision: Revision | undefined }>();
  const sums = new Set<Tensor>();

  const revisionOf = (host: Tensor) => {
    const role = findRole(host);
    return role?.kind === 'sum' ? role.revision() : undefined;
  };
  const findOutput = (host: Tensor) => {
    const output = outputs.get(host);
    return output?.revision === revisionOf(host) ? output?.device : undefined;
  };

  return {
    async feed(host) {
      const role = findRole(host);
      if (role?.kind === 'weight') return weights.feed(host, role.revision());
      if (role?.kind === 'frozen') return frozen.feed(host, role.revision());
      return findOutput(host) ?? host;
    },
    keeps(host) {
      const kind = findRole(host)?.kind;
      return kind === 'kept' || kind === 'sum';
    },
    hold(host, device) {
      outputs.get(host)?.device.dispose();
      outputs.set(host, { device, revision: revisionOf(host) });
      if (findRole(host)?.kind === 'sum') sums.add(host);
    },
    async settle() {
      for (const host of sums) {
        const device = findOutput(host);
        if (device !== undefined) await download(device, host);
        outputs.get(host)!.device.dispose();
        outputs.delete(host);
        sums.delete(host);
      }
    },
  };
}

function createResidentWeights(upload: DeviceTransfers['upload']) {
  let held: { revision: Revision; copies: WeakMap<Tensor, Tensor>; all: Tensor[] } | undefined;
  return {
    async feed(host: Tensor, revision: Revision): Promise<Tensor> {
      if (held?.revision !== revision) {
        for (const copy of held?.all ?? []) copy.dispose();
        held = { revision, copies: new WeakMap(), all: [] };
      }
      const { copies, all } = held!;
      let copy = copies.get(host);
      if (copy === undefined) {
        copy = await upload(host);
        copies.set(host, copy);
        all.push(copy);
      }
      return copy;
    },
  };
}
