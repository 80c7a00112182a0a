import type Docker from 'dockerode';

const FLOOD = new URL('./flood/', import.meta.url);

/** An image whose runner greets and then floods its standard output. @returns its tag */
export async function floodImage(engine: Docker, runnerImage: string): Promise<string> {
  const tag = 'mcp-multiplayer-bench-flood';
  const base = (await engine.getImage(runnerImage).inspect()).Id;
  const context = { context: FLOOD.pathname, src: ['Dockerfile', 'flood.py'] };
  const progress = await engine.buildImage(context, { t: tag, buildargs: { BASE: base }, forcerm: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  engine.modem.followProgress(progress, (error, steps: { error?: string }[] | null) => {
    const failed = error ?? steps?.find((step) => step.error !== undefined);
    if (failed) reject(new Error(`The flooding image was not built: ${JSON.stringify(failed)}`));
    else resolve();
  });
  await promise;
  return tag;
}
