import type { IFlattenedRuleSet } from 'dependency-cruiser';

/** Parts of the server that hold rules and services, with the log under them. */
const FEATURES =
  '^control-plane/src/(accounts|channels|bots|agents|identity|limits|leases|archive|operator|tls)/';
const PORTS = '^control-plane/src/sandbox/[^/]+\\.ts$';
const LOG = '^control-plane/src/log/';
const KERNEL = '^control-plane/src/kernel/';
const HTTP = '^control-plane/src/http/';
const ADAPTER = '^control-plane/src/((?:storage|sandbox)/[^/]+)/';
const MAIN = '^control-plane/src/(main\\.ts$|(assembly|commands)/)';
const LAUNCHER = '^control-plane/src/launcher/';
const LAUNCHER_PORT = '^control-plane/src/launcher/port\\.ts$';
const LAUNCHER_CLIENT = '^control-plane/src/launcher/client\\.ts$';
const OURS = '^control-plane/src/';

/** Who may import whom (docs/ARCHITECTURE.md). Each rule has a planted violation in the tests. */
export const RULES = [
  {
    name: 'feature-not-http',
    comment: 'Features do not know how they are reached.',
    from: { path: [FEATURES, PORTS, LOG, KERNEL, ADAPTER] },
    to: { path: HTTP },
  },
  {
    name: 'only-main-joins-adapters',
    comment: 'Everything imports ports; main.ts alone picks what is behind them.',
    from: { path: OURS, pathNot: [MAIN, ADAPTER] },
    to: { path: ADAPTER },
  },
  {
    name: 'adapter-not-adapter',
    comment: 'An adapter is replaced without touching another.',
    from: { path: ADAPTER },
    to: { path: ADAPTER, pathNot: '^control-plane/src/$1/' },
  },
  {
    name: 'launcher-behind-its-port',
    comment: 'The process that reads what strangers send never runs what talks to the container engine.',
    from: { path: OURS, pathNot: LAUNCHER },
    to: { path: LAUNCHER, pathNot: [LAUNCHER_PORT, LAUNCHER_CLIENT] },
  },
  {
    name: 'only-main-joins-the-launcher',
    comment: 'The launcher is a port too: main.ts alone picks its client.',
    from: { path: OURS, pathNot: [MAIN, LAUNCHER] },
    to: { path: LAUNCHER_CLIENT },
  },
  {
    name: 'launcher-stands-alone',
    comment: 'What may use the engine is small: of the server it has the kernel and the settings.',
    from: { path: LAUNCHER },
    to: { path: OURS, pathNot: [LAUNCHER, KERNEL, '^control-plane/src/(config/.*|supervised)\\.ts$'] },
  },
  {
    name: 'client-without-engine',
    comment: 'What the server loads of the launcher does not lead to the engine.',
    from: { path: [LAUNCHER_PORT, LAUNCHER_CLIENT] },
    to: {
      path: '^control-plane/src/launcher/(engine|local|body|reaper|owner|server|leases|main)\\.ts$',
      reachable: true,
    },
  },
  {
    name: 'engine-in-the-launcher',
    comment: 'One room alone talks to the container engine.',
    from: { path: OURS, pathNot: LAUNCHER },
    to: { path: '(^|/)node_modules/(@types/)?(dockerode|docker-modem)/' },
  },
  {
    name: 'log-below-features',
    comment: 'The log knows nothing of what is written into it.',
    from: { path: LOG },
    to: { path: OURS, pathNot: [LOG, KERNEL] },
  },
  {
    name: 'kernel-imports-nothing',
    comment: 'Everything stands on the kernel.',
    from: { path: KERNEL },
    to: { path: OURS, pathNot: KERNEL },
  },
  {
    name: 'edge-not-edge',
    comment: 'What two edges share sits directly in http/.',
    from: { path: '^control-plane/src/http/([^/]+)/' },
    to: { path: '^control-plane/src/http/[^/]+/', pathNot: '^control-plane/src/http/$1/' },
  },
  {
    name: 'no-cycle',
    comment: 'No two files need each other.',
    from: { path: OURS },
    to: { circular: true },
  },
  {
    name: 'dependency-declared',
    comment: 'What runs in production stands in dependencies of package.json.',
    from: { path: OURS },
    to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'resolvable',
    comment: 'Every import leads somewhere.',
    from: { path: OURS },
    to: { couldNotResolve: true },
  },
  {
    name: 'stays-inside',
    comment: 'The server imports its own files and packages, not tests or tools.',
    from: { path: OURS },
    to: { path: '^(tests|bench|clients|deploy|bots|runner-image)/' },
  },
] as const satisfies readonly Rule[];

type Rule = NonNullable<IFlattenedRuleSet['forbidden']>[number];

export type RuleName = (typeof RULES)[number]['name'];
