/**
 * Carries wake-ups between the servers of one store. An optimisation: whatever of it is lost costs
 * latency, since every server also looks for itself now and then.
 */
export interface Relay extends AsyncDisposable {
  /** Tells the other servers that a stream has a new commit. Never throws, never waits. */
  send(stream: string): void;
  /**
   * Hears the others.
   *
   * @param listener told of each stream that another server wrote to
   * @param onGap told when something may have been missed: the connection was lost and is back
   */
  listen(listener: (stream: string) => void, onGap: () => void): void;
  /** False while nothing can be sent or heard. */
  readonly connected: boolean;
}
