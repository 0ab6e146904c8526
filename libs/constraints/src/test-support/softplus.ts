import type { Penalty } from '../penalties.js';

/** beta / (1 + exp(-v/rho)): the gradient of beta rho log(1 + exp(v/rho)), a hinge without a corner. */
export const softplus: Penalty = {
  weigh: ({ violation }, { coefficient, smoothingWidth }) =>
    coefficient / (1 + Math.exp(-violation / smoothingWidth)),
};
