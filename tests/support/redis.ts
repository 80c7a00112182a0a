import { type Service, startService } from './service.ts';

/** True where this machine has an image of Redis. */
export const REDIS_HERE = Boolean(process.env['REDIS_IMAGE']);

export interface TestRedis extends Service {
  readonly url: string;
}

export async function startRedis(): Promise<TestRedis> {
  const image = process.env['REDIS_IMAGE'];
  if (!image) throw new Error('There is no image of Redis on this machine.');
  const service = await startService({ image, port: 6_379 });
  return { ...service, url: `redis://127.0.0.1:${service.port}` };
}
