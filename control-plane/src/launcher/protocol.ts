import { z } from 'zod';
import { parseJsonBytes } from '../kernel/json/parse.ts';
import type { Json } from '../kernel/json/value.ts';
import { type LauncherAbout, LauncherError } from './port.ts';

/** What is said on the launcher's socket: docs/launcher-protocol.md. */

export const MAX_REQUEST_BYTES = 4096;
export const MAX_ANSWER_BYTES = 65_536;

const MIB = 2 ** 20;
const version = z.literal(1);
const id = z.string().regex(/^[0-9a-f]{64}$/);

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ v: version, op: z.literal('about') }),
  z.strictObject({
    v: version,
    op: z.literal('start'),
    memory_bytes: z
      .int()
      .min(16 * MIB)
      .max(4096 * MIB),
    processes: z.int().min(1).max(1024),
  }),
  z.strictObject({ v: version, op: z.literal('ran_out_of_memory'), id }),
  z.strictObject({ v: version, op: z.literal('remove'), id }),
]);

export type LauncherRequest = z.output<typeof requestSchema>;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const aboutSchema = z
  .strictObject({
    runtime_digest: digest,
    runtime: z.string().min(1),
    cpu: z.strictObject({ quota_us: z.int(), period_us: z.int(), shares: z.int() }),
  })
  .transform(
    ({ runtime_digest, runtime, cpu }): LauncherAbout => ({
      runtimeDigest: runtime_digest,
      runtime,
      cpu: { quotaUs: cpu.quota_us, periodUs: cpu.period_us, shares: cpu.shares },
    }),
  );

/** What follows `ok`, by request. */
export const ANSWERS = {
  about: aboutSchema,
  start: z.strictObject({ id, name: z.string().min(1), runtime_digest: digest }),
  ran_out_of_memory: z.strictObject({ ran_out_of_memory: z.boolean() }),
  remove: z.strictObject({}),
} satisfies Record<LauncherRequest['op'], z.ZodType>;

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(['bad_request', 'unknown_container', 'full', 'engine_silent', 'no_image', 'engine']),
    message: z.string(),
  }),
});

/** @throws {LauncherError} `bad_request`, with a sentence that does not quote the request */
export function parseRequest(payload: Uint8Array): LauncherRequest {
  const parsed = requestSchema.safeParse(jsonOf(payload));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? `"${issue.path.join('.')}"` : 'the request';
  throw new LauncherError('bad_request', `Not a request of this protocol: ${where} is not valid.`);
}

function jsonOf(payload: Uint8Array): Json {
  try {
    return parseJsonBytes(payload);
  } catch (error) {
    throw new LauncherError('bad_request', 'The request is not valid JSON.', { cause: error });
  }
}

/** Reads an answer to a request. @throws {LauncherError} what it tells, or `engine` if it is none */
export function parseAnswer<Op extends LauncherRequest['op']>(
  op: Op,
  payload: Uint8Array,
): z.output<(typeof ANSWERS)[Op]> {
  const json = jsonOf(payload);
  const failed = errorSchema.safeParse(json);
  if (failed.success) throw new LauncherError(failed.data.error.code, failed.data.error.message);
  const parsed = z.strictObject({ ok: ANSWERS[op] as z.ZodType }).safeParse(json);
  if (parsed.success) return parsed.data.ok as z.output<(typeof ANSWERS)[Op]>;
  throw new LauncherError('engine', 'The launcher gave an answer of another protocol.');
}

export function aboutAnswer({ runtimeDigest, runtime, cpu }: LauncherAbout): Json {
  const share = { quota_us: cpu.quotaUs, period_us: cpu.periodUs, shares: cpu.shares };
  return { runtime_digest: runtimeDigest, runtime, cpu: share };
}
