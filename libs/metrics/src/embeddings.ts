/** A dense row-major matrix [rows, columns] of embeddings; each row is L2-normalised. */
export interface Embeddings {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/**
 * Checks that images and classifier can be compared.
 *
 * @throws RangeError if a matrix has the wrong number of elements, if the columns differ, or if the
 *   classifier has no row.
 */
export function checkEmbeddings(images: Embeddings, classifier: Embeddings): void {
  for (const matrix of [images, classifier]) {
    if (matrix.data.length !== matrix.rows * matrix.columns) {
      throw new RangeError(
        `expected ${matrix.rows} x ${matrix.columns} elements, got ${matrix.data.length}`,
      );
    }
  }
  if (images.columns !== classifier.columns) {
    throw new RangeError(
      `images have ${images.columns} columns, the classifier ${classifier.columns}`,
    );
  }
  if (classifier.rows < 1) throw new RangeError('the classifier has no class');
}

/**
 * The cosines of one image with every class: `cosines[c] = <image_row, classifier_c>`, summed in
 * float64 in order of columns.
 *
 * Shapes: `cosines` is [classes] and is overwritten.
 * @throws RangeError if a cosine is not finite.
 */
export function fillCosines(
  row: number,
  images: Embeddings,
  classifier: Embeddings,
  cosines: Float64Array,
): void {
  const { columns } = images;
  for (let c = 0; c < classifier.rows; c += 1) {
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      sum += images.data[row * columns + j]! * classifier.data[c * columns + j]!;
    }
    if (!Number.isFinite(sum)) {
      throw new RangeError(`the cosine of image ${row} and class ${c} is ${sum}`);
    }
    cosines[c] = sum;
  }
}
