import type { FastifyInstance } from 'fastify';

/** Asks one part that the server stands on; false, a failure or no answer in time mean that it is not ready. */
export type Readiness = Readonly<Record<string, () => Promise<boolean>>>;

/** Metrics as text. */
export interface Exposition {
  readonly contentType: string;
  /** The text of everything counted so far. */
  readonly render: () => Promise<string>;
}

/** What the operator's routes show. */
export interface OpsParts {
  readonly readiness: Readiness;
  readonly exposition: Exposition | undefined;
}

const PART_TIMEOUT_MS = 2_000;

/** `/ready` for load balancers and `/metrics` for Prometheus; neither tells anything about a channel. */
export function opsRoutes(app: FastifyInstance, { readiness, exposition }: OpsParts): void {
  const config = { anyHost: true, countedAs: 'none' } as const;
  app.get('/ready', { config, exposeHeadRoute: true }, async (_request, reply) => {
    const names = Object.keys(readiness);
    const answers = await Promise.all(Object.values(readiness).map(answersInTime));
    const ready = answers.every(Boolean);
    const parts = Object.fromEntries(names.map((name, i) => [name, answers[i] ? 'ok' : 'failed']));
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', parts });
  });
  if (!exposition) return;
  app.get('/metrics', { config }, async (_request, reply) =>
    reply.type(exposition.contentType).send(await exposition.render()),
  );
}

async function answersInTime(ask: () => Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PART_TIMEOUT_MS);
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
