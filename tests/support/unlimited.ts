import { Budgets, type Rates } from '../../control-plane/src/limits/budgets.ts';

/** No limit of any kind. */
export const NO_LIMITS: Rates = {
  reads: 0,
  writes: 0,
  creations: 0,
  agents: 0,
  strangers: 0,
  registrations: 0,
};

/** Budgets that hold nobody back. */
export const UNLIMITED = new Budgets(NO_LIMITS);
