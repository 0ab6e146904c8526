// The built-in constraint of the drive `loss`, written as a module: how much higher the candidate's mean
// cross-entropy is than the reference's, in nats.

/** @type {import('@holdfast/term-modules').ConstraintModule} */
export default {
  estimate(tf, { images, classes, labels, reference, temperature }) {
    const truth = tf.oneHot(labels, classes.shape[0]).toFloat();
    const lossOf = (rows, prompts) => {
      const logits = tf.matMul(rows, prompts, false, true).div(temperature);
      return tf.logSoftmax(logits).mul(truth).sum(1).neg().mean();
    };
    return lossOf(images, classes).sub(lossOf(reference.images, reference.classes));
  },
};
