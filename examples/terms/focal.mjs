// A focal constraint: as loss-difference, but examples that the model is sure of count less, so that a few hard ones
// of a rare class are not outvoted. weight = (1 - p)^gamma of the true class, T.-Y. Lin et al., arXiv 1708.02002.

/** @type {import('@holdfast/term-modules').ConstraintModule} */
export default {
  estimate(tf, { images, classes, labels, reference, temperature }, { gamma = 2 }) {
    const truth = tf.oneHot(labels, classes.shape[0]).toFloat();
    const lossOf = (rows, prompts) => {
      const logits = tf.matMul(rows, prompts, false, true).div(temperature);
      const logs = tf.logSoftmax(logits).mul(truth).sum(1);
      const weights = tf.sub(1, tf.exp(logs)).pow(gamma);
      return weights.mul(logs).neg().mean();
    };
    return lossOf(images, classes).sub(lossOf(reference.images, reference.classes));
  },
};
