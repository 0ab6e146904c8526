/** What an encoder did for a run. */
export interface ReplicaWork {
  /** Its address; `others` for all beyond the first 64. */
  readonly address: string;
  /** Steps that it had a part in. */
  readonly steps: number;
  /** Images embedded, in steps and otherwise. */
  readonly images: number;
  /** In its calls. */
  readonly seconds: number;
}

/** Adds up what each encoder does. */
export interface WorkCount {
  add(address: string, work: Omit<ReplicaWork, 'address'>): void;
  list(): readonly ReplicaWork[];
}

/** Encoders that are told apart. */
const addressesMax = 64;

/** Begins to count; of more than 64 addresses the later ones are one. */
export function createWorkCount(): WorkCount {
  const byAddress = new Map<string, ReplicaWork>();
  return {
    add(address, { steps, images, seconds }) {
      const isKnown = byAddress.has(address) || byAddress.size < addressesMax;
      const key = isKnown ? address : 'others';
      const before = byAddress.get(key) ?? { steps: 0, images: 0, seconds: 0 };
      byAddress.set(key, {
        address: key,
        steps: before.steps + steps,
        images: before.images + images,
        seconds: before.seconds + seconds,
      });
    },
    list: () => [...byAddress.values()],
  };
}

/** "10.0.0.1:7: 120 images in 6 steps, 3.1 s" */
export function describeWork({ address, steps, images, seconds }: ReplicaWork): string {
  return `${address}: ${images} images, ${steps} steps, ${seconds.toFixed(1)} s`;
}
