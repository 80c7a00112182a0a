import type { FastifyInstance } from 'fastify';
import { sameSecret } from '../../identity/secrets.ts';
import { CodedError } from '../../kernel/errors.ts';
import { withinMs } from '../../kernel/within.ts';

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
  /** What the exposition asks for, as a bearer token; nothing where it is left out. */
  readonly metricsToken?: string | undefined;
}

const PART_TIMEOUT_MS = 2_000;

/** `/ready` for load balancers and `/metrics` for Prometheus; neither tells anything about a channel. */
export function opsRoutes(app: FastifyInstance, { readiness, exposition, metricsToken }: OpsParts): void {
  const config = { anyHost: true, countedAs: 'none' } as const;
  app.get('/ready', { config, exposeHeadRoute: true }, async (_request, reply) => {
    const names = Object.keys(readiness);
    const answers = await Promise.all(Object.values(readiness).map(answersInTime));
    const ready = answers.every(Boolean);
    const parts = Object.fromEntries(names.map((name, i) => [name, answers[i] ? 'ok' : 'failed']));
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', parts });
  });
  if (!exposition) return;
  app.get('/metrics', { config }, async (request, reply) => {
    if (metricsToken !== undefined && !shows(request.headers.authorization, metricsToken)) {
      reply.header('www-authenticate', 'Bearer');
      throw new CodedError('UNAUTHORIZED', { message: 'The metrics need the token of METRICS_TOKEN.' });
    }
    return reply.type(exposition.contentType).send(await exposition.render());
  });
}

function shows(authorization: string | undefined, token: string): boolean {
  return sameSecret(authorization?.replace(/^Bearer +/i, '') ?? '', token);
}

/** False where a part fails, or does not answer in time. */
function answersInTime(ask: () => Promise<boolean>): Promise<boolean> {
  return withinMs(PART_TIMEOUT_MS, 'A part of the server', ask).catch(() => false);
}
