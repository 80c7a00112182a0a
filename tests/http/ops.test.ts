import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createPrometheusMetrics } from '../../control-plane/src/http/ops/prometheus.ts';
import { AUTH, startApp } from './support.ts';

describe('/ready', () => {
  it('answers 200 when every part answers', async () => {
    await using server = await startApp({ readiness: { store: async () => true, docker: async () => true } });
    const answer = await server.app.inject('/ready');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ status: 'ready', parts: { store: 'ok', docker: 'ok' } });
  });

  it.each([
    ['says no', async () => false],
    [
      'fails',
      async () => {
        throw new Error('secret detail');
      },
    ],
  ])('answers 503 and names the part that %s', async (_what, docker) => {
    await using server = await startApp({ readiness: { store: async () => true, docker } });
    const answer = await server.app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'not_ready', parts: { store: 'ok', docker: 'failed' } });
  });

  it('does not wait for a part that never answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    using _real = { [Symbol.dispose]: () => vi.useRealTimers() };
    const asked = Promise.withResolvers<void>();
    const docker = () => {
      asked.resolve();
      return new Promise<boolean>(() => {});
    };
    await using server = await startApp({ readiness: { docker } });
    const answer = server.app.inject('/ready').then((response) => response);
    await asked.promise;
    vi.advanceTimersByTime(2_000);
    expect((await answer).statusCode).toBe(503);
  });
});

describe('/metrics', () => {
  it('shows what was counted', async () => {
    const metrics = createPrometheusMetrics();
    await using server = await startApp({ metrics });
    metrics.post();
    metrics.hook('ok', 2);
    metrics.hook('bot_failed', 5_000);
    metrics.containers(() => ({ containers: { idle: 3, busy: 1 }, waiting: 2 }));
    metrics.claim('warm', 2);
    metrics.containerStart('failed', 20);
    metrics.kill('timeout');
    metrics.outOfMemory();
    metrics.egress('denied_address', 0, 0);
    metrics.egress('closed', 10, 3);
    const wake = metrics.waiter();
    metrics.waiter();
    wake();
    wake();
    await server.app.inject({ url: '/list_channels?seat=rejoin_secret', headers: AUTH });
    await server.app.inject('/no/such/rejoin_secret');
    const answer = await server.app.inject('/metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    const lines = answer.body.split('\n');
    for (const line of [
      'posts_total 1',
      'waiters 1',
      'containers{state="idle"} 3',
      'containers{state="busy"} 1',
      'sandbox_waiting_bots 2',
      'sandbox_claim_seconds_count{source="warm"} 1',
      'sandbox_container_start_seconds_count{outcome="failed"} 1',
      'sandbox_kills_total{cause="timeout"} 1',
      'sandbox_out_of_memory_total 1',
      'egress_connections_total{outcome="denied_address"} 1',
      'egress_connections_total{outcome="closed"} 1',
      'egress_bytes_total{direction="in"} 10',
      'egress_bytes_total{direction="out"} 3',
      'hook_duration_seconds_count{outcome="ok"} 1',
      'hook_duration_seconds_sum{outcome="bot_failed"} 5',
      'http_request_duration_seconds_count{route="/list_channels",method="GET",status="400"} 1',
      'http_request_duration_seconds_count{route="unknown",method="GET",status="404"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(answer.body).not.toContain('rejoin_secret');
  });

  it('has what docs/operations.md names, and nothing of its own beside that', async () => {
    const metrics = createPrometheusMetrics();
    metrics.containers(() => ({ containers: { idle: 1 }, waiting: 0 }));
    const page = await readFile(path.join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const section = /^## Metrics$([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
    const named = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    const counted = [...(await metrics.render()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
    const own = counted.filter((name) => !/^(process|nodejs)_/.test(name));
    expect(new Set(named)).toEqual(new Set(own));
  });

  it.each([
    ['no token', undefined, 401],
    ['another token', 'Bearer another-token', 401],
    ['a part of it', 'Bearer numbers', 401],
    ["a caller's token", AUTH.authorization, 401],
    ['the token', 'Bearer numbers-please', 200],
  ])('is answered to who shows its token, where one is set: %s', async (_what, authorization, status) => {
    const config = { publicUrl: 'https://play.example', allowedHosts: [], allowedOrigins: [] };
    const metrics = createPrometheusMetrics();
    await using server = await startApp({ metrics, config: { ...config, metricsToken: 'numbers-please' } });
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await server.app.inject({ url: '/metrics', headers });
    expect([answer.statusCode, answer.body.includes('posts_total')]).toEqual([status, status === 200]);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
    expect((await server.app.inject('/ready')).statusCode).toBe(200);
  });

  it('is not there when nothing is counted', async () => {
    await using server = await startApp();
    expect((await server.app.inject('/metrics')).statusCode).toBe(404);
  });
});
