import { isAgreed, type PoolImage } from './pool-image.js';

/** Images that are one piece of evidence. */
export interface PoolGroup {
  /** Positions in the pool. */
  readonly images: readonly number[];
  /** Class that both models answer on every image; absent where answers differ in any way. */
  readonly answer?: number;
  /** Whether the models disagree on any image. */
  readonly isDisputed: boolean;
}

/** The groups of a pool, in order of first appearance. */
export function collectPoolGroups(images: readonly PoolImage[]): PoolGroup[] {
  const members = new Map<string, number[]>();
  images.forEach(({ group }, place) => {
    const known = members.get(group);
    if (known === undefined) members.set(group, [place]);
    else known.push(place);
  });
  return [...members.values()].map((places) => {
    const { reference: answer } = images[places[0]!]!;
    const isDisputed = !places.every((place) => isAgreed(images[place]!));
    const isOneAnswer = places.every((place) => images[place]!.reference === answer);
    return { images: places, isDisputed, ...(isOneAnswer && !isDisputed && { answer }) };
  });
}
