import type { Caption } from './term.js';

/** Captions, each once: one that 30 pairs share goes through the tower once. */
export interface CaptionList {
  readonly captions: readonly Caption[];
  /** The place of a caption, which is added if it is new. */
  add(caption: Caption): number;
}

/** No captions yet. */
export function createCaptionList(): CaptionList {
  const places = new Map<string, number>();
  const captions: Caption[] = [];
  return {
    captions,
    add(caption) {
      const key = `${caption.head} ${caption.text}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, captions.length);
      return captions.push(caption) - 1;
    },
  };
}
