import { Fault } from '@holdfast/fault';

/**
 * What similarities may be multiplied by. CLIP begins at 1 / 0.07 and holds it at 100 at the most; beyond
 * these limits the number is not what the name says, most often the factor itself, not its logarithm.
 */
const factor = { min: 0.01, max: 10_000 };
/** What trained models have; a hundredth more for their rounding. */
const usual = { min: 1, max: 101 };

/**
 * Checks the stored logit scale, the natural logarithm of what similarities are multiplied by.
 *
 * @param file where it is stored, for messages
 * @returns what a person should know of it, if it is unusual: outside of ln 1 to ln 100.
 * @throws Fault `invalid` if it is not in ln 0.01 to ln 10,000, which is -4.605 to 9.210.
 */
export function checkLogitScale(logitScale: number, file: string): string | undefined {
  const times = Math.exp(logitScale);
  const is = `is ${Number(logitScale.toPrecision(6))}: similarities would be multiplied by ${times.toPrecision(3)}`;
  if (!(times >= factor.min && times <= factor.max)) {
    const description = `${is}, and ${factor.min} to ${factor.max} can be meant; it is stored as a natural logarithm, ln 100 = 4.6052 at the most in CLIP`;
    throw new Fault('invalid', `${file} cannot be used: logit_scale ${description}`, {
      violations: [{ field: 'logit_scale', description }],
    });
  }
  const isUsual = times >= usual.min && times <= usual.max;
  return isUsual ? undefined : `${file}: logit_scale ${is}; in trained CLIP models it is 1 to 100`;
}
