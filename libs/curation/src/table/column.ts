type NumberArray = Float32Array | Uint32Array | Uint16Array | Uint8Array;

/** A typed array that grows by doubling. */
export interface Column<T extends NumberArray> {
  set(row: number, ...values: number[]): void;
  /** Makes room for so many rows. */
  reserve(rows: number): void;
  /** Values of so many rows, as a view. */
  view(rows: number): T;
}

/** Makes a column of `width` values a row, all 0. */
export function createColumn<T extends NumberArray>(
  make: (length: number) => T,
  width = 1,
): Column<T> {
  let data = make(width * 4096);
  function reserve(rows: number): void {
    if (rows * width <= data.length) return;
    const larger = make(Math.max(2 * data.length, rows * width));
    larger.set(data);
    data = larger;
  }
  return {
    reserve,
    set(row, ...values) {
      reserve(row + 1);
      for (let i = 0; i < values.length; i += 1) data[row * width + i] = values[i]!;
    },
    view: (rows) => data.subarray(0, rows * width) as T,
  };
}
