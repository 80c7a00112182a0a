/** Nobody can have a container any more. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';

  constructor() {
    super('The sandbox is closed.');
  }
}

/** All containers are at work, and none became free in time. */
export class NoCapacityError extends Error {
  override readonly name = 'NoCapacityError';
}
