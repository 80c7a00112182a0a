/** Something that the demo was to show does not hold. */
export class CheckFailed extends Error {}

/** @throws {CheckFailed} with what was to hold */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new CheckFailed(what);
}
