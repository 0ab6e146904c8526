import type { Op } from '@holdfast/onnx-graph';
import {
  differentiateAdd,
  differentiateDiv,
  differentiateMul,
  differentiatePow,
  differentiateSub,
  differentiateWhere,
} from './rules/arithmetic.js';
import {
  differentiateErf,
  differentiateExp,
  differentiateGelu,
  differentiateLog,
  differentiateNeg,
  differentiateQuickGelu,
  differentiateReciprocal,
  differentiateSigmoid,
  differentiateSqrt,
  differentiateTanh,
} from './rules/elementwise.js';
import { differentiateGather, differentiateScatterNd } from './rules/indexing.js';
import { differentiateLayerNormalization } from './rules/layer-normalization.js';
import {
  differentiateExpand,
  differentiateReshape,
  differentiateTranspose,
} from './rules/layout.js';
import { differentiateGemm, differentiateMatMul } from './rules/linear.js';
import {
  differentiateConcat,
  differentiatePad,
  differentiateSlice,
  differentiateSplit,
} from './rules/partition.js';
import { differentiateReduceMean, differentiateReduceSum } from './rules/reduction.js';
import { differentiateSoftmax } from './rules/softmax.js';
import type { VjpRule } from './vjp-rule.js';

/** Comparisons, casts, indices and shapes are piecewise constant. */
const noGradient: VjpRule = () => [];

/** The vector-Jacobian rule of every operator. */
export const rules: Readonly<Record<Op, VjpRule>> = {
  Add: differentiateAdd,
  ArgMax: noGradient,
  Cast: noGradient,
  Concat: differentiateConcat,
  Div: differentiateDiv,
  Erf: differentiateErf,
  Exp: differentiateExp,
  Expand: differentiateExpand,
  FusedMatMul: differentiateMatMul,
  Gather: differentiateGather,
  Gelu: differentiateGelu,
  Gemm: differentiateGemm,
  Greater: noGradient,
  LayerNormalization: differentiateLayerNormalization,
  Less: noGradient,
  Log: differentiateLog,
  MatMul: differentiateMatMul,
  Mul: differentiateMul,
  Neg: differentiateNeg,
  Pad: differentiatePad,
  Pow: differentiatePow,
  QuickGelu: differentiateQuickGelu,
  Reciprocal: differentiateReciprocal,
  ReduceMean: differentiateReduceMean,
  ReduceSum: differentiateReduceSum,
  Reshape: differentiateReshape,
  ScatterND: differentiateScatterNd,
  Shape: noGradient,
  Sigmoid: differentiateSigmoid,
  Slice: differentiateSlice,
  Softmax: differentiateSoftmax,
  Split: differentiateSplit,
  Sqrt: differentiateSqrt,
  Sub: differentiateSub,
  Tanh: differentiateTanh,
  Transpose: differentiateTranspose,
  Where: differentiateWhere,
};
