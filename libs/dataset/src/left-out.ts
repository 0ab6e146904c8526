import { listSome } from './compare-text.js';

/** Why a file or folder is left out of an image folder. */
type Reason = 'hidden' | 'loose' | 'no image' | 'other image';

/** Collects what is left out, so that nothing vanishes without a word. */
export interface LeftOut {
  add(reason: Reason, path: string): void;
  /** A sentence for each reason there is. */
  describe(): string[];
}

const descriptions: Readonly<Record<Reason, readonly [one: string, many: string]>> = {
  loose: [
    'image lies beside the class folders, not in one, and is left out',
    'images lie beside the class folders, not in one, and are left out',
  ],
  'other image': [
    'image is of a format that is not read, and left out; save it as PNG or JPEG',
    'images are of formats that are not read, and left out; save them as PNG or JPEG',
  ],
  'no image': [
    'file is no image by its name, and left out',
    'files are no images by their names, and left out',
  ],
  hidden: [
    'file or folder is hidden (its name begins with a dot), and left out',
    'files or folders are hidden (their names begin with a dot), and left out',
  ],
};

/** Makes an empty collection. */
export function createLeftOut(): LeftOut {
  const paths = new Map<Reason, string[]>();
  return {
    add(reason, path) {
      const listed = paths.get(reason) ?? [];
      listed.push(path);
      paths.set(reason, listed);
    },
    describe() {
      return (Object.keys(descriptions) as Reason[]).flatMap((reason) => {
        const listed = paths.get(reason) ?? [];
        const [one, many] = descriptions[reason];
        if (listed.length === 0) return [];
        return [`${listed.length} ${listed.length === 1 ? one : many}: ${listSome(listed)}`];
      });
    },
  };
}
