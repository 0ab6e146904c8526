/**
 * Asks whether what was written may still be shown, and throws where somebody else took over meanwhile.
 *
 * A file or folder is written beside its place, the fence is asked, then it is renamed. Who takes over first becomes visible
 * to fences and then removes what lies beside ({@link removeTemporaries}): a rename after that finds nothing to rename, so that
 * a process that stood still anywhere in between writes nothing.
 */
export type Fence = () => Promise<void>;

/** Of a place that nobody else writes to. */
export const noFence: Fence = async () => {};
