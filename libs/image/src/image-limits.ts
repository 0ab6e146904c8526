/** How much of a stranger's image is taken on. */
export interface ImageLimits {
  /** Bytes of the file. */
  readonly fileBytesMax: number;
  /** Pixels of the decoded image. */
  readonly pixelsMax: number;
}

/** 64 MiB and 64 megapixels. */
export const defaultImageLimits: ImageLimits = {
  fileBytesMax: 64 * 2 ** 20,
  pixelsMax: 64_000_000,
};
