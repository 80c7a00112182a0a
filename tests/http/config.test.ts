import { describe, expect, it } from 'vitest';
import { readConfig, readLauncherConfig } from '../../control-plane/src/config/config.ts';
import { ConfigError } from '../../control-plane/src/config/environment.ts';
import { SETTINGS } from '../../control-plane/src/config/settings.ts';

function refusal(env: Record<string, string>, read: (env: Record<string, string>) => unknown = readConfig) {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

const PROVIDER = {
  AUTH_MODE: 'accounts',
  OIDC_ISSUER: 'https://login.example',
  OIDC_CLIENT_ID: 'us',
  OIDC_CLIENT_SECRET: 'shared',
};
const PAIR = { TLS_CERT_FILE: '/c', TLS_KEY_FILE: '/k' };
const NOT_PROXIES =
  'TRUSTED_PROXIES must be addresses, networks such as 10.0.0.0/8, or names, separated by commas.';
const NOT_WHOLE =
  'REDIS_URL must be a whole URL: what a password holds beside letters and digits is written as %XX.';

describe('the configuration', () => {
  it('stands without any setting, on loopback', () => {
    expect(readConfig({})).toMatchObject({
      port: 8100,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:8100',
      dataDir: '.data',
      authMode: 'open',
      allowedHosts: [],
      loopGuardPerMinute: 30,
      loopGuardBurst: 60,
      hookWallMs: 5_000,
    });
  });

  it('takes an empty value for unset', () => {
    const empty = Object.fromEntries(SETTINGS.map(({ env }) => [env, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it.each([
    [{ PORT: '9000' }, { publicUrl: 'http://127.0.0.1:9000' }],
    [{ HOST: '::1' }, { publicUrl: 'http://[::1]:8100' }],
    [{ HOST: '0.0.0.0', ALLOW_OPEN_ON_PUBLIC: 'true' }, { publicUrl: 'http://127.0.0.1:8100' }],
    [{ AUTH_MODE: 'accounts', PUBLIC_URL: 'http://localhost:8100' }, { authMode: 'accounts' }],
    [{ AUTH_MODE: 'accounts', HOST: '0.0.0.0', PUBLIC_URL: 'https://play.example' }, { host: '0.0.0.0' }],
    [PROVIDER, { oidcClientId: 'us', oidcSignUp: 'code' }],
    [{ PUBLIC_URL: 'https://Play.example/' }, { publicUrl: 'https://play.example' }],
    [{ REDIS_URL: 'redis://host' }, { redisUrl: 'redis://host' }],
    [{ REDIS_URL: 'rediss://u:p%40ss@[::1]:6380/1' }, { redisUrl: 'rediss://u:p%40ss@[::1]:6380/1' }],
    [{ ALLOWED_HOSTS: 'a.test, b.test,' }, { allowedHosts: ['a.test', 'b.test'] }],
    [PAIR, { publicUrl: 'https://127.0.0.1:8100', tlsCertFile: '/c', tlsKeyFile: '/k' }],
    [{ ...PAIR, PUBLIC_URL: 'https://play.example' }, { publicUrl: 'https://play.example' }],
    [{ ...PAIR, AUTH_MODE: 'accounts', HOST: '192.0.2.1' }, { publicUrl: 'https://192.0.2.1:8100' }],
    [
      { TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,fd00::/8 ,192.0.2.1, caddy., a-b.example' },
      {
        trustedProxies: ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.1', 'caddy.', 'a-b.example'],
      },
    ],
  ])('reads %j', (env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });

  it.each([
    [{ PORT: '70000' }, 'PORT must be an integer from 0 to 65535.'],
    [{ PORT: '0x50' }, 'PORT must be an integer from 0 to 65535.'],
    [{ PORT: '-1' }, 'PORT must be an integer from 0 to 65535.'],
    [{ PUBLIC_URL: 'play.example' }, 'PUBLIC_URL must be an http or https URL without a path.'],
    [{ PUBLIC_URL: 'https://play.example/mcp' }, 'PUBLIC_URL must be an http or https URL without a path.'],
    [{ PUBLIC_URL: 'https://u:p@play.example' }, 'PUBLIC_URL must be an http or https URL without a path.'],
    [{ ALLOW_OPEN_ON_PUBLIC: 'yes' }, 'ALLOW_OPEN_ON_PUBLIC must be one of true, false.'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.'],
    [{ AUTH_MODE: 'none' }, 'AUTH_MODE must be one of open, accounts.'],
    [
      { ...PROVIDER, AUTH_MODE: 'open' },
      'OIDC_ISSUER is used in accounts mode only: set AUTH_MODE=accounts.',
    ],
    [
      { ...PROVIDER, OIDC_CLIENT_SECRET: '' },
      'OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all three, or none.',
    ],
    [{ ...PROVIDER, OIDC_ISSUER: 'http://login.example' }, 'OIDC_ISSUER must be an https URL.'],
    [
      { AUTH_MODE: 'accounts', PUBLIC_URL: 'http://play.example' },
      'PUBLIC_URL http://play.example is not https, and in accounts mode people send passwords. Set ' +
        'TLS_CERT_FILE and TLS_KEY_FILE, or put a proxy with a certificate in front, and set PUBLIC_URL to the ' +
        'https address.',
    ],
    ...[PAIR.TLS_CERT_FILE, ''].map((cert): [Record<string, string>, string] => [
      { TLS_CERT_FILE: cert, TLS_KEY_FILE: cert === '' ? '/k' : '' },
      'TLS_CERT_FILE and TLS_KEY_FILE belong together: set both, or neither.',
    ]),
    ...[
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '300.1.1.1',
      '::1/129',
      'fe80::1%eth0',
      'a b',
      '*',
      'http://a',
    ].map((one): [Record<string, string>, string] => [{ TRUSTED_PROXIES: one }, NOT_PROXIES]),
    [{ HOOK_WALL_MS: '0' }, 'HOOK_WALL_MS must be an integer from 50 to 60000.'],
    [{ REDIS_URL: 'redis.example' }, 'REDIS_URL must be redis://… or rediss://….'],
    [{ REDIS_URL: 'redis://:pa/ss@host' }, NOT_WHOLE],
    [{ REDIS_URL: 'redis://:pass@host:99999' }, NOT_WHOLE],
    [{ REDIS_URL: 'redis://:50%off@host' }, NOT_WHOLE],
    [{ REDIS_URL: 'redis://:pass@host/abc' }, NOT_WHOLE],
  ])('refuses %j in one line', (env, line) => {
    expect(refusal(env as Record<string, string>)).toEqual([line]);
  });

  it.each([
    [{ DOCKER_HOST: 'tcp://elsewhere:2375' }, 'DOCKER_HOST must be unix:///<path>.'],
    [{ INSTANCE_ID: 'Not This' }, 'INSTANCE_ID must be 1 to 40 lower-case letters, digits or -.'],
    [{ SANDBOX_RUNTIME: '--privileged' }, 'SANDBOX_RUNTIME must be the name of a runtime of the engine.'],
  ])('of the launcher refuses %j in one line, and the server does not read it', (env, line) => {
    expect(refusal(env as Record<string, string>, readLauncherConfig)).toEqual([line]);
    expect(readConfig(env)).toEqual(readConfig({}));
  });

  it('puts the socket of the launcher into DATA_DIR, the same for both processes', () => {
    expect(readConfig({ DATA_DIR: '/d' }).launcherSocket).toBe('/d/launcher.sock');
    expect(readLauncherConfig({ DATA_DIR: '/d' }).launcherSocket).toBe('/d/launcher.sock');
    expect(readConfig({ LAUNCHER_SOCKET: '/run/l.sock' }).launcherSocket).toBe('/run/l.sock');
  });

  it.each([readConfig, readLauncherConfig])(
    'says of a socket path over 107 bytes what to do (%o)',
    (read) => {
      const fits = `/${'a'.repeat(106)}`;
      expect(read({ LAUNCHER_SOCKET: fits }).launcherSocket).toBe(fits);
      expect(refusal({ LAUNCHER_SOCKET: `${fits}a` }, read)[0]).toContain('Choose a shorter path');
      expect(refusal({ DATA_DIR: fits }, read)[0]).toContain('LAUNCHER_SOCKET=<path>');
    },
  );

  it('names every wrong setting at once', () => {
    expect(refusal({ PORT: 'x', LOG_LEVEL: 'x', MAX_CONTAINERS: '0' })).toHaveLength(3);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'play.example', '127.evil.example'])(
    'refuses to listen openly on %s unless told so',
    (HOST) => {
      expect(refusal({ HOST })[0]).toContain('ALLOW_OPEN_ON_PUBLIC=true');
      expect(readConfig({ HOST, ALLOW_OPEN_ON_PUBLIC: 'true' }).host).toBe(HOST);
    },
  );

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('listens on %s without being told', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });
});
