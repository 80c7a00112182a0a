import { Budgets } from '../../control-plane/src/limits/budgets.ts';

/** Budgets that hold nobody back. */
export const UNLIMITED = new Budgets({
  reads: 0,
  writes: 0,
  creations: 0,
  strangers: 0,
  registrations: 0,
});
