const LATEST = 'mcp-multiplayer-runner:latest';

/** The image that is measured: the one that is set, else the one that the last start of a server built. */
export function runnerImage(): string {
  // Those who measure start servers and images of their own, which look here.
  return (process.env['RUNNER_IMAGE'] ||= LATEST);
}
