import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../control-plane/src/config/settings.ts';
import { ROOT } from '../project/temp.ts';
import { COMPOSE, compose } from './support/compose.ts';

/** As much of a service as tells what its container may do. */
interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly restart: string;
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly host_ip?: string;
    readonly published: string;
    readonly target: number;
  }[];
  readonly volumes?: readonly { readonly source: string; readonly target: string }[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy: {
    readonly resources: {
      readonly limits: { readonly cpus: number; readonly memory: string; readonly pids: number };
    };
  };
}

interface Shipped {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const ALL = { COMPOSE_PROFILES: 'tls,monitoring', DOCKER_GID: '999', DOMAIN: 'play.example' };

/** What docker compose makes of the shipped file. */
async function shipped(env: NodeJS.ProcessEnv = {}): Promise<Shipped> {
  const args = ['--env-file', '/dev/null', 'config', '--format', 'json'];
  return JSON.parse(await compose(args, { ...ALL, ...env })) as Shipped;
}

const { services, networks } = COMPOSE ? await shipped() : { services: {}, networks: {} };
const named = Object.entries(services);
const server = services['control-plane'];

describe.skipIf(!COMPOSE)('in docker-compose.yml', () => {
  it.each(named)(
    '%s has no right that it does not need, and its share of the machine only',
    (name, service) => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.cap_add ?? []).toEqual(name === 'caddy' ? ['NET_BIND_SERVICE'] : []);
      expect(service.privileged ?? false).toBe(false);
      const { cpus, memory, pids } = service.deploy.resources.limits;
      expect([Number(cpus), Number(memory), pids].every((limit) => limit > 0)).toBe(true);
    },
  );

  it.each(named.filter(([name]) => name !== 'runner'))(
    '%s is started again, and asked how it is',
    (name, service) => {
      expect(service.restart).toBe('unless-stopped');
      // Grafana's image tells by itself; the server's says it in its Dockerfile.
      const test = service.healthcheck?.test ?? [];
      expect(test.length > 0).toBe(!['grafana', 'control-plane'].includes(name));
    },
  );

  it.each([...named].filter(([name]) => !['runner', 'caddy'].includes(name)))(
    '%s is not root',
    (_, { user }) => {
      expect(user).toMatch(/^[1-9]\d*:\d+$/);
    },
  );

  it.each([
    ['deploy/docker/caddy/Dockerfile', /^USER 10003:10003$/m],
    ['runner-image/Dockerfile', /^USER 1000:1000$/m],
  ])('neither is what %s makes', async (file, line) => {
    expect(await readFile(`${ROOT}/${file}`, 'utf8')).toMatch(line);
  });

  it("the launcher alone has the engine's socket, and it has no network", () => {
    const holders = named.filter(([, { volumes = [] }]) =>
      volumes.some(({ source }) => source.endsWith('docker.sock')),
    );
    expect(holders.map(([name]) => name)).toEqual(['launcher']);
    expect(services['launcher']?.network_mode).toBe('none');
  });

  it('stores and numbers are on networks without a way out', () => {
    const ways = (name: string) => Object.keys(services[name]?.networks ?? {});
    expect([networks['store']?.internal, networks['metrics']?.internal]).toEqual([true, true]);
    expect([ways('mongo'), ways('valkey'), ways('prometheus')]).toEqual([['store'], ['store'], ['metrics']]);
  });

  it('nothing but Caddy can be reached from other machines', () => {
    const open = named.filter(([, { ports = [] }]) => ports.some(({ host_ip }) => host_ip !== '127.0.0.1'));
    expect(open.map(([name]) => name)).toEqual(['caddy']);
    expect(new Set(services['caddy']?.ports?.map(({ target }) => target))).toEqual(new Set([80, 443]));
  });

  it.each([
    ['https://play.example, of DOMAIN', {}, 'https://play.example'],
    ['another that was given', { PUBLIC_URL: 'https://x.example:8443' }, 'https://x.example:8443'],
    ['the default, without a DOMAIN', { DOMAIN: '' }, ''],
  ])('the public URL is %s', async (_, env, url) => {
    const { services: made } = await shipped(env);
    expect(made['control-plane']?.environment?.['PUBLIC_URL']).toBe(url);
  });

  it('Caddy alone is believed about who calls, by its whole name', () => {
    expect(server?.environment?.['TRUSTED_PROXIES']).toBe('caddy.');
  });

  it('asks for the group of the socket where none is given', async () => {
    await expect(shipped({ DOCKER_GID: '' })).rejects.toThrow('stat -c %g /var/run/docker.sock');
  });

  it('every setting reaches the process that reads it', () => {
    // The first is in DATA_DIR, which is the container's own; TLS is Caddy's.
    const left = new Set(['OPERATOR_SOCKET', 'TLS_CERT_FILE', 'TLS_KEY_FILE']);
    const missing = SETTINGS.flatMap(({ env, for: use, secret }) => {
      const given = secret ? `${env}_FILE` : env;
      const readers = [
        ...(use === 'launcher' ? [] : [server]),
        ...(use === 'server' ? [] : [services['launcher']]),
      ];
      return left.has(env) || readers.every((service) => given in (service?.environment ?? {})) ? [] : [env];
    });
    expect(missing).toEqual([]);
  });

  it('several servers have no port of the machine', async () => {
    const several = await shipped({ COMPOSE_FILE: 'docker-compose.yml:docker-compose.scale.yml' });
    const { ports = [], deploy } = several.services['control-plane'] ?? server!;
    expect([ports, deploy]).toEqual([[], expect.objectContaining({ replicas: 2 })]);
  });
});

it('.env.example has every variable of the compose files, and no other', async () => {
  const files = ['docker-compose.yml', 'docker-compose.scale.yml'];
  const text = (await Promise.all(files.map((file) => readFile(`${ROOT}/${file}`, 'utf8')))).join('');
  const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
  const example = await readFile(`${ROOT}/.env.example`, 'utf8');
  const told = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  const ofCompose = ['COMPOSE_FILE', 'COMPOSE_PROFILES'];
  expect(new Set(told)).toEqual(new Set([...used, ...ofCompose]));
});
