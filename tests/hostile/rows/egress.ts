import type { ConnectionOutcome, Network } from '../../../control-plane/src/sandbox/port.ts';
import type { Case } from '../support/cases.ts';

/** The one address of this machine that bots may reach in these tests; a server listens there. */
export const OPEN_ADDRESS = '127.0.0.2';

/** Names as the resolver of these tests knows them: one answer after the other, the last for ever. */
export const NAMES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'open.test': [[OPEN_ADDRESS]],
  'inside.test': [['127.0.0.1']],
  'private.test': [['10.0.0.1']],
  'mapped.test': [['::ffff:127.0.0.1']],
  'translated.test': [['64:ff9b::a00:1']],
  'mixed.test': [[OPEN_ADDRESS, '169.254.169.254']],
  'rebound.test': [['10.0.0.1'], [OPEN_ADDRESS]],
  'empty.test': [[]],
};

/** One target that a bot tries to reach. */
export interface Target {
  readonly case: Case;
  readonly host: string;
  /** `open` stands for the port of the server at the open address, `own` for that of the server under test. */
  readonly port: number | 'open' | 'own';
  readonly network: Network;
  /** The exception that the bot sees; none where it gets through. */
  readonly sees: string;
  readonly outcome: ConnectionOutcome;
}

const DENIED = { sees: 'PermissionError', outcome: 'denied_address' } as const;
const address = (host: string): Target => ({
  case: 'special addresses',
  host,
  port: 443,
  network: 'public',
  ...DENIED,
});
const name = (host: string, rest: Partial<Target> = {}): Target => ({
  case: 'names that lead there',
  host,
  port: 443,
  network: 'public',
  ...DENIED,
  ...rest,
});
const odd = (host: string, port: Target['port'], network: Network, rest: Partial<Target>): Target => ({
  case: 'odd ports and tunnels',
  host,
  port,
  network,
  sees: 'PermissionError',
  outcome: 'denied_port',
  ...rest,
});

export const TARGETS: readonly Target[] = [
  ...[
    '169.254.169.254',
    'fd00:ec2::254',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '127.0.0.1',
    '::1',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fc00::1',
    '224.0.0.1',
    '255.255.255.255',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
  ].map(address),
  // Other spellings of an address are neither an address nor a name.
  ...['2130706433', '0177.0.0.1', '0x7f.1', '127.1'].map(
    (host): Target => ({ ...address(host), outcome: 'denied_host' }),
  ),
  name('inside.test'),
  name('private.test'),
  name('mapped.test'),
  name('translated.test'),
  name('mixed.test'),
  name('rebound.test'),
  name('localhost', { outcome: 'denied_host' }),
  name('empty.test', { sees: 'gaierror', outcome: 'not_resolved' }),
  name('nowhere.test', { sees: 'gaierror', outcome: 'not_resolved' }),
  odd('open.test', 'open', ['*', '*:1'], {}),
  odd('open.test', 22, 'public', {}),
  odd('open.test', 25, 'public', {}),
  odd('127.0.0.1', 'own', 'public', {}),
  odd('open.test', 'open', 'off', { sees: 'gaierror' }),
  odd(OPEN_ADDRESS, 'open', 'off', { sees: 'gaierror' }),
  // A name that the list does not hold is not even looked up: it could carry a secret out.
  odd('c2VjcmV0.elsewhere.test', 443, ['open.test'], { outcome: 'denied_host' }),
];
