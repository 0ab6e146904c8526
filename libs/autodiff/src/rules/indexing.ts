import { readNumber, requireCotangent, requireInput, type VjpRule } from '../vjp-rule.js';

/**
 * y = rows of x along an axis: dx = dy added to zeros at those rows.
 *
 * For a large table (token embedding) make the gathered rows the wanted value instead and add them
 * up outside the graph.
 */
export const differentiateGather: VjpRule = (context) => {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const [x, indices] = [requireInput(node, 0), requireInput(node, 1)];
  const axis = readNumber(node, 'axis', 0);
  const rank = indices.shape.length;
  const axesOf = (start: number, end: number) =>
    Array.from({ length: end - start }, (_, index) => start + index);
  // [before, indices, after] to [indices, before, after], where ScatterND addresses the first axis.
  const updates = builder.transpose(dy, [
    ...axesOf(axis, axis + rank),
    ...axesOf(0, axis),
    ...axesOf(axis + rank, dy.shape.length),
  ]);
  const others = x.shape.toSpliced(axis, 1);
  const zeros = builder.expand(builder.scalar(0), [x.shape[axis]!, ...others]);
  const rows = builder.reshape(indices, [...indices.shape, 1]);
  const scattered = builder.scatterNdAdd(zeros, rows, updates);
  const back = [...axesOf(1, axis + 1), 0, ...axesOf(axis + 1, x.shape.length)];
  return [builder.transpose(scattered, back)];
};

/** y = data + updates at rows: ddata = dy, dupdates = those rows of dy. */
export const differentiateScatterNd: VjpRule = (context) => {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const indices = requireInput(node, 1);
  if (context.isWanted(2) && indices.shape.at(-1) !== 1) {
    throw new RangeError(`node '${node.name}': only updates of whole rows have a gradient`);
  }
  const rows = () => builder.gather(dy, builder.reshape(indices, indices.shape.slice(0, -1)));
  return [dy, undefined, context.isWanted(2) ? rows() : undefined];
};
