// The built-in joint objective, written as a module: every pair against all others, both ways. What it lacks is the
// moving average of the normalizers, which is state; with `objective.movingAverage` 1 it has the same gradient.
import type { ObjectiveModule } from '@holdfast/term-modules';
import { contrastRows } from './contrast-rows.js';

const jointContrast: ObjectiveModule = {
  estimate(tf, { images, texts, captions, temperature }) {
    const own = tf.gather(texts, captions);
    const scores = tf.matMul(images, own, false, true);
    const forth = contrastRows(tf, scores, temperature);
    const back = contrastRows(tf, tf.transpose(scores), temperature);
    return tf.add(forth, back);
  },
};

export default jointContrast;
